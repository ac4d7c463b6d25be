import asyncio
from ipaddress import ip_address, ip_interface, ip_network

import pytest
from msgspec.structs import replace

from scanner.discover.ways import Way, card_of, everyone, unreachable, ways
from scanner.wire.links import Link
from scanner.wire.routes import Hop, Neighbour

from .ground import ROUTER, network  # noqa: TID252 - the network that these tests look at

LINK = Link(name="v0", mac="02:00:00:00:00:01", addresses=(ip_interface("10.0.0.5/25"),))
GATEWAY = "10.0.0.1"


def found(cidr, routes, *, cards=None, trunk=None, vlan=None, links=(LINK,)):
    """The ways into a network; `routes` gives the gateway of each part, None = nowhere, "" = on-link."""
    cards = {GATEWAY: ROUTER, "10.0.0.2": "02:00:00:00:ff:02"} if cards is None else cards
    asked = []

    async def route(address):
        asked.append(address)
        part = max(
            (one for one in routes if ip_address(address) in ip_network(one)),
            key=lambda one: ip_network(one).prefixlen,
            default=None,
        )
        if part is None or routes[part] is None:
            return None
        return Hop(interface="v0", source=ip_address("10.0.0.5"), gateway=routes[part] or None)

    async def card(address, _interface):
        return cards.get(address)

    where = replace(network(cidr), vlan=vlan)
    return asyncio.run(ways(where, links, route, card, trunk))


def way(part, gateway=None, **more):
    return Way(interface="v0", source="10.0.0.5", part=ip_network(part), gateway=gateway, **more)


def test_a_network_that_we_stand_in_is_reached_directly():
    assert ((way("10.0.0.0/26"),), ()) == found("10.0.0.0/26", {})


def test_a_network_behind_one_router_is_reached_over_it():
    assert ((way("10.9.0.0/16", ROUTER),), ()) == found("10.9.0.0/16", {"10.9.0.0/16": GATEWAY})


def test_parts_behind_different_routers_have_ways_of_their_own():
    reached, dark = found("10.9.0.0/24", {"10.9.0.0/25": GATEWAY, "10.9.0.128/25": "10.0.0.2"})

    assert {"10.9.0.0/25": ROUTER, "10.9.0.128/25": "02:00:00:00:ff:02"} == {
        str(one.part): one.gateway for one in reached
    }
    assert () == dark


def test_a_part_without_route_or_without_the_routers_card_is_dark():
    assert ((), (ip_network("10.9.0.0/24"),)) == found("10.9.0.0/24", {})
    assert ((), (ip_network("10.9.0.0/24"),)) == found("10.9.0.0/24", {"10.9.0.0/24": GATEWAY}, cards={})
    reached, dark = found("10.9.0.0/24", {"10.9.0.0/25": GATEWAY})
    assert (["10.9.0.0/25"], ["10.9.0.128/25"]) == (
        [str(one.part) for one in reached],
        [str(one) for one in dark],
    )


def test_the_part_that_we_stand_in_is_not_asked_over_a_router():
    reached, dark = found("10.0.0.0/24", {"10.0.0.0/25": "", "10.0.0.128/25": GATEWAY})

    assert [("10.0.0.0/25", None), ("10.0.0.128/25", ROUTER)] == [
        (str(one.part), one.gateway) for one in reached
    ]
    assert ([True, False], ()) == ([one.near for one in reached], dark)


def test_a_route_that_is_cut_too_fine_is_dark():
    """A single address with a way of its own somewhere in a /16."""
    reached, dark = found("10.9.0.0/16", {"10.9.0.0/16": GATEWAY, "10.9.128.0/32": "10.0.0.2"})

    assert sum(one.part.num_addresses for one in reached) + sum(one.num_addresses for one in dark) == 65536
    assert 1 == len(dark)


def test_a_tagged_network_is_asked_through_the_trunk():
    reached, _ = found("10.50.0.0/24", {}, trunk="eth9", vlan=120)

    assert (
        Way(interface="eth9", source="0.0.0.0", part=ip_network("10.50.0.0/24"), gateway=None, vlan=120),
    ) == reached
    assert ((), (ip_network("10.50.0.0/24"),)) == found("10.50.0.0/24", {}, trunk="eth9")


def test_a_routers_card_is_known_to_this_machine_or_was_seen_by_this_run():
    known = [Neighbour(address=GATEWAY, mac=ROUTER, interface="v0")]
    cards = {GATEWAY: "02:00:00:00:00:77"}

    def card(interface, address=GATEWAY):
        return asyncio.run(card_of(known, cards, address, interface))

    assert [ROUTER, "02:00:00:00:00:77", None] == [card("v0"), card("v1"), card("v0", "10.0.0.9")]


def test_a_part_to_which_no_route_leads_is_told():
    async def route(address):
        return (
            None
            if address.startswith("10.9.")
            else Hop(interface="v0", source=ip_address("10.0.0.5"), gateway=GATEWAY)
        )

    async def told():
        return [
            one async for one in unreachable([ip_network("10.9.0.0/24"), ip_network("10.8.0.0/24")], route)
        ]

    (note,) = asyncio.run(told())
    assert note.startswith("10.9.0.0/24: no interface")


def test_everyone_is_every_address_of_the_parts_and_a_wide_range_is_noted():
    notes = []
    asked = list(
        everyone(
            network(),
            [ip_network("10.0.0.0/30"), ip_network("fd00::/64"), ip_network("fd00::/126")],
            1,
            notes.append,
        )
    )

    assert {"10.0.0.1", "10.0.0.2", "fd00::", "fd00::1", "fd00::2", "fd00::3"} == set(asked)
    assert ["fd00::/64 is too wide"] == [note[:21] for note in notes]


@pytest.mark.parametrize("cidr", ["10.9.0.0/32", "10.9.0.0/31"])
def test_the_smallest_networks_have_ways_too(cidr):
    reached, dark = found(cidr, {"10.9.0.0/16": GATEWAY})
    assert ([cidr], ()) == ([str(one.part) for one in reached], dark)
