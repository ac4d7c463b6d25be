"""A sensor's side of the fleet's functions, and how long it may believe what they said.

Every right that a sensor gets runs out. It counts from before it asked, by its own monotonic clock, and for less time
than the centre gives it away for: a process that was stopped, or whose line was cut, finds that out before it sends.
"""

from collections.abc import Callable, Sequence
from ipaddress import ip_network
from typing import Any, Final, LiteralString
from uuid import UUID

from msgspec import Struct

from scanner.fleet.link import Link, said
from scanner.model.kinds import Kind, Profile
from scanner.model.net import Address
from scanner.model.run import Tripped
from scanner.scope.file import IPNetwork

HOLD_S: Final = 20.0
DEVICE_S: Final = 20.0
RATE_S: Final = 6.0
"""Seconds for which a job, a device and a share of a rate are the sensor's after each word from the centre.

The centre's terms are 30, 30 and 10 (`sql/1_tables.sql`). Between them lie one tick of the centre's clock and what two
machines' clocks may drift.
"""


class Right(Struct, frozen=True, kw_only=True):
    """Something that is ours until a moment of our own monotonic clock."""

    until: float

    def holds(self, now: float) -> bool:
        """Whether it is still ours; asked before each send, and after each sleep."""
        return now < self.until


class Job(Right, frozen=True, kw_only=True):
    """One chunk of a segment to look at."""

    id: int
    segment: str
    args: dict[str, Any]
    fence: int


class Device(Right, frozen=True, kw_only=True):
    """One device that nobody else may ask meanwhile."""

    key: str
    fence: int
    trip: int = 0
    """The number of the last trip of a breaker of this site, as it was when the right was given; 0 = none."""


class Share(Right, frozen=True, kw_only=True):
    """A part of a segment's rate, in initiations a second."""

    segment: str
    rate: float


class Elsewhere(Struct, frozen=True, kw_only=True):
    """A trip of a breaker of this site, as the centre knows it."""

    number: int
    sensor: str
    trip: Tripped


class Beat(Struct, frozen=True, kw_only=True):
    """What the centre says of us."""

    sensor: str
    site: str
    stop: bool
    """A blackout: nothing is to be sent."""
    segments: tuple[str, ...]


