"""Which places are one device: marks add up over families, contradictions and crowds forbid, a person has the last word."""

from datetime import timedelta

import pytest

from scanner.identify.join import PROXY, contradict, join, lent_cards
from scanner.identify.places import places
from scanner.identify.spoken import words

ONE, TWO = "00:1b:21:00:00:01", "00:1b:21:00:00:02"
KEY = ("ssh.host_key", {"type": "ssh-rsa", "sha256": "ab12"}, "tcp/22")
CERTIFICATE = ("tls.certificate", {"sha256": "cd34"}, "tcp/443")
NAME = ("dhcp.hostname", "ct-console", None)
DOMAIN = ("ntlm.names", {"netbios_name": "CT", "netbios_domain": "RADIO"}, "tcp/445")
GUID = ("smb2.guid", "0001", "tcp/445")
ENGINE = ("snmp.engine_id", "8000", "udp/161")


@pytest.fixture
def boot(now):
    return ("smb2.boot_time", (now - timedelta(days=3)).isoformat(), "tcp/445")


@pytest.fixture
def at(saw, scope):
    """Places made of an address, a card and marks each."""

    def make(*those):
        log = []
        for address, mac, *marks in those:
            log += [
                saw("arp.mac", "", address, mac=mac),
                *(saw(f, v, address, mac=mac, port=p) for f, v, p in marks),
            ]
        return places(log, scope)

    return make


def groups(found, said=()):
    return [[place.address for place in group.places] for group in join(found, said)]


NEAR, FAR = ("10.0.0.1", "10.0.0.2"), ("10.0.0.1", "10.0.1.1")


@pytest.mark.parametrize(
    ("where", "marks", "one"),
    [
        (NEAR, (), False),
        (NEAR, (KEY, NAME), False),
        (NEAR, (GUID, DOMAIN), True),
        (NEAR, (KEY, GUID, ENGINE, CERTIFICATE), False),
        (FAR, (), False),
        (FAR, (KEY,), False),
        (FAR, (CERTIFICATE,), False),
        (FAR, (NAME,), False),
        (FAR, (KEY, NAME), True),
        (FAR, (KEY, GUID, ENGINE), False),
        (FAR, (CERTIFICATE, NAME), False),
        (FAR, (CERTIFICATE, DOMAIN), True),
    ],
)
def test_marks_of_different_families_join_and_many_of_one_do_not(at, where, marks, one):
    found = at((where[0], ONE, *marks), (where[1], TWO, *marks))

    assert ([list(where)] if one else [[address] for address in where]) == groups(found)


def test_the_instant_of_its_start_is_a_mark_that_no_copy_shares(at, boot):
    assert [list(NEAR)] == groups(at((NEAR[0], ONE, GUID, boot), (NEAR[1], TWO, GUID, boot)))


def test_one_card_is_one_device_and_the_reason_is_said(at):
    (group,) = join(at(("10.0.0.1", ONE), ("10.0.1.1", ONE)))

    assert (f"MAC {ONE}",) == group.because


def test_a_card_that_answers_for_a_crowd_joins_nothing_and_that_is_said(at):
    found = at(*((f"10.0.0.{host}", ONE) for host in range(1, PROXY + 2)))

    assert {(ONE, "office"): PROXY + 1} == lent_cards(found)
    assert PROXY + 1 == len(groups(found))
    assert all(f"answers for {PROXY + 1} addresses in zone office" in group.notes[0] for group in join(found))
    assert {} == lent_cards(found[:PROXY])


def test_two_machines_behind_one_card_are_two(at):
    found = at(("10.0.0.1", ONE, GUID), ("10.0.0.2", ONE, ("smb2.guid", "0002", "tcp/445")))

    assert contradict(*found)
    assert [["10.0.0.1"], ["10.0.0.2"]] == groups(found)


def test_a_card_that_moves_between_devices_joins_nothing(at):
    assert [["10.0.0.1"], ["10.0.1.1"]] == groups(
        at(("10.0.0.1", "00:00:0c:07:ac:01", KEY, NAME), ("10.0.1.1", TWO, KEY, NAME))
    )


