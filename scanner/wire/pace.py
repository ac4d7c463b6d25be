"""Hold every sender to its pace: the segment's rate, the host's rate, the gap and the connections it can bear."""

import asyncio
import math
import time
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from scanner.model.net import Address
from scanner.scope.profile import Limits
from scanner.wire.grant import AGAIN, Grant
from scanner.wire.stop import Stop

Clock = Callable[[], float]
Sleep = Callable[[float], Awaitable[None]]

BURSTS: Final = 20
"""A second is cut into at most this many bursts: single sleeps per packet would be too coarse above 500/s."""

TICK: Final = 0.001
"""The shortest sleep, in seconds: what rounding leaves of a wait must not become a busy loop."""


class Bucket:
    """Initiations in any sliding second are at most `rate` (one per `1 / rate` seconds when that is below one).

    The promise holds for the times of `mark`, however late the event loop woke the sender: a slot is counted
    when it is used, never when it was planned.
    """

    def __init__(self, rate: float, clock: Clock) -> None:
        if rate <= 0:
            raise ValueError(f"a rate must be above 0, not {rate}")
        self._taken: deque[float] = deque()
        self._own, self._shared = rate, math.inf
        self._keep_to(rate)
        self._clock = clock
        self.turn = asyncio.Lock()
        """Held by whoever waits for the next slot, so that slots go first come first served."""

    def set(self, rate: float) -> None:
        """Go on at this rate; what was begun before still counts."""
        self._own = rate
        self._keep_to(min(rate, self._shared))

    def share(self, rate: float) -> None:
        """Go on at this rate at most: our part of one that others use too."""
        if rate != self._shared:
            self._shared = rate
            self._keep_to(min(rate, self._own))

    def _keep_to(self, rate: float) -> None:
        self._burst = max(1, int(rate / BURSTS))
        self._period = 1 / max(1, int(rate / self._burst)) if rate >= 1 else 1 / rate
        self._taken = deque(self._taken, maxlen=self._burst)

    def wait(self) -> float:
        """Seconds until the next initiation may happen; none or less = now."""
        if len(self._taken) < self._burst:
            return 0
        return self._period - (self._clock() - self._taken[0])

    def mark(self) -> None:
        """Something is sent now."""
        self._taken.append(self._clock())


class _Host:
    """One address: how many connections are open, and when the last one opened or closed."""

    def __init__(self, limits: Limits, clock: Clock) -> None:
        self.places = asyncio.Semaphore(limits.per_host)
        self.per_host, self.rate = limits.per_host, limits.rate_host
        self.bucket = Bucket(limits.rate_host, clock)
        self.turn = asyncio.Lock()
        self.last: float | None = None
        self._clock = clock
        self._owed = 0

    async def tighten(self, limits: Limits) -> None:
        """Take places and pace away from a host that turned out to need more care; they never come back."""
        if limits.rate_host < self.rate:
            self.rate = limits.rate_host
            self.bucket = Bucket(limits.rate_host, self._clock)
            self.bucket.mark()
        if limits.per_host < self.per_host:
            self._owed += self.per_host - limits.per_host
            self.per_host = limits.per_host
            while self._owed and not self.places.locked():
                self._owed -= 1
                await self.places.acquire()

    def free(self) -> None:
        """Give a place back, or keep it from the next one where too many had been given."""
        if self._owed:
            self._owed -= 1
        else:
            self.places.release()


class Pacer:
    """The one place that makes senders wait; `stop` is the one flag that ends them all."""

    def __init__(
        self,
        clock: Clock = time.monotonic,
        sleep: Sleep = asyncio.sleep,
        stop: Stop | None = None,
        grant: Grant | None = None,
    ) -> None:
        self.clock, self.sleep, self.grant = clock, sleep, grant
        self.stop = Stop() if stop is None else stop
        """Set it, and nothing that asks here sends again."""
        self._segments: dict[str, Bucket] = {}
        self._hosts: dict[Address, _Host] = {}

    @property
    def stopped(self) -> bool:
        """Whether nothing may be sent any more."""
        return bool(self.stop)

    async def enter(self, segment: str, address: Address, limits: Limits) -> bool:
        """Wait until one more connection to `address` may begin; False = stopped, do not send.

        After True, `leave(address)` must follow when the connection has ended, whatever happened to it.
        """
        host = self._host(address, limits)
        await host.tighten(limits)
        await host.places.acquire()
        try:
            await self._slot(segment, host, limits)
        except BaseException:
            host.free()
            raise
        if self.stopped:
            host.free()
            return False
        return True

    def leave(self, address: Address) -> None:
        """The connection has ended: the gap to the next one begins now."""
        host = self._hosts[address]
        host.last = self.clock()
        host.free()

    @asynccontextmanager
    async def ceded(
        self, segment: str, addresses: Iterable[Address], rate: float, limits: Limits
    ) -> AsyncGenerator[None, None]:
        """While it lasts, somebody else sends `rate` initiations a second into this segment, all of them to these hosts.

        No connection to them begins meanwhile, none has begun within the second before, and connections to others have
        what is left of the segment's rate. One at a time for a segment.
        """
        async with AsyncExitStack() as stack:
            for address in sorted(set(addresses)):
                await stack.enter_async_context(self._host(address, limits).turn)
            await self.sleep(1.0)
            bucket = self._segment(segment, limits)
            bucket.set(max(limits.rate_total - rate, 1.0))
            try:
                yield
            finally:
                bucket.set(limits.rate_total)

    def _host(self, address: Address, limits: Limits) -> _Host:
        host = self._hosts.get(address)
        if host is None:
            host = self._hosts[address] = _Host(limits, self.clock)
        return host

    def _segment(self, name: str, limits: Limits) -> Bucket:
        segment = self._segments.get(name)
        if segment is None:
            segment = self._segments[name] = Bucket(limits.rate_total, self.clock)
        return segment

    async def _slot(self, name: str, host: _Host, limits: Limits) -> None:
        segment = self._segment(name, limits)
        async with host.turn:
            while not self.stopped:
                while (wait := self._host_wait(host, limits)) > 0 and not self.stopped:
                    await self.sleep(max(wait, TICK))
                async with segment.turn:
                    while (wait := self._segment_wait(segment)) > 0 and not self.stopped:
                        await self.sleep(max(wait, TICK))
                    # a connection may have ended, and its gap begun, while we waited for the segment
                    if self._host_wait(host, limits) <= 0:
                        segment.mark()
                        host.bucket.mark()
                        host.last = self.clock()
                        return

    def _segment_wait(self, segment: Bucket) -> float:
        """Seconds until one more may begin there, by our own rate and by our share of the one that is shared."""
        if self.grant is None:
            return segment.wait()
        rate = self.grant.rate()
        if rate <= 0:
            return AGAIN
        segment.share(rate)
        return segment.wait()

    def _host_wait(self, host: _Host, limits: Limits) -> float:
        gap = 0.0 if host.last is None else limits.gap - (self.clock() - host.last)
        return max(gap, host.bucket.wait())
