"""Gather what a run sees and store it in batches, within the scope as it stands at that moment."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from scanner.errors import ScopeError
from scanner.model.observation import Observation
from scanner.scope.file import Scope
from scanner.scope.gate import Gate
from scanner.store.store import Store

_EVERY: Final = 1.0
"""Seconds between two batches: one transaction for each observation would be slow."""


_ASKED: Final = frozenset({"probe", "tcp", "raw", "nmap", "udp"})
"""Sources that have sent something to the address that they tell of."""


class Keeper:
    """The log of one run on its way to the store.

    `current` reads the scope file again, signatures included. When it is no longer what the run began with, what both
    allow is stored, and ScopeError ends the run; when it cannot be trusted any more, nothing is stored.
    """

    def __init__(self, store: Store, scope: Scope, current: Callable[[], Scope]) -> None:
        self._store, self._scope, self._current = store, scope, current
        self._gates = [Gate(scope)]
        self._waiting: list[Observation] = []
        self.marks: Callable[[], Mapping[str, int]] = dict
        """How far the asks of the run have come, as far as what they heard is in our hands."""
        self.mark: Callable[[Mapping[str, int]], None] = lambda _marks: None
        """Who keeps that."""
        self.also: Callable[[Sequence[Observation]], None] = lambda _seen: None
        """Who is given what is kept, before it is stored here: what stands in this log is in other hands too."""
        self.outside = 0
        """How many observations were dropped because the scope does not hold their address, or excludes it."""

    def add(self, seen: Observation) -> None:
        """Take one in."""
        self._waiting.append(seen)

    async def keep(self) -> None:
        """Store once a second, until cancelled; raise ScopeError when the scope file has changed."""
        while True:
            await asyncio.sleep(_EVERY)
            self.flush()

    def flush(self) -> None:
        """Store what waits, as far as the scope holds it; on failure of the store it goes on waiting."""
        try:
            now = self._current()
        except ScopeError as error:
            self._waiting.clear()
            raise ScopeError(f"{error}; the scan was stopped") from error
        changed = (now.text, now.authority) != (self._scope.text, self._scope.authority)
        if changed and len(self._gates) == 1:
            self._gates.append(Gate(now))
        marks = self.marks()
        inside = [one for one in self._waiting if self._holds(one)]
        if inside:
            self.also(inside)
        self._store.append(inside)
        # after what was heard: a place must never be ahead of the log
        self.mark(marks)
        self.outside += len(self._waiting) - len(inside)
        self._waiting.clear()
        if changed:
            raise ScopeError(
                "the scope file, its signatures or the list of signers changed during the scan, which was stopped;"
                " check it with `stalehost scope check` and scan again"
            )

    def _holds(self, seen: Observation) -> bool:
        """Whether every scope that this run has had holds the address; what has none is about no host.

        Of what is excluded nothing that was asked for is kept, whoever asked; where its card was met is kept, since
        that is how it is left alone.
        """
        if seen.address is None:
            return True
        asked = seen.field != "link.mac" and seen.source.partition(":")[0] in _ASKED
        return all(
            gate.network(seen.address) is not None and not (asked and gate.excluded(seen.address, seen.mac))
            for gate in self._gates
        )
