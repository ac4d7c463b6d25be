"""What came of payloads that were read: their likes are found for a whole batch at once, and only widen intervals."""

import numpy as np

from scanner.observe.capture.batch import Numbers, Times
from scanner.observe.capture.headers import Mixed
from scanner.observe.capture.watch import Span


class Told:
    """What came of a payload, and when its like was last met."""

    __slots__ = ("first", "last", "spans")

    def __init__(self, last: float, spans: tuple[Span, ...]) -> None:
        self.first = self.last = last
        self.spans = spans

    def meet(self, time: float) -> None:
        """Its like was met."""
        if time > self.last:
            self.last = time
        elif time < self.first:
            self.first = time

    def settle(self) -> None:
        """Widen what it told."""
        for span in self.spans:
            span.widen(self.last)
            span.widen(self.first)


class Memo:
    """Payloads by their number, in order of the numbers; what is new is sorted in once a batch."""

    def __init__(self) -> None:
        self._told: dict[int, Told] = {}
        self._new: dict[int, Told] = {}
        self.clear()

    def __len__(self) -> int:
        return len(self._told) + len(self._new)

    def meet(self, numbers: Mixed, times: Times) -> Numbers:
        """Note the time of those that are known; give the places of the others, in order."""
        self._sort()
        if not self._told:
            return np.arange(len(numbers))
        at = np.minimum(np.searchsorted(self._numbers, numbers), len(self._numbers) - 1)
        known = self._numbers[at] == numbers
        np.maximum.at(self._last, at[known], times[known])
        return np.flatnonzero(~known)

    def again(self, number: int, time: float) -> bool:
        """Whether it was entered since the last meeting; its time is noted then."""
        told = self._new.get(number)
        if told is None:
            return False
        told.last = max(told.last, time)
        return True

    def enter(self, number: int, told: Told) -> None:
        """Know it from now on; one that `meet` did not know."""
        self._new[number] = told

    def settle(self) -> None:
        """Widen what the known ones told to when they were met last."""
        self._sort()
        for number, last in zip(self._numbers.tolist(), self._last.tolist(), strict=True):
            told = self._told[number]
            told.last = max(told.last, last)
            told.settle()

    def clear(self) -> None:
        """Forget all: what comes again is read again."""
        self._numbers, self._last = np.zeros(0, np.uint64), np.zeros(0, np.float64)
        self._told.clear()
        self._new.clear()

    def _sort(self) -> None:
        if not self._new:
            return
        numbers = np.array(sorted(self._new), np.uint64)
        last = np.array([self._new[number].last for number in numbers.tolist()], np.float64)
        at = np.searchsorted(self._numbers, numbers)
        self._numbers, self._last = np.insert(self._numbers, at, numbers), np.insert(self._last, at, last)
        self._told.update(self._new)
        self._new.clear()
