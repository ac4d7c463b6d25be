"""Spare the network's own gear: how many strangers a router must look for, how many sessions a firewall must hold.

A router asks by ARP for each address behind it that it does not know, and an old one does so on its only processor; a
branch firewall keeps a table of sessions that is soon full. Which router leads where is not known here, so everything
that is not on-link is taken to lie behind the same one.
"""

import asyncio
import statistics
from collections import deque
from collections.abc import Callable, Mapping
from typing import Final

from scanner.model.kinds import Profile
from scanner.model.net import Address
from scanner.wire.health import MORE, TIMES
from scanner.wire.pace import TICK, Bucket, Pacer

STRANGERS: Final[Mapping[Profile, float]] = {Profile.OT: 1, Profile.CLINICAL: 2, Profile.OFFICE: 20}
"""Addresses behind a gateway that are called for the first time, per second."""

SESSIONS: Final[Mapping[Profile, int]] = {Profile.OT: 5, Profile.CLINICAL: 10, Profile.OFFICE: 100}
"""Connections through a gateway that are open at a time."""

SAMPLE: Final = 10
"""The first so many answers through the gateway are how fast it is when it is well; the last so many how it fares."""


class Gear:
    """What lies between us and the networks that we do not stand in. `behind` says which addresses those are."""

    def __init__(self, pacer: Pacer, behind: Callable[[Address], bool]) -> None:
        self._pacer, self._behind = pacer, behind
        self._known: set[Address] = set()
        self._calls: dict[Address, asyncio.Lock] = {}
        self._buckets: dict[Profile, Bucket] = {}
        self._sessions: dict[Profile, asyncio.Semaphore] = {}
        self._first: list[float] = []
        self._last: deque[float] = deque(maxlen=SAMPLE)

    async def enter(self, address: Address, profile: Profile) -> None:
        """Wait until one more session through the gateway is no burden; `leave` must follow."""
        if profile not in SESSIONS or not self._behind(address):
            return
        await self._of(profile).acquire()
        try:
            # whoever comes second waits for the first call: until it left, the address is a stranger to the router
            async with self._calls.setdefault(address, asyncio.Lock()):
                if address not in self._known:
                    await self._turn(profile)
                    self._known.add(address)
        except BaseException:
            self._of(profile).release()
            raise

    def leave(self, address: Address, profile: Profile) -> None:
        """The session has ended, or was never begun."""
        if profile in SESSIONS and self._behind(address):
            self._of(profile).release()

    def answered(self, address: Address, seconds: float | None) -> None:
        """An answer through the gateway took so long; when all of them become slow, everything stops.

        The canary is our own traffic: nothing is sent to the gateway itself.
        """
        if seconds is None or not self._behind(address):
            return
        if len(self._first) < SAMPLE:
            self._first.append(seconds)
            return
        self._last.append(seconds)
        usual, now = statistics.median(self._first), statistics.median(self._last)
        if len(self._last) == SAMPLE and now > max(TIMES * usual, usual + MORE):
            self._pacer.stop.set(
                f"the way through the router became slow: {now * 1000:.0f} ms in place of {usual * 1000:.0f} ms;"
                " its processor or a firewall's session table may be full"
            )

    async def _turn(self, profile: Profile) -> None:
        bucket = self._buckets.setdefault(profile, Bucket(STRANGERS[profile], self._pacer.clock))
        async with bucket.turn:
            while (wait := bucket.wait()) > 0 and not self._pacer.stopped:
                await self._pacer.sleep(max(wait, TICK))
            bucket.mark()

    def _of(self, profile: Profile) -> asyncio.Semaphore:
        return self._sessions.setdefault(profile, asyncio.Semaphore(SESSIONS[profile]))
