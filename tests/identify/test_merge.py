"""From observations to devices: what must be one, what must stay apart, and that order never matters."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.identify.merge import devices
from scanner.model.kinds import Kind, Role

ANY_FIXTURE = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
A, B = "00:1b:21:00:00:0a", "3c:97:0e:00:00:0b"


@pytest.fixture
def host(saw):
    """What a Windows machine at one address says: card, SMB GUID, names, build, start time."""

    def make(
        address, mac, guid="11-22", name="RAD-LT-7", domain="clinic.example", boot="2026-11-20T07:00:00Z"
    ):
        names = {"netbios_name": name, "dns_domain": domain} if domain else {"netbios_name": name}
        facts = [
            saw("smb2.guid", guid, address, port="tcp/445"),
            saw("ntlm.names", names, address, port="tcp/445"),
            saw("ntlm.version", "6.1.7601", address, port="tcp/445"),
        ]
        if boot:
            facts.append(saw("smb2.boot_time", boot, address, port="tcp/445"))
        if mac:
            facts.append(saw("link.mac", mac, address, mac=mac, source="raw:arp"))
        return facts

    return make


@pytest.fixture
def judge(knowledge, scope, now):
    return lambda seen: devices(seen, knowledge, scope, now)


def test_a_laptop_with_a_card_in_each_of_two_zones_is_one_device(judge, host):
    found = judge(host("10.0.0.5", A) + host("10.0.1.5", B))

    assert [("office", "management")] == [tuple(sorted(d.zones, reverse=True)) for d in found]
    assert Kind.LAPTOP == found[0].kind
    assert Role.NONE == found[0].role
    assert "smb guid" in found[0].joined_by[0]


def test_an_undecided_windows_build_is_named_by_what_the_device_is(judge, host):
    assert ["Windows 7"] == [d.attributes["os.product"].value for d in judge(host("10.0.0.5", A))]


@pytest.mark.parametrize("zones", [(0, 0), (0, 1)])
def test_cloned_images_with_different_names_stay_two_devices(judge, host, zones):
    seen = host(f"10.0.{zones[0]}.5", A, name="PC-1") + host(f"10.0.{zones[1]}.6", B, name="PC-2")

    assert 2 == len(judge(seen))


def test_two_live_machines_started_at_different_times_are_never_one(judge, host):
    seen = host("10.0.0.5", A) + host("10.0.1.5", B, boot="2026-11-25T09:30:00Z")

    assert 2 == len(judge(seen))


def test_twelve_cameras_with_one_factory_certificate_stay_twelve(judge, saw):
    seen = []
    for n in range(12):
        address, mac = f"10.0.0.{40 + n}", f"00:40:8c:00:00:{n:02x}"
        seen += [
            saw("link.mac", mac, address, mac=mac, source="raw:arp"),
            saw("tls.certificate", {"sha256": "ab" * 32}, address, port="tcp/443"),
            saw("ssh.host_key", {"type": "ssh-rsa", "sha256": "FACTORY"}, address, port="tcp/22"),
            saw("snmp.sys_name", "ipcam", address, port="udp/161"),
        ]

    assert 12 == len(judge(seen))


@pytest.mark.parametrize("cards", [True, False])
def test_two_hosts_that_share_only_an_ssh_key_stay_two(judge, saw, cards):
    seen = []
    for zone, mac in enumerate((A, B)):
        address = f"10.0.{zone}.9"
        seen.append(saw("ssh.host_key", {"type": "ssh-rsa", "sha256": "K"}, address, port="tcp/22"))
        if cards:
            seen.append(saw("link.mac", mac, address, mac=mac, source="raw:arp"))

    assert 2 == len(judge(seen))


def test_an_ssh_key_and_a_name_join_legs_in_two_zones_but_not_in_one(judge, saw):
    def legs(*addresses):
        return [
            one
            for address, mac in zip(addresses, (A, B), strict=True)
            for one in (
                saw("link.mac", mac, address, mac=mac, source="raw:arp"),
                saw("ssh.host_key", {"type": "ssh-rsa", "sha256": "K"}, address, port="tcp/22"),
                saw("snmp.sys_name", "gw-ward", address, port="udp/161"),
            )
        ]

    assert (1, 2) == (len(judge(legs("10.0.0.9", "10.0.1.9"))), len(judge(legs("10.0.0.9", "10.0.0.10"))))


def test_a_router_with_one_leg_in_each_zone_is_one_gateway(judge, saw):
    seen = [saw("link.mac", A, f"10.0.{n}.1", mac=A, source="raw:arp") for n in range(4)]

    found = judge(seen)

    assert [(Role.GATEWAY, 4)] == [(d.role, len(d.zones)) for d in found]


def test_a_router_with_a_card_in_each_zone_is_joined_by_its_one_key(judge, saw):
    seen = []
    for n in range(3):
        mac = f"00:1b:67:00:00:{n:02x}"
        seen.append(saw("link.mac", mac, f"10.0.{n}.1", mac=mac, source="raw:arp"))
        seen.append(saw("ssh.host_key", {"type": "ssh-rsa", "sha256": "R"}, f"10.0.{n}.1", port="tcp/22"))

    assert [Role.GATEWAY] == [d.role for d in judge(seen)]


def test_a_laptop_with_legs_in_three_zones_is_a_bridge_and_no_gateway(judge, host):
    seen = host("10.0.0.5", A) + host("10.0.1.5", B) + host("10.0.2.5", "00:1b:21:00:00:0c")

    assert [(Kind.LAPTOP, Role.NONE)] == [(d.kind, d.role) for d in judge(seen)]


def test_a_virtual_address_belongs_to_no_router(judge, saw):
    virtual = "00:00:0c:07:ac:0a"
    seen = [saw("link.mac", virtual, "10.0.3.254", mac=virtual, source="raw:arp")]
    for address, mac in (("10.0.3.252", A), ("10.0.3.254", None)):
        seen.append(saw("ssh.host_key", {"type": "ssh-rsa", "sha256": "K"}, address, port="tcp/22"))
        if mac:
            seen.append(saw("link.mac", mac, address, mac=mac, source="raw:arp"))

    assert {("10.0.3.252", Role.NONE), ("10.0.3.254", Role.VIRTUAL)} == {
        (d.legs[0].address, d.role) for d in judge(seen)
    }


def test_virtual_addresses_with_one_mac_in_two_zones_have_two_ids(judge, saw):
    virtual = "00:00:5e:00:01:01"
    seen = [saw("link.mac", virtual, f"10.0.{n}.254", mac=virtual, source="raw:arp") for n in (0, 1)]

    assert 2 == len({d.id for d in judge(seen)})


def test_a_card_that_answers_for_a_crowd_joins_nothing_and_is_said_so(judge, saw):
    seen = [saw("link.mac", A, f"10.0.0.{n}", mac=A, source="raw:arp") for n in range(10, 22)]

    found = judge(seen)

    assert (12, 12) == (len(found), len({d.id for d in found}))
    assert all("proxy ARP" in d.conflicts[0] for d in found)


def test_two_machines_behind_one_card_are_told_apart_by_what_they_say(judge, host):
    seen = host("10.0.0.5", A, guid="11-22", name="ONE") + host("10.0.0.6", A, guid="33-44", name="TWO")

    assert 2 == len(judge(seen))


def test_a_server_with_three_addresses_on_one_card_is_one_device(judge, saw):
    seen = [saw("link.mac", A, f"10.0.3.{n}", mac=A, source="raw:arp") for n in (7, 8, 9)]

    assert [3] == [len(d.legs) for d in judge(seen)]


def test_a_host_known_only_from_an_old_lease_is_dormant_and_has_a_name(judge, saw, now):
    lease = saw(
        "dhcp.lease",
        {"hostname": "OLD-LAPTOP-07", "vendor_class": "MSFT 5.0", "state": "free"},
        "10.0.0.188",
        mac=B,
        source="import:dhcp-isc",
        at=now - timedelta(days=46),
    )

    (found,) = judge([lease])

    assert ("dormant", ("OLD-LAPTOP-07",), ("import:dhcp-isc",)) == (
        found.presence,
        found.names,
        found.inventories,
    )
    assert [False] == [leg.live for leg in found.legs]
    assert Kind.LAPTOP == found.kind


def test_an_old_lease_of_an_address_that_another_card_holds_now_is_another_device(judge, saw, now):
    lease = saw(
        "dhcp.lease",
        {"hostname": "GONE"},
        "10.0.0.7",
        mac=B,
        source="import:dhcp-isc",
        at=now - timedelta(90),
    )
    live = [
        saw("link.mac", A, "10.0.0.7", mac=A, source="raw:arp"),
        saw("ssh.banner", "x", "10.0.0.7", port="tcp/22"),
    ]

    found = judge([lease, *live])

    assert {("dormant", B), ("seen", A)} == {(d.presence, d.legs[0].mac) for d in found}


def test_a_lease_names_the_card_of_a_host_that_answers_through_a_router(judge, saw, now):
    lease = saw(
        "dhcp.lease", {"hostname": "PC-9"}, "10.0.0.7", mac=B, source="import:dhcp-isc", at=now - timedelta(1)
    )
    live = saw("ssh.banner", "x", "10.0.0.7", port="tcp/22", zone="office", vantage="servers")

    (found,) = judge([lease, live])

    assert ("seen", B, ("PC-9",)) == (found.presence, found.legs[0].mac, found.names)


def test_a_frame_seen_from_another_zone_does_not_name_the_card(judge, saw):
    seen = saw("link.mac", A, "10.0.0.7", mac=A, zone="office", vantage="servers", source="passive:arp")

    assert [None] == [leg.mac for d in judge([seen]) for leg in d.legs]


def test_a_person_joins_and_parts_whatever_the_marks_say(judge, host, saw):
    apart = saw("person.different", "10.0.0.5 10.0.1.5", source="person:J. Doe")
    same = saw("person.same", {"first": "10.0.2.8", "second": "10.0.3.8"}, source="person:J. Doe")
    others = [saw("ssh.banner", "x", address, port="tcp/22") for address in ("10.0.2.8", "10.0.3.8")]

    found = judge([*host("10.0.0.5", A), *host("10.0.1.5", B), *others, apart, same])

    assert [1, 1, 2] == sorted(len(d.legs) for d in found)
    assert {("a person says so",)} == {d.joined_by for d in found if len(d.legs) == 2}


def test_a_device_that_answered_only_last_month_is_silent_now(judge, saw, now):
    old = saw("ssh.banner", "x", "10.0.0.7", port="tcp/22", at=now - timedelta(days=30))
    new = saw("ssh.banner", "x", "10.0.0.8", port="tcp/22")

    assert ["silent", "seen"] == [d.presence for d in judge([old, new])]


@pytest.mark.parametrize(
    ("outcome", "presence"), [("closed", "seen"), ("silent", "silent"), ("bug", "silent")]
)
def test_only_an_answer_proves_life(judge, saw, outcome, presence):
    seen = saw("probe.outcome", {"probe": "ssh", "outcome": outcome}, "10.0.0.7", port="tcp/22")

    assert [presence] == [d.presence for d in judge([seen])]


def test_owner_and_location_come_from_who_says_them_last(judge, saw, now):
    seen = [
        saw("ssh.banner", "x", "10.0.0.7", port="tcp/22"),
        saw("owner", "IT", "10.0.0.7", source="import:inventory"),
        saw("person.owner", "radiology", "10.0.0.7", source="person:J. Doe", at=now - timedelta(days=1)),
        saw("location", {"switch": "sw1", "port": "Gi1/0/7"}, "10.0.0.7", source="import:fdb"),
    ]

    (found,) = judge(seen)

    assert ("radiology", "sw1", "Gi1/0/7") == (found.owner, found.location.switch, found.location.port)


def test_a_register_adds_the_room_to_the_switch_port_and_its_owner_and_shows_nobody_today(judge, saw, now):
    old = now - timedelta(days=46)
    (found,) = judge(
        [
            saw("dhcp.lease", {"hostname": "LT-7"}, "10.0.0.7", mac="00:1b:21:00:00:01", at=old, source="import:dhcp-isc"),
            saw("location", {"switch": "sw1", "port": "Gi1/0/7", "description": "desk 4"}, mac="00:1b:21:00:00:01", at=old,
                source="import:netdisco"),
            saw("register.entry", {"name": "LT-7", "owner": "radiology", "place": "room 12"}, source="import:cmdb-csv", at=now),
        ]
    )  # fmt: skip

    assert ("radiology", "sw1", "desk 4; room 12", old) == (
        found.owner, found.location.switch, found.location.description, found.last_seen,
    )  # fmt: skip
    assert ("import:cmdb-csv", "import:dhcp-isc") == found.inventories


def test_a_room_alone_is_a_place_too(judge, saw):
    (found,) = judge([saw("register.entry", {"place": "room 12"}, "10.0.0.7", source="import:cmdb-csv")])

    assert (None, "room 12", None) == (found.location.switch, found.location.description, found.location.seen)


def test_what_is_seen_after_now_is_not_known_yet(judge, saw, now):
    assert () == judge([saw("ssh.banner", "x", "10.0.0.7", at=now + timedelta(seconds=1))])


def test_a_card_without_an_address_is_a_device_without_legs(judge, saw):
    (found,) = judge([saw("dhcp.hostname", "tablet", mac=A, source="passive:dhcp")])

    assert ((), ("tablet",), A) == (found.legs, found.names, found.attributes["host.mac"].value)


def test_the_id_follows_the_card_and_not_the_address(judge, host):
    assert judge(host("10.0.0.5", A))[0].id == judge(host("10.0.0.99", A, name="OTHER"))[0].id


@ANY_FIXTURE
@given(data=st.data())
def test_the_order_of_observations_never_matters(data, host, judge, saw):
    seen = [
        *host("10.0.0.5", A),
        *host("10.0.1.5", B),
        *host("10.0.0.6", None, guid="55-66", name="PC-2", boot=None),
        *host("10.0.0.7", A, guid="77-88", name="PC-3"),
        saw("dhcp.lease", {"hostname": "RAD-LT-7"}, "10.0.0.80", mac=B, source="import:dhcp-isc"),
        saw("person.same", "10.0.0.6 10.0.0.80", source="person:J. Doe"),
        saw("link.mac", "00:00:0c:07:ac:01", "10.0.0.254", mac="00:00:0c:07:ac:01", source="raw:arp"),
    ]

    assert judge(seen) == judge(data.draw(st.permutations(seen)))


@ANY_FIXTURE
@given(
    facts=st.lists(
        st.tuples(
            st.sampled_from(
                ["ssh.host_key", "smb2.guid", "tls.certificate", "ntlm.names", "dhcp.lease", "x.y"]
            ),
            st.one_of(
                st.text(max_size=8), st.dictionaries(st.sampled_from(["sha256", "name", "mac"]), st.text())
            ),
            st.integers(0, 3),
            st.integers(0, 5),
            st.sampled_from([None, A, B]),
        ),
        max_size=12,
    )
)
def test_every_address_that_was_seen_is_in_exactly_one_device_for_each_card(facts, judge, saw):
    seen = [saw(field, value, f"10.0.{net}.{host}", mac=mac) for field, value, net, host, mac in facts]

    found = judge(seen)

    legs = [(leg.address, leg.mac) for d in found for leg in d.legs]
    assert len(legs) == len(set(legs))
    assert {one.address for one in seen} == {address for address, _ in legs}
    assert len(found) == len({d.id for d in found})
