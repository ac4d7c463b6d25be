"""The flag that ends all sending, for as long as a job is ours and no longer."""

import time
from collections.abc import Callable
from typing import Final

from scanner.fleet.post import Right
from scanner.wire.stop import Stop

RAN_OUT = "the hold on this chunk ran out; the centre may have given it to another sensor"


_AWAKE: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def passed() -> float:
    """Seconds of a clock that nobody sets and that goes on while the machine sleeps, as Linux' monotonic clock does not.

    A sensor measures its rights by it: a laptop that was shut and opened again must not believe in an old one. What it
    cannot know is that a whole virtual machine was frozen (docs/fleet.md).
    """
    return time.clock_gettime(_AWAKE)


class Leased(Stop):
    """Falsy while a right holds, by our own monotonic clock; truthy for good once it has run out.

    Whoever is about to send asks it first, so a process that was stopped and revived finds out before its next send:
    the clock went on while it stood.
    """

    def __init__(self, right: Right, clock: Callable[[], float]) -> None:
        super().__init__(clock=clock)
        self._right, self._now = right, clock
        self.lost = False
        """Whether it was set because the job is not ours any more."""
        self.unable = False
        """Whether that is since this machine could not go on: another may fare no better."""

    def renew(self, right: Right) -> None:
        """Go on for longer; what has run out stays so."""
        if not self:
            self._right = right

    def lose(self, reason: str, *, unable: bool = False) -> None:
        """End all sending since the job is ours no longer, or is left to others: nobody's failure."""
        if self.reason is None:
            self.lost, self.unable = True, unable
        self.set(reason)

    def __bool__(self) -> bool:
        if not self._right.holds(self._now()):
            self.lose(RAN_OUT)
        return super().__bool__()
