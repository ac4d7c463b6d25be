"""Rights that are shared with other machines: asked before each send, on top of every limit that is our own.

The wire knows nothing of who shares them. Without a grant nothing is shared, and nothing is asked.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol

from scanner.model.net import Address, Mac
from scanner.wire.breaker import Breaker

EVERY: Final = 0.5
"""Seconds between two words to a raw helper on how fast, and until when, it may send."""

AGAIN: Final = 0.1
"""Seconds between two looks at a rate of which nothing is left."""

_AWAKE: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def awake() -> float:
    """Seconds of a clock that is one for all processes of this machine, that nobody sets, and that counts its sleep."""
    return time.clock_gettime(_AWAKE)


class Grant(Protocol):
    """What we may do of what several machines may do together. Every right runs out by itself."""

    def rate(self) -> float:
        """Connections a second that may be begun now; 0 = none: look again soon."""

    def frames(self, who: object, wanted: float) -> float:
        """Frames a second, `wanted` at most, that `who` may send from now on; connections get so much less. 0 = none."""

    def done(self, who: object) -> None:
        """`who` sends nothing more: connections may have its frames."""

    def left(self) -> float:
        """Seconds for which frames may be sent without another word."""

    async def enter(self, address: Address, mac: Mac | None, budget: int | None) -> str | None:
        """Wait until no other machine asks this device, and reserve one connection of its day; why not, or None.

        After None `leave` must follow.
        """

    def holds(self, address: Address) -> bool:
        """Whether a connection to a device that was entered may go on, or begin, at this very moment."""

    def leave(self, address: Address, *, begun: bool) -> None:
        """The connection has ended; or it was never begun, and what was reserved for it is still there."""

    async def sweep(self, targets: Sequence[str], count: int, budget: int) -> tuple[str, ...]:
        """Reserve `count` frames of its day to each address of these networks; give those parts that can bear them.

        Waits while nobody can say; nothing once all is stopped.
        """

    async def join(self, breaker: Breaker) -> None:
        """Let a trip of this breaker hold for all machines, and theirs for this one, from now on."""


async def tell(
    grant: Grant,
    wanted: Callable[[], float],
    said: Callable[[float, float], Awaitable[None]],
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Keep a raw helper at the rate that is ours, until cancelled: `said(rate, until)`, `until` by `awake`."""
    who = object()
    try:
        while True:
            await said(*right(grant, who, wanted()))
            await sleep(EVERY)
    finally:
        grant.done(who)


def right(grant: Grant, who: object, wanted: float) -> tuple[float, float]:
    """How fast `who` may send frames, and until when by `awake`; the end is 0 where it may send none."""
    # the present first: whoever is stopped between the two believes in too little, never in too much
    now = awake()
    rate = grant.frames(who, wanted)
    return rate, now + grant.left() if rate > 0 else 0.0
