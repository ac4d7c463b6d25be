"""Observations gathered by place: one address as one card holds it, whatever the order of the log."""

from datetime import timedelta
from ipaddress import ip_network

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.identify.places import LEASED, RECENT, places, zones

ONE, TWO = "00:1b:21:00:00:01", "00:1b:21:00:00:02"


def held(found):
    return [(place.address, place.mac) for place in found]


def test_what_names_neither_address_nor_card_is_no_place(saw, scope):
    assert () == places([saw("person.same", "x")], scope)


def test_two_cards_at_one_address_are_two_places(saw, scope):
    found = places([saw("arp.mac", "", "10.0.0.1", mac=mac) for mac in (TWO, ONE)], scope)

    assert [("10.0.0.1", ONE), ("10.0.0.1", TWO)] == held(found)


def test_what_names_only_the_address_belongs_to_the_card_that_was_last_seen_there(saw, scope, now):
    log = [
        saw("arp.mac", "", "10.0.0.1", mac=ONE, at=now - timedelta(hours=2)),
        saw("arp.mac", "", "10.0.0.1", mac=TWO, at=now - timedelta(hours=1)),
        saw("ssh.banner", "x", "10.0.0.1", at=now),
    ]

    assert [1, 2] == [len(place.seen) for place in places(log, scope)]


def test_what_names_only_the_card_belongs_to_the_address_where_it_was_last_seen(saw, scope, now):
    log = [
        saw("arp.mac", "", "10.0.0.1", mac=ONE, at=now - timedelta(days=1)),
        saw("arp.mac", "", "10.0.1.1", mac=ONE, at=now),
        saw("dhcp_vendor_class", "MSFT 5.0", mac=ONE, at=now - timedelta(days=2)),
        saw("dhcp_vendor_class", "MSFT 5.0", mac=TWO),
    ]

    assert [("10.0.0.1", ONE, 1), ("10.0.1.1", ONE, 2), (None, TWO, 1)] == [
        (place.address, place.mac, len(place.seen)) for place in places(log, scope)
    ]


@pytest.mark.parametrize(
    ("ago", "source", "want"),
    [
        (LEASED, "probe:ssh", ONE),
        (LEASED + timedelta(seconds=1), "probe:ssh", None),
        (LEASED * 9, "import:other-list", ONE),
    ],
)
def test_a_lease_tells_whose_an_address_is_while_it_is_young(saw, scope, now, ago, source, want):
    lease = saw("dhcp.lease", {"mac": ONE}, "10.0.0.1", source="import:dhcp-isc", at=now - ago)
    seen = saw("ssh.banner", "x", "10.0.0.1", source=source)

    assert (want, 2 if want else 1) == next(
        (place.mac, len(place.seen)) for place in places([lease, seen], scope) if seen in place.seen
    )


def test_a_card_seen_live_counts_before_a_newer_lease(saw, scope, now):
    log = [
        saw("arp.mac", "", "10.0.0.1", mac=ONE, at=now - timedelta(days=1)),
        saw("dhcp.lease", {"mac": TWO}, "10.0.0.1", source="import:dhcp-isc"),
        saw("ssh.banner", "x", "10.0.0.1"),
    ]

    assert {ONE: 2, TWO: 1} == {place.mac: len(place.seen) for place in places(log, scope)}


def test_a_place_is_live_while_its_answer_belongs_to_the_last_run(saw, scope, now):
    log = [
        saw("ssh.banner", "x", "10.0.0.1"),
        saw("ssh.banner", "x", "10.0.0.2", at=now - RECENT),
        saw("ssh.banner", "x", "10.0.0.3", at=now - RECENT - timedelta(seconds=1)),
        saw("dhcp.lease", {"mac": ONE}, "10.0.0.4", source="import:dhcp-isc"),
    ]

    assert [True, True, False, False] == [place.live for place in places(log, scope)]


def test_a_log_without_any_answer_has_no_live_place(saw, scope):
    (place,) = places([saw("dhcp.lease", {"mac": ONE}, "10.0.0.4", source="import:dhcp-isc")], scope)

    assert not place.live


