"""Look after devices by ARP: one request after each connection and one a minute later, without holding anybody up."""

import asyncio
import heapq
import itertools
import math
from collections.abc import Awaitable, Callable
from typing import Final

from scanner.model.net import Address
from scanner.wire.pace import TICK, Bucket, Clock, Sleep

LATER: Final = 60.0
"""Seconds after the last connection at which a device is looked at once more: some die slowly."""
AGAIN: Final = 5.0
"""Seconds between two requests to a device that does not answer."""


FRESH: Final = 5.0
"""Seconds for which an answer shows on which card an address is: nobody takes over an address faster."""


class Vigil:
    """The devices of one network. Requests keep to a rate of their own, on top of which nothing is sent.

    `ask` sends one request and says whether it was answered; `tell` takes that with the time of asking, and says
    whether to ask again soon.
    """

    def __init__(
        self,
        ask: Callable[[Address], Awaitable[bool]],
        tell: Callable[[Address, float, bool], bool],
        *,
        rate: float,
        clock: Clock,
        sleep: Sleep,
        later: float = LATER,
    ) -> None:
        self._ask, self._tell, self._clock, self._sleep, self._later = ask, tell, clock, sleep, later
        self._bucket = Bucket(rate, clock)
        self._due: list[tuple[float, int, Address]] = []
        self._number = itertools.count()
        self._wanted: dict[Address, set[int]] = {}
        self._woken = asyncio.Event()
        self._closing = False
        self._met: dict[Address, float] = {}
        self._doors: dict[Address, asyncio.Lock] = {}

    def ended(self, address: Address) -> None:
        """A connection to it has ended: ask now, and once more later; what was planned before is dropped."""
        now = self._clock()
        self._wanted[address] = {self._plan(address, now), self._plan(address, now + self._later)}

    async def confirm(self, address: Address) -> None:
        """Ask now unless it has answered within FRESH seconds; whoever is at the address shows its card."""
        # several connections may be about to begin: one question serves them all
        async with self._doors.setdefault(address, asyncio.Lock()):
            if self._clock() - self._met.get(address, -math.inf) < FRESH:
                return
            while (wait := self._bucket.wait()) > 0:
                await self._rest(wait)
            await self._check(address)

    async def run(self) -> None:
        """Ask what is due, until `finish` was called and nothing is left."""
        while self._due or not self._closing:
            if not self._due:
                self._woken.clear()
                await self._woken.wait()
                continue
            due, number, address = self._due[0]
            if number not in self._wanted.get(address, ()):
                heapq.heappop(self._due)
                continue
            if (wait := max(due - self._clock(), self._bucket.wait())) > 0:
                await self._rest(wait)
                continue
            heapq.heappop(self._due)
            self._wanted[address].discard(number)
            await self._check(address)

    def finish(self) -> None:
        """No connection will end any more: `run` returns once the last device has been looked at."""
        self._closing = True
        self._woken.set()

    async def _check(self, address: Address) -> None:
        self._bucket.mark()
        asked = self._clock()
        answered = await self._ask(address)
        if answered:
            self._met[address] = asked
        if self._tell(address, asked, answered):
            self._wanted.setdefault(address, set()).add(self._plan(address, self._clock() + AGAIN))

    def _plan(self, address: Address, at: float) -> int:
        number = next(self._number)
        heapq.heappush(self._due, (at, number, address))
        self._woken.set()
        return number

    async def _rest(self, seconds: float) -> None:
        """Sleep, at most a second at a time: what comes in meanwhile may be due earlier."""
        await self._sleep(min(max(seconds, TICK), 1.0))
