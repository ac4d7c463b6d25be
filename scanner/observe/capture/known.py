"""A memory of fixed size for numbers met before, asked for a whole batch at once."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from scanner.observe.capture.batch import Flags, Numbers, Times
from scanner.observe.capture.headers import Mixed

BITS: Final = 17
_NONE: Final = np.uint64(0)


class Known:
    """Numbers with the time of their last meeting. One may push out another: forgotten is met anew, never wrongly known."""

    def __init__(self, bits: int = BITS) -> None:
        self._shift = np.uint64(64 - bits)
        self._numbers = np.zeros(1 << bits, np.uint64)
        self._last = np.zeros(1 << bits, np.float64)

    def holds(self, numbers: Mixed) -> Flags:
        """Which are known."""
        return np.asarray(self._numbers[numbers >> self._shift] == numbers, np.bool_)

    def meet(self, numbers: Mixed, times: Times) -> Numbers:
        """Note the time of those that are known; give the places of the others, in order."""
        slots = numbers >> self._shift
        known = self._numbers[slots] == numbers
        self._last[slots[known]] = times[known]
        return np.flatnonzero(~known)

    def strangers(self, numbers: Mixed, times: Times) -> list[tuple[int, float, float]]:
        """As `meet`, but each number that is not known once: the place where it came first, and its first and last time."""
        new = self.meet(numbers, times)
        if not len(new):
            return []
        order = new[np.argsort(numbers[new], kind="stable")]
        starts = np.flatnonzero(np.diff(numbers[order], prepend=~numbers[order[:1]]))
        lowest, highest = np.minimum.reduceat(times[order], starts), np.maximum.reduceat(times[order], starts)
        found = zip(order[starts].tolist(), lowest.tolist(), highest.tolist(), strict=True)
        return sorted(found)

    def enter(self, number: int, time: float) -> tuple[int, float]:
        """Know it from now on; which one stood in its place (0 = none), and when that was met last."""
        slot = number >> int(self._shift)
        before = self._numbers.item(slot), self._last.item(slot)
        self._numbers[slot], self._last[slot] = number, time
        return before

    def enter_all(self, numbers: Sequence[int] | Mixed, time: float) -> None:
        """Know all these from now on."""
        entered = np.asarray(numbers, np.uint64)
        slots = entered >> self._shift
        self._numbers[slots], self._last[slots] = entered, time

    def forget(self, numbers: Mixed) -> None:
        """Know these no more."""
        slots = numbers >> self._shift
        self._numbers[slots[self._numbers[slots] == numbers]] = _NONE

    def last(self, number: int) -> float | None:
        """When it was met last; None when it is not known."""
        slot = number >> int(self._shift)
        return float(self._last[slot]) if int(self._numbers[slot]) == number else None