def test_the_narrowest_network_names_the_zone_and_outside_it_the_observer_does(saw, scope):
    inner = msgspec.structs.replace(scope.networks[0], cidr=ip_network("10.0.0.128/25"), zone="vault")
    both = msgspec.structs.replace(scope, networks=(*scope.networks, inner))
    log = [saw("x", "y", f"10.0.0.{host}") for host in (1, 129)] + [
        saw("x", "y", "192.0.2.1", zone="dmz"),
        saw("x", "y", "192.0.2.2"),
        saw("x", "y", mac=ONE, zone="wards"),
    ]

    assert ["office", "vault", "dmz", None, "wards"] == [place.zone for place in places(log, both)]
    assert zones(both)("10.0.9.1") is None


def test_only_the_last_of_each_mark_is_a_trait_and_only_of_a_live_place(saw, scope, now):
    old, new = (
        saw("smb2.guid", guid, "10.0.0.1", at=now - timedelta(hours=ago))
        for guid, ago in (("a1", 5), ("b2", 1))
    )
    gone = saw("smb2.guid", "c3", "10.0.0.2", at=now - timedelta(days=9))

    live, silent = places([new, old, gone], scope)

    assert [{"b2"}, set()] == [{trait.value for trait in place.traits} for place in (live, silent)]
    assert {"a1", "b2"} == {key.value for key in live.keys}


def test_the_last_start_is_kept(saw, scope, now):
    boots = [now - timedelta(days=days) for days in (3, 1, 2)]
    log = [
        saw("smb2.boot_time", boot.isoformat(), "10.0.0.1", port=f"tcp/{at}")
        for at, boot in enumerate(boots, 1)
    ]

    assert [max(boots)] == [place.started for place in places(log, scope)]


@given(st.permutations(range(6)))
def test_the_order_of_the_log_does_not_matter(saw, scope, order):
    yesterday = saw("x", "y").last - timedelta(days=1)
    log = [
        saw("arp.mac", "", "10.0.0.9", mac=ONE),
        saw("arp.mac", "", "10.0.0.10", mac=ONE, at=yesterday),
        saw("ssh.banner", "x", "10.0.0.10"),
        saw("ntlm.names", {"netbios_name": "PC"}, "10.0.0.9", port="tcp/445"),
        saw("dhcp_vendor_class", "MSFT 5.0", mac=ONE),
        saw("dhcp.lease", {"mac": TWO}, "fd00::1", source="import:dhcp-isc"),
    ]

    found = places([log[at] for at in order], scope)

    assert places(log, scope) == found
    assert ["10.0.0.9", "10.0.0.10", "fd00::1"] == [place.address for place in found]


def lease(saw, name, address, mac, at):
    return saw("dhcp.lease", {"hostname": name}, address, mac=mac, at=at, source="import:dhcp-isc")


def row(saw, address=None, mac=None, name="LT-7", at=None):
    return saw(
        "register.entry",
        {"name": name},
        address,
        mac=mac,
        source="import:ad-csv",
        **({"at": at} if at else {}),
    )


def test_a_row_of_a_register_goes_to_the_place_that_bears_its_name_and_not_to_its_stale_address(
    saw, scope, now
):
    log = [
        lease(saw, "LT-7", "10.0.0.1", ONE, now - timedelta(days=40)),
        lease(saw, "PC-1", "10.0.0.2", TWO, now),
    ]

    for address in (None, "10.0.0.2"):
        found = places([row(saw, address), *log], scope)
        assert [("10.0.0.1", 2), ("10.0.0.2", 1)] == [(place.address, len(place.seen)) for place in found]


def test_a_row_whose_name_nobody_bears_stands_at_its_address_or_nowhere(saw, scope):
    assert () == places([row(saw)], scope)
    assert [("10.0.0.2", None)] == held(places([row(saw, "10.0.0.2")], scope))
    assert [(None, ONE)] == held(places([row(saw, mac=ONE)], scope))


def test_of_two_bearers_a_row_means_the_one_at_its_address_else_the_one_met_last(saw, scope, now):
    log = [
        lease(saw, "LT-7", "10.0.0.1", ONE, now),
        lease(saw, "LT-7", "10.0.1.1", TWO, now - timedelta(days=1)),
    ]

    assert [2, 1] == [len(place.seen) for place in places([row(saw), *log], scope)]
    assert [1, 2] == [len(place.seen) for place in places([row(saw, "10.0.1.1"), *log], scope)]


def test_a_name_that_three_places_bear_is_nobodys(saw, scope, now):
    log = [lease(saw, "LT-7", f"10.0.0.{n}", f"00:1b:21:00:00:0{n}", now) for n in (1, 2, 3)]

    assert [1, 1, 1] == [len(place.seen) for place in places([row(saw), *log], scope)]
