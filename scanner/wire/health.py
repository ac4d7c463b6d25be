"""How a device bears being looked at: signs in, verdict out. Pure; it opens nothing and reads no clock.

Every sign comes from what is done anyway (our own connections and how long they took to open), from one ARP
request to an on-link device, or from what passes by and is overheard.
"""

import statistics
from typing import Final

from scanner.model.kinds import Outcome
from scanner.model.net import Port

BASELINE: Final = 3
"""The median of so many first connects is how fast the device answers when it is well."""
TIMES: Final = 5.0
MORE: Final = 0.2
"""Slow is slower than TIMES the baseline and than the baseline and MORE seconds."""
TWICE: Final = 2
"""One slow answer may be chance; so many in a row are a sign."""
RESETS: Final = 4
"""A well Windows cuts off an old dialect and a second question; so many cut off in a row are something else."""
LOST: Final = 10.0
"""Seconds without an answer to ARP after which a device counts as gone."""


class Health:
    """One device. Each method takes one sign and gives the verdict: None while it seems well, else why it does not.

    The first verdict stays: a device that recovers has still shown what it cannot bear.
    """

    def __init__(self) -> None:
        self._times: list[float] = []
        self._slow = self._resets = 0
        self._open: set[Port] = set()
        self._in_order = False
        self._lost: float | None = None
        self.verdict: str | None = None

    def connect(self, port: Port, outcome: Outcome, seconds: float | None) -> str | None:
        """A connect ended; `seconds` is what the answer took, None when nothing measured it."""
        if outcome is Outcome.OK:
            self._open.add(port)
        elif port in self._open:
            self._say(f"{port} was open and is now {outcome}")
        if seconds is not None and outcome in {Outcome.OK, Outcome.CLOSED}:
            self._time(seconds)
        return self.verdict

    def end(self, outcome: Outcome) -> str | None:
        """A connection that had been accepted ended so; resets count once the device has ended one in order."""
        if outcome is Outcome.RESET:
            self._resets += 1
            if self._in_order and self._resets >= RESETS:
                self._say(f"it cut {self._resets} connections off in a row, and had not done so before")
        else:
            self._resets, self._in_order = 0, True
        return self.verdict

    def arp(self, at: float, *, answered: bool) -> str | None:
        """An ARP request sent at `at` was answered or not; only for a device that had answered before."""
        if answered:
            self._lost = None
        elif self._lost is None:
            self._lost = at
        elif at - self._lost >= LOST:
            self._say(f"it has not answered ARP for {at - self._lost:.0f} s")
        return self.verdict

    def sign(self, why: str) -> str | None:
        """Somebody overheard that it fares badly, in words such as `restarted: says so by syslog`."""
        self._say(f"overheard: {why}")
        return self.verdict

    @property
    def missed(self) -> bool:
        """Whether the last ARP request went unanswered."""
        return self._lost is not None

    def _time(self, seconds: float) -> None:
        if len(self._times) < BASELINE:
            self._times.append(seconds)
            return
        usual = statistics.median(self._times)
        self._slow = self._slow + 1 if seconds > max(TIMES * usual, usual + MORE) else 0
        if self._slow >= TWICE:
            self._say(f"it takes {seconds * 1000:.0f} ms to answer in place of {usual * 1000:.0f} ms")

    def _say(self, why: str) -> None:
        self.verdict = self.verdict or why
