"""Who is asked for because all nodes of a segment were asked: once, in turn, and nobody on hearsay alone."""

import asyncio
from ipaddress import ip_address, ip_interface, ip_network

import pytest

from scanner.discover import nodes
from scanner.discover.budget import Budget
from scanner.discover.nodes import Groups
from scanner.errors import ScopeError
from scanner.model.kinds import Profile
from scanner.model.net import Address
from scanner.scope.file import Flags
from scanner.scope.profile import LIMITS
from scanner.wire.links import Link
from scanner.wire.pipe import ALL_NODES, Heard, Method

from .ground import NOW, Books, Far, Host, Seen, way  # noqa: TID252 - the network that these tests look at

HERE = way("fd00::/64", source="fd00::1")
LOCAL = {"v0": Address("fe80::1")}


class Link6(Far):
    """A segment that answers to its group too: whatever `said` has, from a link-local source or from a global one."""

    def __init__(self, hosts, said, refused=None):
        super().__init__(hosts)
        self.said, self.refused, self.busy = said, refused, 0

    async def ask(self, wish, progress=lambda _progress: None):
        if wish.method is not Method.NODES:
            async for heard in super().ask(wish, progress):
                yield heard
            return
        self.wishes.append(wish)
        if self.refused:
            raise ScopeError(self.refused)
        assert not self.busy
        self.busy += 1
        await asyncio.sleep(0)
        self.busy -= 1
        for address, card in self.said.get(wish.source, ()):
            yield Heard(address=Address(address), mac=card, state="there")


def groups_of(far):
    return [wish for wish in far.wishes if wish.method is Method.NODES]


def test_who_answers_is_found_by_neighbour_discovery_and_only_inside_the_scope():
    cards = [f"00:00:00:00:00:{n:02x}" for n in range(6)]
    hosts = {
        Address("fd00::200:ff:fe00:1"): Host(),  # its card tells
        Address("fd00::77"): Host(),  # it says so itself
        Address("fd00::abcd:1:2:3"): Host(),  # the same identifier in each prefix
        Address("fd00::9"): Host(),  # ignores the group: nothing tells of it
        Address("fd01::5"): Host(),  # outside the scope
    }
    said = {
        "fe80::1": [("fe80::200:ff:fe00:1", cards[1]), ("fe80::abcd:1:2:3", cards[2]), ("fe80::5", cards[5])],
        "fd00::1": [("fd00::77", cards[3]), ("fd01::5", cards[4]), ("fd00::66", cards[4])],
    }
    far = Link6(hosts, said)
    seen = Seen(far, "fd00::/64", groups=Groups(LOCAL)).run(HERE)

    assert {"fd00::200:ff:fe00:1", "fd00::77", "fd00::abcd:1:2:3"} == seen.hosts
    assert all(ip_address(target) in ip_network("fd00::/64") for _, target, _ in far.asked)
    assert {"raw:nd"} == {one.source for one in seen.log}
    assert seen.hosts == seen.search.cards.keys()


def test_a_segment_is_asked_once_from_each_of_our_addresses_however_many_networks_it_carries():
    far, groups = Link6({}, {}), Groups(LOCAL)
    others = way("fd02::/64", source="fd02::1")
    searches = [Seen(far, str(one.part), groups=groups) for one in (HERE, others)]

    async def together():
        await asyncio.gather(*(one.search.way(at) for one, at in zip(searches, (HERE, others), strict=True)))

    asyncio.run(together())
    searches[0].run(HERE)

    asked = groups_of(far)
    assert ["fe80::1", "fd00::1", "fd02::1"] == [wish.source for wish in asked]
    assert {((ALL_NODES,), 1.0, 2, "v0", None)} == {
        (wish.targets, wish.rate, wish.tries, wish.interface, wish.via) for wish in asked
    }
    assert [("fd00::/64", 2)] * 2 == searches[0].books.spent


def test_what_the_helper_has_against_it_is_noted_once_and_the_rest_goes_on():
    far = Link6(
        {Address("fd00::77"): Host()}, {}, "all nodes of v0 are not asked: profile clinical is on the link"
    )
    seen = Seen(far, "fd00::/64", groups=Groups(LOCAL), neighbours=("fd00::77",)).run(HERE)

    assert {"fd00::77"} == seen.hosts
    assert [True] == ["profile clinical is on the link" in note for note in seen.notes]
    assert 2 == len(groups_of(far))


def test_who_has_had_enough_spares_the_whole_segment():
    class Tired(Books):
        def spend_span(self, *_):
            return False

    far = Link6({}, {})
    seen = Seen(far, "fd00::/64", groups=Groups(LOCAL), books=Tired()).run(HERE)

    assert [] == groups_of(far)
    assert ["fd00::/64: all nodes were not asked: somebody there has had enough today"] == seen.notes


@pytest.mark.parametrize(
    ("profile", "at", "want"),
    [
        (Profile.OFFICE, HERE, True),
        (Profile.LAB, HERE, True),
        (Profile.BENCH, HERE, True),
        (Profile.CLINICAL, HERE, False),
        (Profile.OT, HERE, False),
        (Profile.PASSIVE, HERE, False),
        (Profile.LAB, way("fd00::/64", routed=True, source="fd01::1"), False),
        (Profile.LAB, way("fd00::/112", source="fd00::1"), False),
        (Profile.LAB, way("10.0.0.0/24"), False),
    ],
)
def test_only_a_wide_segment_of_our_own_whose_profile_allows_groups_is_asked(profile, at, want):
    far = Link6({}, {})
    groups, budget = Groups(LOCAL), Budget(books=Books(), most=None, clock=lambda: NOW)

    asyncio.run(groups.heard(at, far, LIMITS[profile], Flags(icmp_echo=True), budget, lambda _note: None))

    assert want == nodes.allowed(LIMITS[profile], Flags(icmp_echo=True), at) == bool(groups_of(far))


def test_our_link_local_address_is_told_by_interface():
    def link(name, *addresses, mac="02:00:00:00:00:01"):
        return Link(name=name, mac=mac, addresses=tuple(map(ip_interface, addresses)))

    found = nodes.locals_of(
        [
            link("v0", "10.0.0.1/24", "fe80::1/64", "fd00::1/64"),
            link("v1", "fd00::1/64"),
            link("lo", "fe80::2/64", mac=None),
        ]
    )

    assert {"v0": "fe80::1"} == found


def test_a_prefix_longer_than_half_has_no_room_for_an_identifier():
    assert [] == list(nodes.suggested(ip_network("fd00::/96"), ["fe80::7", "fd01::1"]))
    assert ["fd00::7"] == list(nodes.suggested(ip_network("fd00::/64"), ["fe80::7", "fd01::1"]))
