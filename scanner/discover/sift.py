"""Sweep the ports of a host that lets knocks pass in silence, so that nobody waits for each of them in turn.

A firewall that drops what it does not want costs two seconds a port by connecting. Where a profile allows frames of our
own, a few silent knocks are enough to ask the rest by SYN at the pace of a host, and to connect to what is open alone.
"""

import asyncio
import ipaddress
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, aclosing
from typing import Final, Protocol

from msgspec import Struct, field

from scanner.discover.how import Asker
from scanner.discover.ways import Way
from scanner.model.net import Address, Mac, Port, is_udp, number, tcp
from scanner.scope.profile import Limits
from scanner.wire.pipe import Ask, Heard, Method

SILENT: Final = 4
"""So many knocks of a host that nobody answered are enough: four go side by side at most in an office."""

GATHER: Final = 0.25
"""Seconds in which hosts that fall silent together are asked together."""

WAIT: Final = 1.0
"""Seconds to listen after the last frame."""

SHARE: Final = 0.5
"""Of a segment's rate that these frames may take; connections have the rest meanwhile."""

_FEW: Final = 8
"""Ports that are knocked on rather than swept: that is over as soon."""


class Pace(Protocol):
    """What this needs of the pacer."""

    def ceded(
        self, segment: str, addresses: Iterable[Address], rate: float, limits: Limits
    ) -> AbstractAsyncContextManager[None]:
        """While it lasts, so many frames a second may go to these hosts, and no connection to them begins."""


class Sift(Struct, kw_only=True):
    """Who sweeps in one network; hosts that come at the same time are swept by one ask."""

    segment: str
    ways: Sequence[Way]
    asker: Asker
    limits: Limits
    """The network's; `may` knows who needs more care."""
    may: Callable[[Address, Port], bool]
    """Whether a SYN may be sent to this port of this host now."""
    confirm: Callable[[Address], Awaitable[None]]
    """See on which card an address is now: it may have changed hands while it kept silent."""
    bear: Callable[[Sequence[str], int], Awaitable[tuple[str, ...]]]
    """Book so many frames to each address; those that can bear them."""
    cards: Mapping[Address, Mac]
    pace: Pace
    sleep: Callable[[float], Awaitable[None]]
    seed: int
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _waiting: dict[Address, tuple[Way, tuple[int, ...]]] = field(default_factory=dict)
    _opened: dict[Address, set[Port]] = field(default_factory=dict)

    async def __call__(self, address: Address, ports: Sequence[Port]) -> tuple[Port, ...] | None:
        """Those of the ports that are still worth a connection, in their order; None where no frame may be sent.

        Ports that no SYN may be sent to stay, as do UDP ports.
        """
        way = next((one for one in self.ways if one.near and _in(address, one)), None)
        asked = {port for port in ports if not is_udp(port) and self.may(address, port)}
        if way is None or address not in self.cards or len(asked) < _FEW:
            return None
        self._waiting[address] = way, tuple(number(port) for port in ports if port in asked)
        async with self._turn:
            if address in self._waiting:
                await self.sleep(GATHER)
                await self._sweep(*self._waiting[address])
        opened = self._opened.pop(address, None)
        return None if opened is None else tuple(one for one in ports if one not in asked or one in opened)

    async def _sweep(self, way: Way, ports: tuple[int, ...]) -> None:
        """Ask everyone who waits for the same, on all of these ports once.

        Whoever may not be asked any more half way, or can bear no more, is left out as if it had never waited.
        """
        some = [one for one, wish in self._waiting.items() if wish == (way, ports)]
        for one in some:
            del self._waiting[one]
        opened: dict[Address, set[Port]] = {one: set() for one in some}
        # between two looks at its card a host gets what it would get while one connection is tried
        portion = max(1, int(self.limits.rate_host * self.limits.connect_seconds))
        for at in range(0, len(ports), portion):
            part = ports[at : at + portion]
            targets = await self.bear(await self._still(opened, part), len(part))
            opened = {one: found for one, found in opened.items() if one in targets}
            if not opened:
                return
            async with aclosing(self._heard(way, targets, part)) as answers:
                async for heard in answers:
                    if heard.state == "open" and heard.port is not None and heard.address in opened:
                        opened[heard.address].add(tcp(heard.port))
        self._opened.update(opened)

    async def _still(self, hosts: Iterable[Address], ports: Iterable[int]) -> list[Address]:
        """Those that may still be asked all of this, now that it was seen on which cards they are."""
        hosts = list(hosts)
        await asyncio.gather(*(self.confirm(one) for one in hosts))
        return [one for one in hosts if all(self.may(one, tcp(port)) for port in ports)]

    async def _heard(
        self, way: Way, targets: tuple[str, ...], ports: tuple[int, ...]
    ) -> AsyncGenerator[Heard, None]:
        # the helper holds each host to its own rate: its rounds lie that far apart
        rate = min(self.limits.rate_total * SHARE, self.limits.rate_host * len(targets))
        wish = Ask(
            method=Method.SYN,
            interface=way.interface,
            source=way.source,
            targets=targets,
            ports=ports,
            cards={Address(one): self.cards[Address(one)] for one in targets},
            vlan=way.vlan,
            rate=rate,
            tries=1,
            seed=self.seed,
            wait=WAIT,
        )
        hosts = [Address(one) for one in targets]
        async with (
            self.pace.ceded(self.segment, hosts, rate, self.limits),
            aclosing(self.asker.ask(wish)) as answers,
        ):
            async for heard in answers:
                yield heard


def _in(address: Address, way: Way) -> bool:
    return ipaddress.ip_address(address) in way.part
