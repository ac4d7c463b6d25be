"""Time tells one device that changes its card from two, and names tell copies of one disk apart."""

from datetime import timedelta

import pytest

from scanner.identify import merge, succession
from scanner.identify.keys import Key
from scanner.identify.places import places

FIXED = ("3c:97:0e:00:00:01", "3c:97:0e:00:00:02", "3c:97:0e:00:00:03")
RANDOM = ("02:00:00:00:00:01", "06:00:00:00:00:02", "0a:00:00:00:00:03")


@pytest.fixture
def met(saw, now):
    """Give `met(card, days ago, address=..., name=...)`: what a listener notes of one visit."""

    def visit(card, ago, *, address="10.0.0.7", name="lt-07", zone="office", extra=()):
        at = now - timedelta(days=ago)
        seen = [
            saw("link.mac", card, address, mac=card, source="passive:arp", zone=zone, vantage=zone, at=at)
        ]
        if name:
            told = {"hostname": name, "state": "active"}
            seen.append(
                saw("dhcp.lease", told, address, mac=card, source="import:dhcp-isc", zone=zone, at=at)
            )
        marks = [
            saw(*mark, address, mac=card, port="tcp/22", zone=zone, vantage=zone, at=at) for mark in extra
        ]
        return [*seen, *marks]

    return visit


def made(log, knowledge, scope, now):
    return len(merge.devices([one for visit in log for one in visit], knowledge, scope, now))


def test_random_cards_in_turn_under_one_name_are_one_device(met, knowledge, scope, now):
    log = [met(card, ago, address=f"10.0.0.{ago}") for ago, card in enumerate(RANDOM, 10)]

    assert 1 == made(log, knowledge, scope, now)


def test_random_cards_at_one_time_are_several(met, knowledge, scope, now):
    log = [met(card, 10, address=f"10.0.0.{number}") for number, card in enumerate(RANDOM, 10)]

    assert 3 == made(log, knowledge, scope, now)


@pytest.mark.parametrize("name", ["android", ""])
def test_random_cards_without_a_name_of_their_own_stay_apart(met, knowledge, scope, now, name):
    log = [met(card, ago, address=f"10.0.0.{ago}", name=name) for ago, card in enumerate(RANDOM, 10)]

    assert 3 == made(log, knowledge, scope, now)


def test_cards_of_makers_join_in_turn_at_one_address_only(met, knowledge, scope, now):
    one = [met(FIXED[0], 40), met(FIXED[1], 2)]
    two = [met(FIXED[0], 40), met(FIXED[1], 2, address="10.0.0.8")]

    assert (1, 2) == (made(one, knowledge, scope, now), made(two, knowledge, scope, now))


def test_another_zone_is_no_turn(met, knowledge, scope, now):
    log = [met(RANDOM[0], 40), met(RANDOM[1], 2, address="10.0.1.8", zone="management")]

    assert 2 == made(log, knowledge, scope, now)


def test_copies_of_one_disk_that_were_named_are_as_many_as_their_names(met, knowledge, scope, now):
    key = ("ssh.host_key", {"algorithm": "ssh-rsa", "fingerprint": "SHA256:image"})
    named = [
        met(card, ago, address=f"10.0.{zone}.9", name=f"pc-{ago}", zone=name, extra=[key])
        for zone, (card, ago, name) in enumerate(
            zip(FIXED, (40, 50, 60), ("office", "management", "imaging"), strict=True)
        )
    ]
    nameless = met("3c:97:0e:00:00:04", 70, address="10.0.3.9", name="", zone="servers", extra=[key])

    assert 3 == made(named, knowledge, scope, now)
    # what has no name may be any of them, and never makes two of them one
    assert made([*named, nameless], knowledge, scope, now) in {3, 4}


def test_a_machine_that_was_named_anew_is_one(met, knowledge, scope, now):
    log = [met(FIXED[0], 40, name="old"), met(FIXED[0], 2, name="new", address="10.0.0.8")]

    assert 1 == made(log, knowledge, scope, now)


def test_the_most_at_one_time_are_counted_by_card_and_zone(met, saw, scope, now):
    visits = [
        met(FIXED[0], 5),
        met(FIXED[0], 1, address="10.0.0.8"),
        met(FIXED[1], 3, address="10.0.0.9"),
        met(FIXED[2], 9, address="10.0.0.10"),
    ]
    known = places([one for visit in visits for one in visit], scope)
    listed = places([saw("host.name", "x", "10.0.0.20", source="import:ad-csv")], scope)

    assert 2 == succession.at_once(known)
    assert 3 == succession.at_once([*known, *listed])
    assert 0 == succession.at_once([])


def test_a_place_that_nobody_met_was_there_at_no_time(saw, scope):
    [listed] = places([saw("host.name", "x", "10.0.0.20", source="import:ad-csv")], scope)

    assert succession.span(listed) is None
    assert not succession.in_turn(listed, listed)
    assert [] == list(succession.turns(listed, listed, Key("name", "name", "x", 1)))
    assert not succession.copies(listed, listed)
