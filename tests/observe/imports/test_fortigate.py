def test_policies_follow_objects_and_interfaces(sample):
    got = sample("fortigate", "fgt.conf")

    assert [
        ("allow", ["192.0.2.10/31", "192.0.2.12/31"], ["192.0.2.70/32"], ["tcp/443", "tcp/11112"]),
        ("deny", ["192.0.2.0/26"], ["192.0.2.64/26"], ["*"]),
    ] == [(one["action"], one["from"], one["to"], one["ports"]) for one in got.of("policy.rule")]
    assert ["Office", "rad"] == [one["name"] for one in got.of("network.range")]
    assert "policy 3: address 'gone' is not defined" in got.complaint


POLICY = 'config firewall policy\nedit 1\nset srcaddr "{}"\nset dstaddr "all"\nset action accept\nset service {}\n{}next\nend\n'


def test_services_in_groups_disabled_policies_and_icmp(told):
    objects = (
        "config firewall service custom\nedit IPALL\nset protocol IP\nnext\nend\nconfig firewall service group\nedit G\n"
        'set member IPALL HTTPS\nnext\nend\nconfig firewall addrgrp\nedit everyone\nset member "all"\nnext\nend\n'
        "config system zone\nedit inside\nset interface lan\nnext\nend\n"
    )

    assert [["*"]] == [
        one["ports"]
        for one in told("fortigate", objects + POLICY.format("everyone", "G", "")).of("policy.rule")
    ]
    assert [] == told("fortigate", POLICY.format("all", "PING", "")).seen
    assert [] == told("fortigate", POLICY.format("all", "ALL", "set status disable\n")).seen


def test_what_names_nothing_or_has_no_end_is_named(told):
    empty = "config firewall address\nedit e\nnext\nend\n"

    assert "policy 1: e names no range" in told("fortigate", empty + POLICY.format("e", "ALL", "")).complaint
    assert "policy 1: 'odd' is no port" in told("fortigate", POLICY.format("all", "odd", "")).complaint
    assert (
        "section 'firewall policy' is cut off"
        in told("fortigate", 'config firewall policy\nedit "1\n').complaint
    )
    assert "line 33: sections without end" in told("fortigate", "config firewall policy\n" * 40).complaint
