"""A person's word: which places it is about, which it tells apart, and whose a device is."""

from datetime import timedelta

import pytest

from scanner.identify.places import places
from scanner.identify.spoken import owner, words

CARD = "00:1b:21:00:00:01"


@pytest.fixture
def place(saw, scope):
    """One address with its card and its NetBIOS name."""

    def make(address, mac=None, name=None):
        seen = [saw("arp.answer", "", address, mac=mac)]
        seen += [saw("ntlm.names", {"netbios_name": name}, address, port="tcp/445")] if name else []
        (one,) = places(seen, scope)
        return one

    return make


@pytest.mark.parametrize(
    "value",
    [
        "10.0.0.1 10.0.1.1",
        "10.0.0.1, 10.0.1.1",
        "10.0.0.1;\n 10.0.1.1",
        {"one": "10.0.0.1", "other": ["10.0.1.1"]},
    ],
)
def test_places_are_listed_in_any_way(saw, place, value):
    (word,) = words([saw("person.same", value)])

    assert (True, {"10.0.0.1", "10.0.1.1"}) == (word.same, word.about)
    assert [True, True, False] == [word.names(place(f"10.0.{net}.1")) for net in (0, 1, 2)]


def test_a_place_is_named_by_its_card_or_its_name_too(saw, place):
    (word,) = words([saw("person.same", f"{CARD.upper()} ct-console")])

    assert word.names(place("10.0.0.1", mac=CARD))
    assert word.names(place("10.0.0.2", name="CT-CONSOLE"))
    assert not word.names(place("10.0.0.3", name="CT-CONSOLE-2"))


def test_the_observations_own_address_and_card_count(saw):
    (word,) = words([saw("person.different", "10.0.1.1", "10.0.0.1", mac=CARD)])

    assert (False, {"10.0.1.1", "10.0.0.1", CARD}) == (word.same, word.about)


def test_a_word_tells_two_places_apart_only_when_each_has_a_name_of_its_own(saw, place):
    (word,) = words([saw("person.different", f"10.0.0.1 {CARD}")])
    named, card, both = place("10.0.0.1"), place("10.0.0.2", mac=CARD), place("10.0.0.1", mac=CARD)

    assert word.tells_apart(named, card)
    assert not word.tells_apart(named, both)
    assert not word.tells_apart(card, card)


def test_words_come_in_the_order_in_which_they_were_said(saw, now):
    later = saw("person.same", "a", at=now + timedelta(days=1))
    said = [later, saw("ssh.banner", "b"), saw("person.different", "a")]

    assert [False, True] == [word.same for word in words(said)] == [word.same for word in words(said[::-1])]


def test_an_owner_is_whom_a_person_named_last_else_a_list(saw, now):
    lists = [
        saw("owner", name, source="import:x", at=now + timedelta(days=day)) for day, name in enumerate("ab")
    ]
    people = [
        saw("person.owner", name, source="person:J. Doe", at=now - timedelta(days=day))
        for day, name in enumerate("cd")
    ]

    assert owner([]) is None
    assert "b" == owner(lists) == owner(lists[::-1])
    assert "c" == owner(lists + people) == owner(people + lists)


@pytest.mark.parametrize("value", ["", {}, {"name": ""}, {"name": None}])
def test_an_empty_word_names_nobody(saw, value):
    assert owner([saw("owner", value)]) is None


def test_an_owner_may_stand_in_an_object(saw):
    assert "radiology" == owner([saw("person.owner", {"note": "", "name": "radiology"}, source="person:x")])
