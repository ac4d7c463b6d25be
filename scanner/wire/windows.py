"""Wait for a network's window: a run pauses when it closes and goes on by itself when it opens again."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

from scanner.scope.file import Network
from scanner.scope.gate import Gate

_LOOK: Final = 1.0
"""Seconds between two looks at clock and stop flag: the machine may sleep, or its clock be set, meanwhile."""


class Windows:
    """The windows of one run's networks. `told` hears of each pause: the network, and when it is to end."""

    def __init__(
        self,
        gate: Gate,
        *,
        clock: Callable[[], datetime],
        told: Callable[[Network, datetime], None],
        stopped: Callable[[], bool] = lambda: False,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._gate, self._clock, self._told, self._stopped, self._sleep = gate, clock, told, stopped, sleep
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def opened(self, network: Network) -> bool:
        """Return when a window is open; False when none opens before the engagement ends, or the run is stopped."""
        # one of those who wait looks at the clock, the others wait for it
        async with self._turns[str(network.cidr)]:
            told: datetime | None = None
            while not self._stopped():
                now = self._clock()
                opens = self._gate.opens(network, now) if told is None or now >= told else told
                if opens is None or opens <= now:
                    return opens is not None
                if opens != told:
                    told = opens
                    self._told(network, opens)
                await self._sleep(min(_LOOK, (opens - now).total_seconds()))
            return False
