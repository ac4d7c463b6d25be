"""When something of ours went to each device: what it shows moments later may be our doing. Pure; no clock is read."""

from datetime import datetime, timedelta
from typing import Final

from scanner.model.net import Address

MOMENTS: Final = timedelta(seconds=120)
"""So long after something of ours went to a device an overheard sign of ill health is put down to us: a watchdog bites
within a minute, and within another the device is up again and announces itself. A judgement, no measured number.
"""


class Touched:
    """The devices of a run, each with the last stretch of touches that has no pause of MOMENTS in it."""

    def __init__(self) -> None:
        self._stretches: dict[Address, tuple[datetime, datetime]] = {}

    def touch(self, address: Address, now: datetime) -> None:
        """Something goes to it, or it just answered."""
        first, last = self._stretches.get(address, (now, now))
        self._stretches[address] = (first if now - last <= MOMENTS else now), now

    def moments_before(self, address: Address, at: datetime) -> bool:
        """Whether there was a touch in the moments before `at`."""
        stretch = self._stretches.get(address)
        return stretch is not None and stretch[0] <= at <= stretch[1] + MOMENTS
