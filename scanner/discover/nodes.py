"""Ask everybody on our own IPv6 segment at once (RFC 4443 4.1, RFC 4291 2.7.1), to learn whom neighbour discovery may ask.

What comes back is hearsay: whoever hears the question can answer in any name. So nobody counts as found by it, and an
address outside the scope is never asked; within it, neighbour discovery asks for each address by itself.
"""

import asyncio
import ipaddress
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import aclosing
from typing import Final

from scanner.discover.budget import Budget
from scanner.discover.how import Asker
from scanner.discover.nd import LARGEST
from scanner.discover.ways import Way
from scanner.errors import ScopeError
from scanner.model.net import Address, Mac
from scanner.scope.file import Flags, IPNetwork
from scanner.scope.profile import Limits
from scanner.wire.links import Link
from scanner.wire.pipe import ALL_NODES, Ask, Method

RATE: Final = 1.0
"""Frames to a group a second, on one segment."""

WAIT: Final = 1.0
"""Seconds to listen after the last of them."""

_HALF: Final = (1 << 64) - 1


def allowed(limits: Limits, flags: Flags, way: Way) -> bool:
    """Where all nodes may be asked and the segment is our own; the raw helper looks besides at all that shares it."""
    return way.near and way.vlan is None and may_ask_all(limits, flags, way.part)


def may_ask_all(limits: Limits, flags: Flags, part: IPNetwork) -> bool:
    """Whether a network is too wide to be asked whole, and its profile lets a group be asked, and allows echo."""
    wide = part.version == 6 and part.prefixlen < LARGEST
    return wide and limits.multicast and (limits.icmp or flags.icmp_echo)


def locals_of(links: Iterable[Link]) -> dict[str, Address]:
    """Our own link-local address on each interface that has one: asked from it, hosts answer from theirs."""
    return {
        link.name: Address(str(one.ip))
        for link in reversed(tuple(links))
        for one in link.addresses
        if link.mac and one.version == 6 and one.ip.is_link_local
    }


def suggested(part: ipaddress.IPv6Network, heard: Iterable[Address]) -> Iterator[Address]:
    """Whom in a network the answers speak of: themselves, and whoever has the same interface identifier there.

    Windows, and whoever sets it by hand, uses one identifier in every prefix; the address that a card makes of itself
    is for `nd.candidates`.
    """
    for address in heard:
        parsed = ipaddress.IPv6Address(address)
        if parsed in part:
            yield address
        elif parsed.is_link_local and part.prefixlen <= 64:
            yield Address(str(part.network_address + (int(parsed) & _HALF)))


class Groups:
    """What all nodes of each segment said in this run: each is asked once from each of our addresses, never twice at a time."""

    def __init__(self, own: Mapping[str, Address] | None = None) -> None:
        """`own` is our link-local address by interface."""
        self._own = dict(own or {})
        self._turns: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._asked: set[tuple[str, str]] = set()
        self._heard: dict[str, dict[Address, Mac]] = defaultdict(dict)

    async def heard(
        self,
        way: Way,
        asker: Asker,
        limits: Limits,
        flags: Flags,
        budget: Budget,
        note: Callable[[str], None],
    ) -> Mapping[Address, Mac]:
        """Who answered on the segment of a way, and from which card; asks first, from where it has not asked yet.

        Nobody where all must not be asked at once (`allowed`); what the raw helper has against it, `note` hears.
        """
        if not allowed(limits, flags, way):
            return {}
        tries, against = limits.arp_tries, dict[str, None]()
        async with self._turns[way.interface]:
            own = self._own.get(way.interface)
            for source in ([own] if own else []) + [way.source]:
                if (way.interface, source) in self._asked:
                    continue
                self._asked.add((way.interface, source))
                if not await budget.segment(way.part, tries):
                    note(f"{way.part}: all nodes were not asked: somebody there has had enough today")
                    break
                try:
                    await self._ask(way, asker, source, tries)
                except ScopeError as error:
                    against[str(error)] = None
        for why in against:
            note(f"{way.part}: {why}; so hosts are missing that no table and no known card tells of")
        return self._heard[way.interface]

    async def _ask(self, way: Way, asker: Asker, source: str, tries: int) -> None:
        wish = Ask(
            method=Method.NODES, interface=way.interface, source=source, targets=(ALL_NODES,), rate=RATE, tries=tries,
            seed=0, wait=WAIT,
        )  # fmt: skip
        async with aclosing(asker.ask(wish)) as answers:
            async for one in answers:
                if one.mac is not None:
                    self._heard[way.interface].setdefault(one.address, one.mac)
