"""A sensor on duty: it says that it is there, takes chunks, ships what it saw, renews its certificate, and outlasts the centre."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from scanner.errors import AdmissionError, DataError, HostError, ScopeError, StoreError
from scanner.fleet.keeping import Kept, Rotation, heard
from scanner.fleet.lease import Leased
from scanner.fleet.post import Job, Post
from scanner.fleet.say import Log
from scanner.fleet.sensor import Keep, Look, work
from scanner.wire.stop import Stop

IDLE_S: Final = 5.0
"""Seconds between two looks for a job while there is none, and between two words that we are there."""
FIRST_S: Final = 1.0
LONGEST_S: Final = 60.0
"""Seconds before the first try to reach a centre that is away, and before each of the later ones at most."""
SOON: Final = timedelta(days=7)
"""How long before its end a certificate without a successor is spoken of."""


class World(Struct, frozen=True, kw_only=True):
    """What of the world a sensor on duty needs."""

    log: Log
    over: Stop
    """Ends the duty, in order."""
    now: Callable[[], datetime]
    clock: Callable[[], float]
    """Seconds that nobody sets (`lease.passed`)."""
    sleep: Callable[[float], Awaitable[None]]
    jitter: Callable[[], float]
    """0..1: sensors that lost the centre at one moment do not come back at one moment."""
    program: str
    """What this program calls itself."""


class Duty:
    """One sensor's work for as long as it is on duty."""

    def __init__(self, kept: Kept, look: Look, world: World) -> None:
        self._kept, self._look, self._world = kept, look, world
        self._outbox, self._rotation = kept.outbox(), Rotation(kept)
        self._dark = self._warned = self._full = self._away = False
        self._wait = FIRST_S

    async def serve(self, *, once: bool) -> None:
        """Work until told to end; with `once` until no job is due.

        While the centre is away one line says so, and it is tried again, less and less often; with `once` StoreError
        says so instead. Raise AdmissionError when the centre lets this sensor in no more.
        """
        self._say("sensor.started", site=self._kept.site, program=self._world.program)
        done = False
        while not done and not self._world.over:
            try:
                async with self._centre() as post:
                    done = await self._turns(post, once=once)
            except AdmissionError:
                raise
            except StoreError as error:
                if once:
                    raise
                if not self._away:
                    self._say("sensor.away", why=str(error))
                self._away = True
                await self._pause(self._wait * (0.5 + self._world.jitter()))
                self._wait = min(2 * self._wait, LONGEST_S)
        if waiting := len(self._outbox):
            self._say("sensor.waiting", batches=waiting)
        self._say("sensor.stopped")

    @asynccontextmanager
    async def _centre(self) -> AsyncIterator[Post]:
        """The centre's functions, for as long as the connection lasts."""
        link, changed = await asyncio.to_thread(self._kept.opened)
        with link, heard():
            if changed:
                self._say("sensor.rotated", until=f"{self._kept.ends():%Y-%m-%d}")
            yield Post(link, self._world.clock)

    async def _turns(self, post: Post, *, once: bool) -> bool:
        """Turn by turn; True when all is done, False when the next certificate is to be connected by."""
        while not self._world.over:
            self._lit((await asyncio.to_thread(post.beat, self._world.program)).stop)
            if await asyncio.to_thread(self._renewed, post):
                return False
            if sent := await asyncio.to_thread(self._outbox.send, post):
                self._say("sensor.sent", batches=sent)
            self._well()
            if await self._job(post, once=once):
                continue
            if once:
                return True
            await self._pause(IDLE_S)
        return True

    def _well(self) -> None:
        """All that a turn asks of the centre was answered."""
        if self._away:
            self._say("sensor.back")
        self._away, self._wait = False, FIRST_S

    async def _job(self, post: Post, *, once: bool) -> bool:
        """Do one job, if there is any and its finds have room; say meanwhile that we are there."""
        try:
            self._outbox.ready()
        except StoreError as error:
            if not self._full:
                self._say("sensor.disk", why=str(error))
            if once:
                raise
            self._full = True
            return False
        self._full = False
        beating = asyncio.create_task(self._beating(post))
        try:
            return await work(post, self._outbox, self._told(), self._world.clock, self._world.sleep)
        finally:
            beating.cancel()

    def _told(self) -> Look:
        """The look at a chunk, told of; it ends when the duty does."""

        async def look(job: Job, stop: Leased, keep: Keep) -> None:
            chunk = str(job.args.get("chunk", ""))
            self._say("sensor.took", job=job.id, segment=job.segment, chunk=chunk)
            ending = asyncio.create_task(self._end(stop))
            try:
                await self._look(job, stop, keep)
            except ScopeError as error:
                self._say("sensor.refused", job=job.id, why=str(error))
                raise
            except (DataError, HostError, StoreError) as error:
                # this machine's own trouble: the chunk is for whoever can
                stop.lose(str(error), unable=True)
            finally:
                ending.cancel()
            if stop:
                self._say("sensor.left", job=job.id, why=stop.reason)
            else:
                self._say("sensor.done", job=job.id, segment=job.segment)

        return look

    async def _end(self, stop: Leased) -> None:
        stop.lose(await self._world.over.wait())

    async def _beating(self, post: Post) -> None:
        while True:
            await self._world.sleep(IDLE_S)
            # a centre that is away is noticed by who needs an answer
            with suppress(StoreError):
                await asyncio.to_thread(post.beat, self._world.program)

    def _renewed(self, post: Post) -> bool:
        """Whether a next certificate has come; what hinders it costs no work until the one in use ends."""
        now = self._world.now()
        try:
            if self._rotation.step(post, now):
                return True
        except AdmissionError:
            raise
        except (StoreError, DataError):
            # it is tried again each turn; when time runs short the line below says so
            pass
        if (ends := self._kept.ends()) - now < SOON and not self._warned:
            self._say("sensor.ending", until=f"{ends:%Y-%m-%d %H:%M}")
            self._warned = True
        return False

    def _lit(self, dark: bool) -> None:
        if dark != self._dark:
            self._say("sensor.dark" if dark else "sensor.light", site=self._kept.site)
        self._dark = dark

    async def _pause(self, seconds: float) -> None:
        """Wait, but no longer than the duty lasts."""
        waits = [
            asyncio.ensure_future(self._world.sleep(seconds)),
            asyncio.create_task(self._world.over.wait()),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()

    def _say(self, event: str, **values: str | int | None) -> None:
        self._world.log.say(event, sensor=self._kept.sensor, **values)
