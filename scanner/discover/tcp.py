"""Knock on ports; an open one is handed on with its connection, so that one connection serves the probe too.

A UDP port cannot be knocked on: it is handed on for its question as soon as its turn has come.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct

from scanner.discover.sift import SILENT
from scanner.model.kinds import Outcome, Touch
from scanner.model.net import Address, Port, is_udp
from scanner.model.observation import Observation
from scanner.scope.file import Network
from scanner.scope.profile import LIMITS
from scanner.wire.dial import Dial
from scanner.wire.stream import TcpConn

SOURCE: Final = "tcp:connect"

_STATES: Final = {
    Outcome.CLOSED: "closed",
    Outcome.SILENT: "silent",
    Outcome.RESET: "closed",
    Outcome.UNREACHABLE: "unreachable",
}
"""How a failed connect reads as the state of a port."""

_NOBODY: Final = frozenset({Outcome.SILENT, Outcome.UNREACHABLE})


_MANY: Final = 1 << 16
"""More than there are ports."""

Wanted = Callable[[Address, Port], bool]
"""Whether one more knock is worth it."""

Sifting = Callable[[Address, Sequence[Port]], Awaitable[Sequence[Port] | None]]
"""Which of these ports of a host that lets knocks pass in silence are worth one; None where that cannot be told."""


class Opened(Struct, frozen=True, kw_only=True):
    """One port's state; the connection, when open, is now yours to close."""

    seen: Observation | None
    """None by UDP: whether anybody listens is not known before something was asked."""
    conn: TcpConn | None


async def tcp(
    network: Network,
    addresses: Iterable[Address],
    ports: Sequence[Port],
    dialer: Dial,
    *,
    vantage: str | None,
    clock: Callable[[], datetime],
    seed: int = 0,
    give_up: int | None = None,
    wanted: Wanted = lambda _address, _port: True,
    sift: Sifting | None = None,
) -> AsyncGenerator[Opened, None]:
    """Knock on `ports` of each address, hosts side by side within the profile's limits, ports in their order.

    Addresses are taken in a shuffled order that the seed fixes, a bounded number at a time, so `addresses` may be
    long. `give_up` leaves an address after so many knocks without any answer: for networks where most addresses are
    empty. Whoever iterates must close each connection; the next port of a careful profile waits for that.
    Refused ports yield nothing: they are in the audit. `wanted` is asked before each knock: what a device has shown
    meanwhile may make the rest of its ports nobody's business. `sift` is asked once for a host that let a few knocks
    pass in silence, with the ports that are left; none of them is knocked on while it looks.
    """
    limits = LIMITS[network.profile]
    # as many finished knocks as hosts may wait for the consumer; then the knocking itself waits
    done: asyncio.Queue[Opened | None] = asyncio.Queue(max(1, limits.hosts_parallel))
    hosts = shuffled(addresses, seed)

    async def work() -> None:
        for address in hosts:
            left = _Left(address, ports, wanted, sift)
            await _knock(
                network, address, left, dialer, done, vantage, clock, max(1, limits.per_host), give_up
            )

    async def all_work() -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(max(1, limits.hosts_parallel)):
                    group.create_task(work())
        finally:
            await done.put(None)

    knocking = asyncio.create_task(all_work())
    try:
        while (found := await done.get()) is not None:
            yield found
        await knocking
    except BaseExceptionGroup as group:
        raise _leaf(group) from group
    finally:
        await _end(knocking, done)


def shuffled(addresses: Iterable[Address], seed: int, window: int = 4096) -> Iterator[Address]:
    """The addresses in an order that the seed fixes; `window` of them are held at a time."""
    chance = random.Random(seed)  # noqa: S311  # an order, not a secret
    held: list[Address] = []
    for address in addresses:
        held.append(address)
        if len(held) == window:
            at = chance.randrange(window)
            held[at], held[-1] = held[-1], held[at]
            yield held.pop()
    chance.shuffle(held)
    yield from held


async def _knock(
    network: Network,
    address: Address,
    rest: "_Left",
    dialer: Dial,
    done: "asyncio.Queue[Opened | None]",
    vantage: str | None,
    clock: Callable[[], datetime],
    abreast: int,
    give_up: int | None,
) -> None:
    silences = 0
    working = 1

    async def work() -> None:
        nonlocal silences, working
        while (port := await rest.next()) is not None:
            if give_up is not None and silences >= give_up:
                return
            if working < abreast:
                # one more at a time, and only while there is work: most hosts have few ports that are worth a knock
                working += 1
                group.create_task(work())
            found = await dialer.open(address, port, Touch.KNOCK)
            if is_udp(port):
                if not isinstance(found, Outcome):
                    await _hand(Opened(seen=None, conn=found), done)
                continue
            if found in _NOBODY:
                silences += 1
                rest.silent += 1
            elif found is not Outcome.REFUSED:
                # somebody is there: from now on every port is worth a knock
                silences = -_MANY
            if found is not Outcome.REFUSED:
                await _hand(
                    Opened(seen=_seen(network, address, port, found, vantage, clock()), conn=_conn(found)),
                    done,
                )

    async with asyncio.TaskGroup() as group:
        group.create_task(work())


class _Left:
    """The ports of one host that are still to be knocked on."""

    def __init__(self, address: Address, ports: Iterable[Port], wanted: Wanted, sift: Sifting | None) -> None:
        self._address, self._wanted, self._sift = address, wanted, sift
        self._ports, self._turn = iter(ports), asyncio.Lock()
        self.silent = 0
        """How many knocks nobody answered."""

    async def next(self) -> Port | None:
        """The next one; None when there is no more."""
        async with self._turn:
            if self._sift is not None and self.silent >= SILENT:
                sift, self._sift = self._sift, None
                left = list(self._rest())
                worth = await sift(self._address, left)
                self._ports = iter(left if worth is None else worth)
            return next(self._rest(), None)

    def _rest(self) -> Iterator[Port]:
        return (port for port in self._ports if self._wanted(self._address, port))


async def _hand(opened: Opened, done: "asyncio.Queue[Opened | None]") -> None:
    try:
        await done.put(opened)
    except asyncio.CancelledError:
        if opened.conn:
            await opened.conn.close()
        raise


async def _end(knocking: "asyncio.Task[None]", done: "asyncio.Queue[Opened | None]") -> None:
    """Stop knocking, and close what nobody will take any more."""
    knocking.cancel()
    while not knocking.done() or not done.empty():
        while not done.empty():
            left = done.get_nowait()
            if left and left.conn:
                await left.conn.close()
        await asyncio.wait([knocking], timeout=0.01)
    if not knocking.cancelled():
        knocking.exception()  # it was raised where it was awaited, or the caller has left


def _leaf(error: BaseException) -> BaseException:
    """The first thing that went wrong; its siblings were cancelled because of it."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _conn(found: TcpConn | Outcome) -> TcpConn | None:
    return None if isinstance(found, Outcome) else found


def _seen(
    network: Network,
    address: Address,
    port: Port,
    found: TcpConn | Outcome,
    vantage: str | None,
    now: datetime,
) -> Observation:
    state = "open" if not isinstance(found, Outcome) else _STATES[found]
    return Observation(
        source=SOURCE,
        first=now,
        last=now,
        field="port.state",
        value=state,
        address=address,
        port=port,
        zone=network.zone,
        vantage=vantage,
    )
