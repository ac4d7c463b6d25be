"""Ask no faster than the network answers: known hosts are canaries, and those behind one router share its patience.

Additive increase, multiplicative decrease (RFC 5681 section 3.1 gives the reason why that settles): when canaries
that answered before fall silent together, the rate is halved; when they answer again, it is raised step by step.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol

from msgspec import Struct, field

from scanner.model.net import Address

CANARIES: Final = 4
"""Known hosts asked in one round."""
EVERY: Final = 1.0
"""Seconds between two rounds."""
FAST: Final = 100.0
"""Frames a second from which on our own traffic could be what loses answers; below it nobody is asked in vain."""
THIN: Final = 0.5
"""A round with so small a share of its usual answers says that the way is full."""
STEP: Final = 0.125
"""Of the full rate, what a good round adds."""
LOWEST: Final = 1 / 64
"""Of the full rate, where it stays at least, so that it is noticed when the way is free again."""


class Paced(Protocol):
    """Whose rate may be changed while it runs."""

    async def pace(self, rate: float) -> None:
        """Go on at so many frames a second."""


class Congestion(Struct):
    """The share of the full rate that the way bears now, by what the canaries say. Pure but for its memory."""

    share: float = 1.0
    usual: float = 1.0
    """The share of canaries that answered when all was well."""
    lowered: int = 0
    """How often it had to be lowered."""

    def told(self, asked: int, answered: int) -> float:
        """Take in one round; give the share to go on with."""
        if not asked:
            return self.share
        now = answered / asked
        if now < THIN * self.usual:
            self.share = max(LOWEST, self.share / 2)
            self.lowered += 1
        else:
            # what always sleeps must not count as lost for ever: the usual follows slowly
            self.usual += (now - self.usual) / 8
            self.share = min(1.0, self.share + STEP)
        return self.share


class Sweep(Struct, eq=False):
    """One ask under way: what it might do at most, and what it does."""

    asker: Paced
    most: float
    """Frames per second when it is alone and nothing is lost."""
    congestion: Congestion = field(default_factory=Congestion)


class Shares:
    """Sweeps through the same router, or on the same segment, divide among them what that bears."""

    def __init__(self) -> None:
        self._under_way: dict[str, list[Sweep]] = {}

    def rate(self, key: str, sweep: Sweep) -> float:
        """What one of them may do now, in frames per second."""
        return sweep.most * sweep.congestion.share / max(1, len(self._under_way.get(key, [])))

    async def enter(self, key: str, sweep: Sweep) -> float:
        """One more begins: the others slow down first; give its rate."""
        others = list(self._under_way.get(key, []))
        self._under_way.setdefault(key, []).append(sweep)
        await self._tell(key, others)
        return self.rate(key, sweep)

    async def leave(self, key: str, sweep: Sweep) -> None:
        """One has ended: the others may go on faster."""
        self._under_way[key].remove(sweep)
        await self._tell(key, self._under_way[key])

    async def changed(self, key: str, sweep: Sweep) -> None:
        """What the way bears has changed."""
        await self._tell(key, [sweep])

    async def _tell(self, key: str, sweeps: Sequence[Sweep]) -> None:
        for one in sweeps:
            await one.asker.pace(self.rate(key, one))


async def watch(
    shares: Shares,
    key: str,
    sweep: Sweep,
    alive: Callable[[], Sequence[Address]],
    answered: Callable[[Sequence[Address]], Awaitable[int]],
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Ask canaries round after round, another few each time, until cancelled; keep the sweep to what the way bears.

    `alive` are hosts that have answered so far; `answered` asks some of them and says how many did.
    """
    at = 0
    while True:
        await sleep(EVERY)
        known = alive()
        if not known:
            continue
        picked = [known[(at + n) % len(known)] for n in range(min(CANARIES, len(known)))]
        at += len(picked)
        before = sweep.congestion.share
        if sweep.congestion.told(len(picked), await answered(picked)) != before:
            await shares.changed(key, sweep)