class Post:
    """The functions that a sensor may call. All raise StoreError while the centre is away or no longer knows us."""

    def __init__(self, link: Link, clock: Callable[[], float]) -> None:
        self._link, self._clock = link, clock

    def beat(self, program: str) -> Beat:
        """Say that we are here; hear what we serve."""
        sensor, site, stop, segments = self._row("SELECT * FROM fleet.beat(%s)", program)
        return Beat(sensor=sensor, site=site, stop=stop, segments=tuple(segments))

    def fetch(self) -> Job | None:
        """The next job of our own segments; None when there is none, and during a blackout."""
        asked = self._clock()
        row = self._maybe("SELECT * FROM fleet.next_job()")
        if row is None:
            return None
        return Job(id=row[0], segment=row[1], args=row[2], fence=row[3], until=asked + HOLD_S)

    def hold(self, job: Job) -> Job | None:
        """The same job, ours for longer; None when it is not ours any more: send nothing more for it."""
        asked = self._clock()
        kept = self._row("SELECT fleet.hold(%s, %s)", job.id, job.fence)[0]
        return _later(job, asked + HOLD_S) if kept else None

    def finish(self, job: Job, *, done: bool) -> bool:
        """End a job; False when it had gone to somebody else."""
        return bool(self._row("SELECT fleet.finish(%s, %s, %s)", job.id, job.fence, done)[0])

    def fail(self, job: Job, why: str) -> bool:
        """End a job that may not be looked at, and say why; False when it had gone to somebody else."""
        return bool(self._row("SELECT fleet.fail(%s, %s, %s)", job.id, job.fence, why)[0])

    def leave(self, job: Job) -> bool:
        """Give a job back that nothing more is sent for: no failure; False when it had gone to somebody else."""
        return bool(self._row("SELECT fleet.leave(%s, %s)", job.id, job.fence)[0])

    def push(self, batch: UUID, body: bytes, job: int | None = None, fence: int | None = None) -> bool:
        """Hand in what was seen; False when the centre has this batch already. 4 MiB at most."""
        return bool(self._row("SELECT fleet.push(%s, %s, %s, %s)", batch, job, fence, body)[0])

    def share(self, segment: str, wanted: float) -> Share | None:
        """A share of a segment's rate, `wanted` at most; None when nothing is free."""
        asked = self._clock()
        rate = float(self._row("SELECT fleet.lease_rate(%s, %s::numeric)", segment, wanted)[0])
        return Share(segment=segment, rate=rate, until=asked + RATE_S) if rate > 0 else None

    def lease(self, key: str) -> Device | None:
        """The right to ask a device, known by `key` (a card, or an address where no card is known); None while another has it."""
        asked = self._clock()
        # the trip is read after the right was given: nothing that was told before it is missed
        fence, trip = self._row("SELECT fleet.lease_device(%s), fleet.last_trip()", key)
        return Device(key=key, fence=fence, until=asked + DEVICE_S, trip=trip) if fence is not None else None

    def renew(self, device: Device) -> Device | None:
        """The same right for longer; None when it has run out."""
        asked = self._clock()
        kept = self._row("SELECT fleet.renew_device(%s, %s)", device.key, device.fence)[0]
        return _longer(device, asked + DEVICE_S) if kept else None

    def release(self, device: Device) -> bool:
        """Give a device back; False when it had gone to somebody else."""
        return bool(self._row("SELECT fleet.release_device(%s, %s)", device.key, device.fence)[0])

    def spend(self, device: Device, wanted: int, most: int) -> int:
        """Reserve connections of a device's day, before they are begun; how many may be."""
        return int(self._row("SELECT fleet.spend(%s, %s, %s, %s)", device.key, device.fence, wanted, most)[0])

    def sweep(
        self, ranges: Sequence[IPNetwork], wanted: int, most: int
    ) -> dict[IPNetwork, tuple[IPNetwork, ...]]:
        """Reserve frames to each address of these ranges; by range the parts that cannot bear them.

        Nothing is reserved in a range that has such parts.
        """
        found: dict[IPNetwork, list[IPNetwork]] = {one: [] for one in ranges}
        with said():
            rows = self._link.execute(
                "SELECT range::text, tired::text FROM fleet.sweep(%s::cidr[], %s, %s)",
                ([str(one) for one in ranges], wanted, most),
            ).fetchall()
        for one, tired in rows:
            found[ip_network(one)].append(ip_network(tired))
        return {one: tuple(parts) for one, parts in found.items()}

    def trip(self, told: Tripped) -> bool:
        """Tell what tripped here, or who let the work go on since; False when all of that is known."""
        return bool(
            self._row(
                "SELECT fleet.trip(%s, %s, %s, %s::cidr, %s, %s, %s, %s, %s, %s)",
                told.at, told.address, told.level, told.network, told.kind, told.profile, told.why,
                told.resumed, told.resumed_by, told.reason,
            )[0]
        )  # fmt: skip

    def trips(self) -> tuple[Elsewhere, ...]:
        """What tripped at the sensors of this site, and nobody let go on."""
        with said():
            rows = self._link.execute("SELECT * FROM fleet.trips()").fetchall()
        return tuple(
            Elsewhere(
                number=number,
                sensor=sensor,
                trip=Tripped(
                    at=at, address=Address(address), level=level, network=cidr, kind=_kind(kind),
                    profile=_profile(profile), why=why,
                ),
            )
            for number, sensor, at, address, level, cidr, kind, profile, why in rows
        )  # fmt: skip

    def rotate(self, request: str) -> int:
        """Ask for the next certificate; the number of the request."""
        return int(self._row("SELECT fleet.rotate(%s)", request)[0])

    def rotated(self, number: int) -> str | None:
        """The certificate that was asked for; None until the centre has signed it."""
        answer: str | None = self._row("SELECT fleet.rotated(%s)", number)[0]
        return answer

    def _maybe(self, query: LiteralString, *values: object) -> tuple[Any, ...] | None:
        with said():
            return self._link.execute(query, values).fetchone()

    def _row(self, query: LiteralString, *values: object) -> tuple[Any, ...]:
        row = self._maybe(query, *values)
        if row is None:
            raise AssertionError(f"{query} gives a row each time")
        return row


def _kind(name: str) -> Kind:
    """What another sensor calls it, who may be of another version, or stolen."""
    try:
        return Kind(name)
    except ValueError:
        return Kind.UNKNOWN


def _profile(name: str) -> Profile:
    try:
        return Profile(name)
    except ValueError:
        return Profile.PASSIVE


def _later(job: Job, until: float) -> Job:
    return Job(id=job.id, segment=job.segment, args=job.args, fence=job.fence, until=until)


def _longer(device: Device, until: float) -> Device:
    return Device(key=device.key, fence=device.fence, until=until, trip=device.trip)
