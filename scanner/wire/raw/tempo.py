"""How many frames may leave now: never more than the rate in any sliding second, in batches as small as can be."""

from collections import deque
from typing import Final

BURST: Final = 0.005
"""A batch holds what the rate gives in so many seconds: shorter sleeps would not be kept."""

SLACK: Final = 0.999
"""Share of the rate that is used: clocks differ."""


class Tempo:
    """At most a batch within each period, counted from the end of a batch to the beginning of the next.

    With `b` frames a batch and `n = floor(rate / b)` periods a second, a sliding second meets at most `n` batches.
    """

    def __init__(self, rate: float) -> None:
        self._sent: deque[tuple[float, int]] = deque()
        self.set(rate)

    def set(self, rate: float) -> None:
        """Go on at this rate; what was sent before still counts."""
        if rate <= 0:
            raise ValueError(f"a rate must be above 0, not {rate}")
        self.rate, self.batch = rate, max(1, int(rate * BURST))
        self.period = 1 / (rate if rate < 1 else int(rate / self.batch)) / SLACK

    def room(self, now: float) -> int:
        """How many frames may leave now."""
        while self._sent and self._sent[0][0] <= now - self.period:
            self._sent.popleft()
        return max(0, self.batch - sum(count for _, count in self._sent))

    def wait(self, now: float) -> float:
        """Seconds until there is room; 0 when there is."""
        if self.room(now):
            return 0.0
        return max(0.0, self._sent[0][0] + self.period - now)

    def mark(self, now: float, count: int) -> None:
        """So many frames have left by now."""
        if count:
            self._sent.append((now, count))
