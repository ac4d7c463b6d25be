"""How far each ask has come, so that a run that was killed goes on where it stood. Memory alone; the store keeps it."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Final

LAG: Final = 3.0
"""Seconds after which a place counts: answers to what was sent just before a kill may never have been heard."""

DONE: Final = -1
"""The place of an ask that has ended."""


class Places:
    """The places of one run: those that an earlier life of it left, and those that are reached now."""

    def __init__(self, clock: Callable[[], float], earlier: Mapping[str, int] | None = None) -> None:
        self._clock, self._earlier = clock, dict(earlier or {})
        self._reached: dict[str, deque[tuple[float, int]]] = {}
        self._told: dict[str, int] = {}

    def resume(self, earlier: Mapping[str, int]) -> None:
        """Go on from the places that an earlier life of the run left."""
        self._earlier = dict(earlier)

    def begin(self, key: str) -> int | None:
        """Where to begin: 0 for a new ask, None for one that has ended before."""
        at = self._earlier.get(key, 0)
        return None if at == DONE else at

    def reached(self, key: str, place: int) -> None:
        """All before `place` is sent."""
        self._reached.setdefault(key, deque()).append((self._clock(), place))

    def done(self, key: str) -> None:
        """It has ended, and its last answers were waited for."""
        self._reached.pop(key, None)
        self._told[key] = DONE

    def news(self) -> dict[str, int]:
        """What may be kept now and was not told before. Take it before the log is stored: what it says has been heard."""
        news, self._told = self._told, {}
        news.update(self._settled())
        return news

    def _settled(self) -> Iterator[tuple[str, int]]:
        now = self._clock()
        for key, reached in self._reached.items():
            at = None
            while reached and reached[0][0] <= now - LAG:
                at = reached.popleft()[1]
            if at is not None:
                yield key, at