def test_a_mark_that_a_crowd_of_one_zone_shows_weighs_nothing(at):
    cards = [f"00:1b:21:00:00:0{host}" for host in (1, 2, 3)]
    crowd = [(f"10.0.0.{host}", mac, KEY, NAME) for host, mac in enumerate(cards, 1)]

    assert 4 == len(groups(at(*crowd, ("10.0.1.1", "00:1b:21:00:00:09", KEY, NAME))))


def test_one_holder_in_each_of_three_zones_is_a_router(at):
    legs = [(f"10.0.{net}.1", f"00:1b:21:00:00:0{net}", KEY) for net in range(3)]

    assert [[leg[0] for leg in legs]] == groups(at(*legs))
    assert 2 == len(groups(at(*legs[:2])))


def test_an_address_that_no_longer_answers_needs_less(saw, scope, now):
    old = [saw(*KEY[:2], "10.0.0.1", mac=ONE, port=KEY[2], at=now - timedelta(days=30))]
    new = [saw(*KEY[:2], "10.0.1.1", mac=TWO, port=KEY[2])]

    assert [["10.0.0.1", "10.0.1.1"]] == groups(places(old + new, scope))


def test_two_starts_before_either_was_looked_at_are_two_machines(at, now, boot):
    earlier = ("smb2.boot_time", (now - timedelta(days=9)).isoformat(), "tcp/445")
    later = ("smb2.boot_time", (now + timedelta(hours=1)).isoformat(), "tcp/445")

    assert contradict(*at(("10.0.0.1", ONE, boot), ("10.0.1.1", TWO, earlier)))
    assert not contradict(*at(("10.0.0.1", ONE, boot), ("10.0.1.1", TWO, boot)))
    assert not contradict(*at(("10.0.0.1", ONE, boot), ("10.0.1.1", TWO)))
    assert not contradict(*at(("10.0.0.1", ONE, boot), ("10.0.1.1", TWO, later))), (
        "restarted between two looks"
    )


def test_what_contradicts_is_not_joined_through_a_third(at):
    """The middle fits either side; the sides show different GUIDs."""
    other = ("smb2.guid", "0002", "tcp/445")
    found = at(
        ("10.0.0.1", ONE, GUID, KEY, NAME),
        ("10.0.1.1", TWO, KEY, NAME),
        ("10.0.2.1", "00:1b:21:00:00:03", other, KEY, NAME),
    )

    assert 2 == len(groups(found))


def test_a_person_joins_what_contradicts_and_parts_what_fits(at, saw):
    apart = at(("10.0.0.1", ONE, GUID), ("10.0.1.1", TWO, ("smb2.guid", "0002", "tcp/445")))
    alike = at(("10.0.0.1", ONE, KEY, NAME), ("10.0.1.1", TWO, KEY, NAME))
    (same,), (different,) = (
        words([saw(f"person.{word}", "10.0.0.1 10.0.1.1")]) for word in ("same", "different")
    )

    (group,) = join(apart, [same])
    assert ("a person says so",) == group.because
    assert [["10.0.0.1"], ["10.0.1.1"]] == groups(alike, [different])
    assert [["10.0.0.1", "10.0.1.1"]] == groups(alike, [different, same]), "the last word counts"
    assert [["10.0.0.1"], ["10.0.1.1"]] == groups(alike, [same, different])


def test_a_word_that_parts_two_things_does_not_part_two_places_of_one_of_them(at, saw):
    """The address stands for both its cards: the word is about it and another device."""
    found = at(
        ("10.0.0.1", ONE, KEY, DOMAIN), ("10.0.0.1", TWO, KEY, DOMAIN), ("10.0.1.1", "00:1b:21:00:00:03")
    )
    (different,) = words([saw("person.different", "10.0.0.1 10.0.1.1")])

    assert [["10.0.0.1", "10.0.0.1"], ["10.0.1.1"]] == groups(found, [different])


def test_long_marks_are_cut_in_the_reason(at):
    key = ("ssh.host_key", {"type": "ssh-rsa", "sha256": "a" * 90}, "tcp/22")
    (group,) = join(at(("10.0.0.1", ONE, key, NAME), ("10.0.1.1", TWO, key, NAME)))

    assert (f"ssh host key ssh-rsa {'a' * 16}..., name ct-console",) == group.because
