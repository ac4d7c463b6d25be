from ipaddress import IPv6Address, IPv6Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.discover.how import Fact
from scanner.discover.nd import HOW, candidates, eui64
from scanner.model.kinds import Profile
from scanner.scope.file import Flags
from scanner.scope.profile import LIMITS
from scanner.wire.pipe import Heard

PART = IPv6Network("2001:db8:0:1::/64")


def test_a_card_makes_the_address_of_the_standards_own_example():
    """RFC 2464, section 4: 34-56-78-9A-BC-DE has the identifier 36-56-78-FF-FE-9A-BC-DE."""
    assert "2001:db8:0:1:3656:78ff:fe9a:bcde" == eui64(PART, "34:56:78:9a:bc:de")
    assert None is eui64(IPv6Network("2001:db8::/80"), "34:56:78:9a:bc:de")


@given(card=st.binary(min_size=6, max_size=6))
def test_every_card_makes_one_address_in_the_network(card):
    assert IPv6Address(eui64(PART, card.hex(":"))) in PART


@pytest.mark.parametrize(
    ("part", "known", "cards", "want"),
    [
        ("fd00::/120", ["fd00::5"], ["34:56:78:9a:bc:de"], ("fd00::/120",)),
        ("fd00::/64", ["fd00::9", "fd01::5", "10.0.0.1"], [], ("fd00::9",)),
        ("fd00::/64", ["fd00::9"], ["34:56:78:9a:bc:de"], ("fd00::9", "fd00::3656:78ff:fe9a:bcde")),
        ("fd00::/64", [], [], ()),
    ],
)
def test_only_what_is_in_the_network_is_asked_for(part, known, cards, want):
    assert want == candidates(IPv6Network(part), known, cards)


def test_an_answer_shows_a_card_on_our_own_segment_only():
    heard = Heard(address="fd00::3", mac="02:00:00:00:00:03", state="there")
    assert [Fact(field="link.mac", value="02:00:00:00:00:03")] == list(HOW.facts(heard))
    assert [] == list(HOW.facts(Heard(address="fd00::3", state="there")))
    office = LIMITS[Profile.OFFICE]
    assert [True, False, False] == [
        HOW.serves(office, Flags(), v, near=n) for v, n in ((6, True), (4, True), (6, False))
    ]
