"""The flag that ends all sending, for as long as a job is ours and no longer."""

from collections.abc import Callable

from scanner.fleet.post import Right
from scanner.wire.stop import Stop

RAN_OUT = "the hold on this chunk ran out; the centre may have given it to another sensor"


class Leased(Stop):
    """Falsy while a right holds, by our own monotonic clock; truthy for good once it has run out.

    Whoever is about to send asks it first, so a process that was stopped and revived finds out before its next send:
    the clock went on while it stood.
    """

    def __init__(self, right: Right, clock: Callable[[], float]) -> None:
        super().__init__(clock=clock)
        self._right, self._now = right, clock

    def renew(self, right: Right) -> None:
        """Go on for longer; what has run out stays so."""
        if not self:
            self._right = right

    def __bool__(self) -> bool:
        if not self._right.holds(self._now()):
            self.set(RAN_OUT)
        return super().__bool__()
