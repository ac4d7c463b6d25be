"""What the wire asks of the centre: a share of the rate, each device for oneself, and connections of its day.

A sensor keeps all its own limits; these come on top. Every right is measured by the sensor's own clock from before it
was asked for, and ends by itself (`scanner.fleet.post`): while the centre is away nothing is sent that another might.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from ipaddress import ip_network
from typing import Final, TypeVar

from msgspec import Struct

from scanner.discover.budget import apart
from scanner.errors import StoreError
from scanner.fleet.link import Link
from scanner.fleet.post import DEVICE_S, RATE_S, Device, Elsewhere, Post, Share
from scanner.model.net import Address, Mac
from scanner.model.run import Tripped
from scanner.scope.file import Group, IPNetwork
from scanner.wire.breaker import Breaker, Level, Trip
from scanner.wire.stop import Stop

EVERY_S: Final = 1.0
"""Seconds between two looks at what must be renewed."""
BUSY_S: Final = 0.25
"""Seconds between two questions for a device that another has."""
LINGER_S: Final = 3.0
"""Seconds for which a device stays ours after a connection: it mostly gets another at once."""
FRAMES: Final = 0.5
"""Of what is left of a share, the part that a raw helper may have, so that connections never starve."""
AT_ONCE: Final = 8
"""Connections that are reserved in one word at most: whoever dies has spent what it reserved."""

RANGES: Final = 256
"""Ranges that are asked for in one word."""

_T = TypeVar("_T")


class _Mine(Struct):
    """One device that is ours."""

    right: Device
    users: int = 0
    idle: float = 0.0
    """Since when nobody uses it."""


class Rights:
    """A `Grant` over the functions of the centre, for one job. Use by `rights`."""

    def __init__(
        self,
        opened: Callable[[], Link],
        segment: str,
        wanted: float,
        *,
        stop: Stop,
        clock: Callable[[], float],
        groups: Iterable[Group] = (),
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._opened, self._segment, self._wanted = opened, segment, wanted
        self._stop, self._clock, self._sleep = stop, clock, sleep
        self._groups: dict[Address, list[str]] = defaultdict(list)
        for group in groups:
            for address in group.addresses:
                self._groups[address].append(f"group:{group.name}"[:200])
        # one connection is asked one thing at a time
        self._hand = ThreadPoolExecutor(1, "rights")
        self._turn = asyncio.Lock()
        self._link: Link | None = None
        self._share: Share | None = None
        self._frames: dict[object, float] = {}
        self._mine: dict[str, _Mine] = {}
        self._entered: dict[Address, list[tuple[str, ...]]] = defaultdict(list)
        self._reserved: dict[str, int] = defaultdict(int)
        self._breaker: Breaker | None = None
        self._untold: list[Tripped] = []
        self._telling: set[asyncio.Task[None]] = set()
        self._trip = 0
        """The last trip of another sensor that we heard of."""

    def rate(self) -> float:
        """See `Grant`."""
        return self._whole() - sum(self._frames.values()) if self._whole() else 0.0

    def frames(self, who: object, wanted: float) -> float:
        """See `Grant`."""
        others = sum(rate for one, rate in self._frames.items() if one is not who)
        self._frames[who] = max(0.0, min(wanted, (self._whole() - others) * FRAMES))
        return self._frames[who]

    def done(self, who: object) -> None:
        """See `Grant`."""
        self._frames.pop(who, None)

    def left(self) -> float:
        """See `Grant`: a sensor whose job is not its own any more has no share either."""
        if self._stop or self._share is None:
            return 0.0
        return max(0.0, self._share.until - self._clock())

    async def enter(self, address: Address, mac: Mac | None, budget: int | None) -> str | None:
        """See `Grant`."""
        # by its address too: another may not know its card yet
        devices = tuple(sorted({str(address), *([str(mac)] if mac else [])}))
        keys = tuple(sorted({*devices, *self._groups.get(address, ())}))
        while not self._stop:
            if await self._leased(keys):
                self._entered[address].append(keys)
                break
            await self._sleep(BUSY_S)
        else:
            return "stopped"
        for at, key in enumerate(devices if budget is not None else ()):
            if not await self._reserve(key, budget or 0):
                self._leave(address)
                for before in devices[:at]:
                    self._reserved[before] += 1
                return f"has had its {budget} connections of the last 24 hours, from all sensors together"
        return None

    def holds(self, address: Address) -> bool:
        """See `Grant`."""
        now, entered = self._clock(), self._entered.get(address)
        return bool(entered) and all(
            key in self._mine and self._mine[key].right.holds(now) for keys in entered or () for key in keys
        )

    def leave(self, address: Address, *, begun: bool) -> None:
        """See `Grant`."""
        keys = self._leave(address)
        for key in keys if not begun else ():
            if not key.startswith("group:"):
                self._reserved[key] += 1

    async def sweep(self, targets: Sequence[str], count: int, budget: int) -> tuple[str, ...]:
        """See `Grant`."""
        wanted, borne = [ip_network(one) for one in targets], set[IPNetwork]()
        while wanted and not self._stop:
            some = wanted[:RANGES]
            async with self._turn:
                tired = await self._ask(lambda post, some=some: post.sweep(some, count, budget))  # type: ignore[misc]  # bound now
            if tired is None:
                await self._sleep(BUSY_S)
                continue
            borne.update(one for one, parts in tired.items() if not parts)
            # who has had enough is left out, and the rest of its range is asked for anew
            wanted = wanted[RANGES:] + [
                left for one, parts in tired.items() if parts for left in apart(one, parts)
            ]
        return () if self._stop else tuple(map(str, sorted(borne, key=_place)))

    async def join(self, breaker: Breaker) -> None:
        """See `Grant`: what it knows already is told, and who was let go on since."""
        self._breaker = breaker
        self._untold += breaker.history
        breaker.told = self._tripped
        async with self._turn:
            await self._tell()
            await self._learn()

    def _tripped(self, trip: Tripped) -> None:
        """Tell of it at once; what cannot be told now is told before any device is given back."""
        self._untold.append(trip)
        telling = asyncio.get_running_loop().create_task(self._told())
        self._telling.add(telling)
        telling.add_done_callback(self._telling.discard)

    async def _told(self) -> None:
        async with self._turn:
            await self._tell()

    async def _tell(self) -> None:
        while self._untold:
            trip = self._untold[0]
            if await self._ask(lambda post, trip=trip: post.trip(trip)) is None:  # type: ignore[misc]  # bound now
                return
            self._untold.remove(trip)

    async def _learn(self) -> None:
        """Hear what holds at the other sensors of the site; what was heard before holds while the centre is away."""
        found = None if self._breaker is None else await self._ask(lambda post: post.trips())
        if found is None or self._breaker is None:
            return
        self._trip = max((one.number for one in found), default=0)
        trips = [_as_trip(one) for one in found]
        self._breaker.hear(trips)
        if (last := next((one for one in trips if one.level is Level.SCAN), None)) is not None:
            self._stop.set(f"the breaker of {last.by}: {last.address} ({last.kind}): {last.why}")

    def _leave(self, address: Address) -> tuple[str, ...]:
        keys = self._entered[address].pop()
        for key in keys:
            if (mine := self._mine.get(key)) is not None:
                mine.users = max(0, mine.users - 1)
                mine.idle = self._clock()
        return keys

    def _whole(self) -> float:
        share = self._share
        return share.rate if share is not None and share.holds(self._clock()) else 0.0

    async def _leased(self, keys: tuple[str, ...]) -> bool:
        """Take all of them, or none."""
        async with self._turn:
            for key in keys:
                mine = self._mine.get(key)
                if mine is not None and mine.right.holds(self._clock()):
                    continue
                right = await self._ask(lambda post, key=key: post.lease(key))  # type: ignore[misc]  # bound now
                if right is None:
                    # what was taken already goes back by itself, unused
                    return False
                self._mine[key] = _Mine(right=right, users=mine.users if mine else 0, idle=self._clock())
                if right.trip > self._trip:
                    await self._learn()
            for key in keys:
                self._mine[key].users += 1
            return True

    async def _reserve(self, key: str, most: int) -> bool:
        """One connection out of those that are reserved for a device, or out of some more."""
        async with self._turn:
            if self._reserved[key] < 1:
                mine = self._mine.get(key)
                if mine is None:
                    return False
                wanted = max(1, min(AT_ONCE, most // 24))
                spent = await self._ask(lambda post: post.spend(mine.right, wanted, most))
                self._reserved[key] += spent or 0
            if self._reserved[key] < 1:
                return False
            self._reserved[key] -= 1
            return True

    async def _keep(self) -> None:
        """Renew what is used, give back what is not, until cancelled."""
        while True:
            await self._sleep(EVERY_S)
            async with self._turn:
                await self._renew()

    async def _renew(self) -> None:
        now = self._clock()
        # before a device goes back: whoever gets it next must hear how it fared
        await self._tell()
        await self._learn()
        if self._share is None or self._share.until - now < RATE_S - EVERY_S:
            share = await self._ask(lambda post: post.share(self._segment, self._wanted))
            self._share = share or self._share
        for key, mine in list(self._mine.items()):
            if not mine.users and self._clock() - mine.idle >= LINGER_S and not self._untold:
                del self._mine[key]
                await self._ask(lambda post, mine=mine: post.release(mine.right))  # type: ignore[misc]  # bound now
            elif mine.right.until - self._clock() < DEVICE_S / 2:
                right = await self._ask(lambda post, mine=mine: post.renew(mine.right))  # type: ignore[misc]  # bound now
                mine.right = right or mine.right

    async def _ask(self, what: Callable[[Post], _T | None]) -> _T | None:
        """Ask the centre; None while it is away: what we have runs out by itself."""

        def asked() -> _T | None:
            if self._link is None:
                self._link = self._opened()
            return what(Post(self._link, self._clock))

        try:
            return await asyncio.get_running_loop().run_in_executor(self._hand, asked)
        except StoreError:
            link, self._link = self._link, None
            if link is not None:
                with suppress(StoreError):
                    link.close()
            return None

    async def _end(self) -> None:
        """Give back all that is ours, as far as the centre is there."""
        await asyncio.gather(*self._telling, return_exceptions=True)
        async with self._turn:
            await self._tell()
            # what could not be told keeps its devices ours until they run out, and is told with the next chunk
            mine, self._mine = {} if self._untold else self._mine, {}
            for one in mine.values():
                await self._ask(lambda post, one=one: post.release(one.right))  # type: ignore[misc]  # bound now
            if self._link is not None:
                self._link.close()
        self._hand.shutdown(wait=False)


def _as_trip(one: Elsewhere) -> Trip:
    told = one.trip
    return Trip(
        level=Level(told.level), address=told.address, cidr=told.network, kind=told.kind, profile=told.profile,
        why=told.why, at=told.at, by=one.sensor,
    )  # fmt: skip


def _place(one: IPNetwork) -> tuple[int, int, int]:
    return one.version, int(one.network_address), one.prefixlen


@asynccontextmanager
async def rights(made: Rights) -> AsyncGenerator[Rights, None]:
    """Use rights: they are renewed until this is left, and then given back."""
    async with made._turn:  # noqa: SLF001 - its own maker
        await made._renew()  # noqa: SLF001
    keeping = asyncio.create_task(made._keep())  # noqa: SLF001
    try:
        yield made
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        await made._end()  # noqa: SLF001
