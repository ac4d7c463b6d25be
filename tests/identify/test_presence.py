"""A device's days make it seen, silent, dormant or intermittent; it is never dropped."""

from datetime import date, timedelta

import pytest

from scanner.identify import merge
from scanner.model.net import Address, Mac
from scanner.model.presence import Presence

A, B = "3c:97:0e:00:00:0a", "3c:97:0e:00:00:0b"


@pytest.fixture
def met(saw):
    """Give `met(address, mac, when)`: a sighting by ARP."""

    def sighting(address, mac, when):
        return saw("link.mac", mac, address, mac=mac, source="raw:arp", zone="office", at=when)

    return sighting


def kept(mac, *days, month="2026-11", address="10.0.0.7", source="raw"):
    return Presence(
        source=source,
        month=month,
        days=days,
        address=Address(address) if address else None,
        mac=Mac(mac) if mac else None,
        zone="office",
    )


def one(devices, mac):
    return next(device for device in devices if device.legs[0].mac == mac)


def test_days_come_from_what_was_kept_and_from_both_ends_of_a_sighting(met, knowledge, scope, now):
    found = merge.devices([met("10.0.0.7", A, now)], knowledge, scope, now, [kept(A, 3, 9)])

    assert (date(2026, 11, 3), date(2026, 11, 9), date(2026, 12, 1)) == found[0].days
    assert found[0].live


@pytest.mark.parametrize(
    ("days", "other", "want"),
    [
        ((3,), range(1, 25), "intermittent"),
        ((3, 9, 12), (3, 9, 12, 16, 20, 24), "seen"),
        ((3,), (3, 9, 12), "seen"),  # too few looked to tell
    ],
)
def test_one_that_is_seldom_there_is_told_from_one_that_nobody_looked_for(
    met, knowledge, scope, now, days, other, want
):
    log = [met("10.0.0.7", A, now - timedelta(1)), met("10.0.0.8", B, now)]
    rows = [kept(A, *days), kept(B, *other, address="10.0.0.8")]

    found = one(merge.devices(log, knowledge, scope, now, rows), A)

    assert want == found.presence


@pytest.mark.parametrize(("ago", "want"), [(3, "silent"), (30, "silent"), (31, "dormant"), (400, "dormant")])
def test_one_that_is_away_is_silent_for_a_month_and_then_dormant_and_never_gone(
    met, knowledge, scope, now, ago, want
):
    log = [met("10.0.0.7", A, now - timedelta(ago)), met("10.0.0.8", B, now)]

    assert want == one(merge.devices(log, knowledge, scope, now), A).presence


def test_a_lease_that_goes_on_is_no_look(met, knowledge, scope, now):
    log = [met("10.0.0.7", A, now)]
    leases = [kept(B, *range(1, 29), address="10.0.0.8", source="import:dhcp-isc")]

    assert ["seen"] == [
        one.presence for one in merge.devices(log, knowledge, scope, now, [kept(A, 3), *leases])
    ]


@pytest.mark.parametrize(
    ("row", "counts"),
    [
        (kept(A, 3, address=None), True),
        (kept(None, 3), True),
        (kept(B, 3), False),
        (kept(None, 3, address="10.0.0.9"), False),
    ],
)
def test_a_day_counts_by_card_or_by_an_address_that_has_one_card(met, knowledge, scope, now, row, counts):
    found = merge.devices([met("10.0.0.7", A, now)], knowledge, scope, now, [row])

    assert counts is (date(2026, 11, 3) in found[0].days)


def test_an_address_that_two_cards_have_had_tells_of_neither(met, knowledge, scope, now):
    log = [met("10.0.0.7", A, now), met("10.0.0.7", B, now - timedelta(60))]

    found = merge.devices(log, knowledge, scope, now, [kept(None, 3)])

    assert all(date(2026, 11, 3) not in device.days for device in found)


def test_behind_a_router_the_address_alone_counts(saw, knowledge, scope, now):
    log = [saw("ssh.banner", "x", "10.0.0.7", port="tcp/22", zone="office", at=now)]

    found = merge.devices(log, knowledge, scope, now, [kept(None, 3)])

    assert (date(2026, 11, 3), date(2026, 12, 1)) == found[0].days
