"""Since when a machine runs, by the time stamps of its TCP segments (RFC 7323): where they count from its start, and only there.

Many systems count from their start and show everybody the same clock. Others add what is random: to each conversation
(Windows 10, macOS), or to each pair of addresses (Linux since 4.10). So a clock is believed only where conversations
with several others stand on one line, of a rate that systems use; two random ones do so once in millions of cases.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final, NamedTuple

from scanner.model.net import Address
from scanner.observe.capture.watch import Watch

SOURCE: Final = "passive:clock"
FIELD: Final = "tcp.timestamps"
RATES: Final = (10, 100, 250, 1000)
"""Ticks a second: Windows up to 2003 has 10, Windows 7 and BSDs 100, Linux 100, 250 or 1000 (CONFIG_HZ)."""
LONG: Final = 120.0
"""Seconds from the first sample to the last: less tells rates apart, but not a slow clock from a late packet."""
SAMPLES: Final = 4
PEERS: Final = 2
LATE: Final = 0.3
"""Seconds that a segment may have been on its way longer than another."""
DRIFT: Final = 0.001
"""A clock may be so much too fast or slow; crystals are ten times better."""

_EVERY: Final = 10.0
"""Seconds between two samples of one machine, unless it speaks to somebody new."""
_MOST: Final = 8
_DAY: Final = 86400.0
_HOSTS: Final = 1 << 14
_WRAP: Final = 1 << 32


class Sample(NamedTuple):
    """What a machine's clock said."""

    time: float
    """When it was heard, in seconds since the epoch, UTC."""
    ticks: int
    peer: bytes
    """To whom."""


def rate(samples: Sequence[Sample]) -> int | None:
    """Ticks a second of the one clock that all samples, in order of time, show; None where they do not show one."""
    if len(samples) < SAMPLES or len({one.peer for one in samples}) < PEERS:
        return None
    if samples[-1].time - samples[0].time < LONG:
        return None
    return next((one for one in RATES if all(_agree(*pair, one) for pair in pairwise(samples))), None)


def _agree(one: Sample, other: Sample, hertz: int) -> bool:
    passed = other.time - one.time
    # forward by whole turns of 32 bits or not: the difference is the shortest way round
    off = (other.ticks - one.ticks - round(passed * hertz)) % _WRAP
    return min(off, _WRAP - off) <= hertz * (LATE + DRIFT * passed)


class Clocks:
    """The clocks of one capture; each is told to the watch at most once a day."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._heard: dict[Address, list[Sample]] = {}
        self._told: dict[Address, float] = {}

    def hear(self, address: Address, peer: bytes, ticks: int, time: float) -> None:
        """A time stamp that a machine sent to another."""
        # older systems answer with an empty stamp until they know that the other side reads it
        if not ticks or time - self._told.get(address, -_DAY) < _DAY:
            return
        held = self._heard.get(address)
        if held is None:
            if len(self._heard) >= _HOSTS:
                del self._heard[next(iter(self._heard))]
            held = self._heard[address] = []
        if held and time - held[-1].time < _EVERY and any(peer == one.peer for one in held):
            return
        held.append(Sample(time, ticks, peer))
        del held[:-_MOST]
        found = rate(held)
        if found is not None:
            self._tell(address, held, found)

    def _tell(self, address: Address, held: Sequence[Sample], hertz: int) -> None:
        last = held[-1]
        since = datetime.fromtimestamp(last.time - last.ticks / hertz, UTC)
        self._watch.note(
            SOURCE,
            FIELD,
            {
                "samples": [f"{one.time:.3f} {one.ticks}" for one in held],
                "hz": hertz,
                "peers": len({one.peer for one in held}),
                # 32 bits of ticks: the start may be one turn or more before
                "since": since.isoformat(timespec="seconds"),
                "turn_days": round(_WRAP / hertz / _DAY, 1),
            },
            last.time,
            address,
            None,
            near=False,
        )
        if len(self._told) >= _HOSTS:
            self._told.clear()
        self._told[address] = last.time
        del self._heard[address]
