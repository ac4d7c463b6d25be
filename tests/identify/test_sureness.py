"""How sure a device is one thing: what the number is, and that no agreement lowers it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.identify import sureness
from scanner.identify.join import join
from scanner.identify.places import places
from scanner.identify.spoken import words
from scanner.model.net import Address

CARD, OTHER, RANDOM = "00:1b:21:00:00:01", "00:1b:21:00:00:02", "02:1b:21:00:00:01"
MARKS = {
    "key": ("ssh.host_key", {"type": "ssh-rsa", "sha256": "ab12"}),
    "guid": ("smb2.guid", "0001"),
    "engine": ("snmp.engine_id", "8000"),
    "name": ("dhcp.hostname", "ct-console"),
    "domain": ("ntlm.names", {"netbios_name": "CT-CONSOLE", "netbios_domain": "RADIO"}),
}


@pytest.fixture(scope="session")
def joined(saw, scope):
    """Groups of places made of an address, a card and the names of marks each."""

    def make(*those, said=()):
        log = [*said]
        for address, mac, *marks in those:
            log.append(saw("arp.mac", "", address, mac=mac))
            log += [saw(*MARKS[mark], address, mac=mac, port="tcp/445") for mark in marks]
        return join(places(log, scope), words(log))

    return make


@pytest.mark.parametrize(
    ("place", "want"),
    [
        (("10.0.0.1", None), 0.2929),
        (("10.0.0.1", RANDOM), 0.6464),
        (("10.0.0.1", CARD), 0.9116),
        (("10.0.0.1", CARD, "name"), 0.9558),
        (("10.0.0.1", None, "name"), 0.6464),
        (("10.0.0.1", "00:00:5e:00:01:07", "name"), 0.6464),
    ],
    ids=["an address", "a random card", "a card", "a card and a name", "a name", "a virtual card"],
)
def test_one_place_is_as_sure_as_what_it_is_known_again_by(joined, place, want):
    (group,) = joined(place)
    assert want == group.sure


def test_several_places_are_as_sure_as_their_weakest_link(joined):
    (laptop,) = joined(("10.0.0.1", CARD, "guid", "domain"), ("10.0.1.1", OTHER, "guid", "domain"))
    (weaker,) = joined(("10.0.0.1", CARD, "key", "name"), ("10.0.1.1", OTHER, "key", "name"))

    assert 0.9375 == laptop.sure
    assert 0.875 == weaker.sure


def test_a_persons_word_is_a_link_that_cannot_break(joined, saw):
    both = [Address("10.0.0.1"), Address("10.0.1.1")]
    said = [saw("person.same", " ".join(both), source="person:J. Doe")]
    apart = joined(("10.0.0.1", CARD), ("10.0.1.1", OTHER))
    (one,) = joined(("10.0.0.1", CARD), ("10.0.1.1", OTHER), said=said)

    assert [0.9116, 0.9116] == [group.sure for group in apart]
    assert 0.9116 == one.sure


def test_a_card_that_a_router_lends_pins_nothing(joined):
    lent = joined(*[(f"10.0.0.{at}", CARD) for at in range(1, 11)])
    assert {0.2929} == {group.sure for group in lent}


some = st.lists(st.sampled_from(sorted(MARKS)), max_size=4)


@given(some, st.sampled_from(sorted(MARKS)), st.sampled_from([None, CARD, RANDOM]))
def test_a_mark_more_never_lowers_the_number_of_one_place(joined, marks, more, card):
    (one,) = joined(("10.0.0.1", card, *marks))
    (two,) = joined(("10.0.0.1", card, *marks, more))
    assert two.sure >= one.sure


@given(some, st.sampled_from(sorted(MARKS)))
def test_a_mark_more_on_which_both_agree_never_lowers_the_number_of_a_pair(joined, marks, more):
    less = joined(*[(address, card, *marks) for address, card in (("10.0.0.1", CARD), ("10.0.1.1", OTHER))])
    both = joined(
        *[(address, card, *marks, more) for address, card in (("10.0.0.1", CARD), ("10.0.1.1", OTHER))]
    )
    if len(less) == 1:
        assert both[0].sure >= less[0].sure


@given(st.floats(0, 100), st.floats(0, 100))
def test_a_stronger_link_never_lowers_the_number(joined, one, other):
    (group,) = joined(("10.0.0.1", CARD, "name"))
    low, high = sorted((one, other))
    assert 0 <= sureness.sure(group.places, low) <= sureness.sure(group.places, high) < 1
