"""By which interface, and over which router, the parts of a network are reached."""

import ipaddress
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from scanner.model.net import Address, Mac
from scanner.scope.file import IPNetwork, Network
from scanner.scope.plan import LARGEST_IPV6, ends, targets
from scanner.wire.links import Link, OnLink, on_link
from scanner.wire.routes import Hop, Neighbour

DEEPEST: Final = 4
"""How often a network is halved in search of where its routes part; what is still divided then has no way."""


class Way(Struct, frozen=True, kw_only=True):
    """How one part of a network is reached by frames of ours."""

    interface: str
    source: str
    """Our own address there; `0.0.0.0` on a tagged link on which we have none (RFC 5227)."""
    part: IPNetwork
    gateway: Mac | None
    """The router's card; None on-link."""
    vlan: int | None = None
    """Tag that the frames need; None where the interface is in the network itself."""
    ends: tuple[Address, ...] = ()
    """The first and last address of the part, where they are hosts: a piece of a network has no broadcast address."""

    @property
    def near(self) -> bool:
        """Whether every host answers for itself, without a router between."""
        return self.gateway is None


Route = Callable[[Address], Awaitable[Hop | None]]
CardOf = Callable[[Address, str], Awaitable[Mac | None]]


async def ways(
    network: Network,
    links: Sequence[Link],
    route: Route,
    card: CardOf,
    trunk: str | None = None,
    only: IPNetwork | None = None,
) -> tuple[tuple[Way, ...], tuple[IPNetwork, ...]]:
    """The ways into a network, or into `only` a part of it, and those parts that frames of ours cannot reach: there connects must do.

    `card` finds the card of a router by its address and our interface, where that can be had. `trunk` is an interface that carries tagged
    frames: networks with a `vlan` in which we do not stand are asked through it.
    """
    cut, whole = only or network.cidr, network.cidr
    here = on_link(cut, links)
    near = [_near(at, cut, whole) for at in here]
    if any(at.part == cut for at in here):
        return tuple(near), ()
    if trunk is not None and network.vlan is not None and cut.version == 4:
        way = Way(interface=trunk, source="0.0.0.0", part=cut, gateway=None, vlan=network.vlan)  # noqa: S104  # nobody's address, not a bind
        return (replace(way, ends=ends(cut, cut, whole)),), ()
    found, dark = near, []
    async for part, hop in _parts(cut, [at.part for at in here], route, DEEPEST):
        mac = await card(hop.gateway, hop.interface) if hop is not None and hop.gateway is not None else None
        if hop is None or mac is None:
            dark.append(part)
        else:
            way = Way(interface=hop.interface, source=str(hop.source), part=part, gateway=mac)
            found.append(replace(way, ends=ends(part, cut, whole)))
    return tuple(found), tuple(dark)


def _near(at: OnLink, cut: IPNetwork, whole: IPNetwork) -> Way:
    # the link's own ends are nobody's, wherever the scope's network ends
    inner = [one for one in ends(at.part, cut, whole) if one in ends(at.part, at.part, at.source.network)]
    return Way(
        interface=at.link.name, source=str(at.source.ip), part=at.part, gateway=None, ends=tuple(inner)
    )


async def card_of(
    neighbours: Iterable[Neighbour], cards: Mapping[Address, Mac], address: Address, interface: str
) -> Mac | None:
    """A router's card: as this machine knows it, else as this run has seen it."""
    known = (one.mac for one in neighbours if (one.address, one.interface) == (address, interface))
    return next(known, cards.get(address))


async def unreachable(dark: Iterable[IPNetwork], route: Route) -> AsyncIterator[str]:
    """A word for each part that no route leads to: connects find nobody there either."""
    for part in dark:
        if await route(Address(str(part[part.num_addresses // 2]))) is None:
            yield f"{part}: no interface that is up is in it and no route leads there: nobody could be reached"


def everyone(
    network: Network,
    parts: Iterable[IPNetwork],
    seed: int,
    note: Callable[[str], None],
    only: IPNetwork | None = None,
) -> Iterator[Address]:
    """Every address of these parts of a network, all of them in `only`; what is too wide for that is noted."""
    for part in parts:
        if part.version == 6 and part.prefixlen < LARGEST_IPV6:
            note(
                f"{part} is too wide to ask every address: list /{LARGEST_IPV6} or narrower, listen, or import"
            )
            continue
        yield from targets(replace(network, cidr=part), seed)
        yield from ends(part, only or network.cidr, network.cidr)


async def _parts(
    part: IPNetwork, near: Sequence[IPNetwork], route: Route, deep: int
) -> AsyncIterator[tuple[IPNetwork, Hop | None]]:
    """Parts that are reached in one way each, those that are on-link left out; None where there is none, or several."""
    if any(_within(part, one) for one in near):
        return
    ends = {await _hop(part[at], route) for at in (0, part.num_addresses // 2, -1)}
    whole = len(ends) == 1 and not any(_within(one, part) for one in near)
    if whole or not deep or part.prefixlen == part.max_prefixlen:
        yield part, ends.pop() if whole else None
        return
    for half in part.subnets():
        async for found in _parts(half, near, route, deep - 1):
            yield found


async def _hop(of: ipaddress.IPv4Address | ipaddress.IPv6Address, route: Route) -> Hop | None:
    return await route(Address(str(of)))


def _within(small: IPNetwork, large: IPNetwork) -> bool:
    return (
        small.version == large.version
        and small.prefixlen >= large.prefixlen
        and small.network_address in large
    )
