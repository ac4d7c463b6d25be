import pytest


def test_lists_interfaces_and_groups_of_a_configuration(sample):
    got = sample("cisco-acl", "router.cfg")

    assert [{"cidr": "192.0.2.0/26", "name": "Radiology", "vlan": "30", "gateway": "192.0.2.1"}] == got.of(
        "network.range"
    )
    assert [
        ("RAD-IN", "allow", ["192.0.2.0/26"], ["192.0.2.100/32"], ["tcp/443"]),
        ("RAD-IN", "allow", ["192.0.2.0/26"], ["192.0.2.66/32", "192.0.2.80/28"], ["tcp/104", "tcp/11112"]),
        ("RAD-IN", "deny", ["any"], ["any"], ["*"]),
        ("101", "allow", ["any"], ["192.0.2.100/32"], ["udp/161", "udp/162"]),
    ] == [(one["list"], one["action"], one["from"], one["to"], one["ports"]) for one in got.of("policy.rule")]


def test_lists_as_they_are_shown(sample):
    got = sample("cisco-acl", "shown.txt")

    assert [["192.0.2.0/26"], ["any"], ["192.0.2.128/26"]] == [one["from"] for one in got.of("policy.rule")]
    assert [1, 2, 1] == [one["order"] for one in got.of("policy.rule")]


@pytest.mark.parametrize(
    ("entry", "want"),
    [
        ("permit ip any any", (["any"], ["any"], ["*"])),
        ("permit icmp any any", (["any"], ["any"], ["icmp"])),
        (
            "permit tcp host 192.0.2.1 eq 1024 192.0.2.64/26 eq www",
            (["192.0.2.1/32"], ["192.0.2.64/26"], ["tcp/80"]),
        ),
        ("permit udp any any eq domain", (["any"], ["any"], ["udp/53"])),
        ("permit tcp any any gt 1023", (["any"], ["any"], ["*"])),
        ("permit tcp any host 192.0.2.1 established", (["any"], ["192.0.2.1/32"], ["*"])),
        ("permit tcp any any range 1000 2000", (["any"], ["any"], ["*"])),
        ("10 permit 6 any any eq 22", (["any"], ["any"], ["tcp/22"])),
    ],
)
def test_an_entry_of_a_list(told, entry, want):
    (rule,) = told("cisco-acl", f"ip access-list extended X\n {entry}\n").of("policy.rule")

    assert want == (rule["from"], rule["to"], rule["ports"])


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("permit tcp any", "cut short"),
        ("permit tcp any any eq nosuch", "port 'nosuch' is not known"),
        ("permit ip object-group LOST any", "group LOST is not defined before it"),
        ("permit ip 192.0.2.0 0.0.255.0 any", "is no range"),
        ("permit ip 300.1.1.1 any", "is no range"),
    ],
)
def test_an_entry_that_cannot_be_read_is_named(told, entry, said):
    got = told("cisco-acl", f"ip access-list extended X\n {entry}\n")

    assert [] == got.seen
    assert "line 2: " in got.complaint
    assert said in got.complaint
