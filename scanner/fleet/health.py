"""How the fleet fares, as its database has it: read in one moment, judged nowhere here (`trouble.py` does)."""

import os
from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, LiteralString

from msgspec import Struct

from scanner.fleet import install, lifting
from scanner.fleet.lifting import Rested, Trip
from scanner.fleet.link import Link, said

REMEMBERED: Final = timedelta(days=30)
"""For how long a batch that was refused or came late, a chunk that was given up, and what somebody let go on is told of."""

_MOST: Final = 100
"""Chunks told by name."""

_ALONE: Final = (0x73, 0x74616C67)
"""The lock that the one centre holds (`centre.py`), as PostgreSQL's list of locks has it: in two halves."""


class Sensor(Struct, frozen=True, kw_only=True):
    """One sensor."""

    id: str
    site: str
    segments: tuple[str, ...]
    beat: float | None
    """Seconds since it was last heard, by the clock of the leases; that stands while there is no centre. None: never."""
    program: str | None
    """The version that it said it was."""
    until: datetime | None
    """The end of its last certificate that counts; None where it has none (yet)."""
    revoked: bool
    waiting: int
    """Batches of its that the centre has not taken in yet."""
    late: int
    """Batches that came after its hold on the chunk had gone; they count."""
    refused: int
    """Batches that could not be read; they stay where they are."""


class Segment(Struct, frozen=True, kw_only=True):
    """One segment, its jobs and its rate."""

    id: str
    site: str
    cidr: str
    zone: str
    rate: float
    """Initiations a second, for all sensors together."""
    shares: Mapping[str, float]
    """What each sensor may use of it now."""
    later: int
    """Chunks that wait for a window or the end of a blackout."""
    waiting: int
    doing: int
    done: int
    given_up: int
    oldest: datetime | None
    """Since when the first of those that wait has waited."""
    open: bool
    """Whether its window is open; where it has none, always."""


class Blackout(Struct, frozen=True):
    """A time in which nothing is sent; `site` is empty where it is for all."""

    site: str
    by: str
    reason: str
    since: datetime


class Chunk(Struct, frozen=True):
    """A chunk that was given up and has not been looked at since."""

    scan: str
    segment: str
    cidr: str


class Judged(Struct, frozen=True):
    """The last time that everything was judged, and the last time that this failed."""

    at: datetime | None = None
    devices: int | None = None
    took: float | None = None
    """Seconds."""
    failed: datetime | None = None
    why: str | None = None


class Health(Struct, frozen=True, kw_only=True):
    """The fleet at one moment."""

    at: datetime
    skew: float
    """Seconds by which the database server's clock is ahead of this machine's."""
    schema: int
    clock: float
    """The clock of the leases, in seconds."""
    turned: datetime | None
    """When the centre last moved that clock."""
    working: bool
    """Whether a centre is connected now."""
    settled: bool
    """Whether this database has been taken into use where it stands (`restore.py`)."""
    rest: float
    """Seconds of that clock for which nothing is sent after a restore."""
    judged: Judged
    taken: datetime | None
    """When a batch was last taken in."""
    oldest: datetime | None
    """Since when the first of the batches that wait has waited."""
    unsigned: int
    """Requests for certificates without an answer."""
    size: int
    """Bytes of the database."""
    free: tuple[int, int] | None
    """Bytes that its disk has free, and has in all; None where that disk is not this machine's."""
    sites: tuple[str, ...]
    sensors: tuple[Sensor, ...]
    segments: tuple[Segment, ...]
    blackouts: tuple[Blackout, ...]
    given_up: tuple[Chunk, ...]
    """The newest, a hundred at most; each segment has its number."""
    trips: tuple[Trip, ...] = ()
    """What a breaker stopped and nobody let go on yet."""
    resumed: tuple[Trip, ...] = ()
    """What somebody let go on of late, the last one first."""
    rests: tuple[Rested, ...] = ()
    """Rests after a restore that somebody ended of late, the last one first."""


def read(link: Link, now: datetime) -> Health:
    """Read all of it as of one moment, changing nothing; raise StoreError when the database is away or not of today."""
    install.check(link)
    with said(), link.transaction():
        link.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        (schema, clock, turned, settled, rest, server, size, working) = _row(link, _CENTRE, *_ALONE)
        taken, oldest = _row(link, _INBOX)
        lost = tuple(Chunk(*row) for row in link.execute(_GIVEN_UP, (now - REMEMBERED,)))
        return Health(
            at=now,
            skew=(server - now).total_seconds(),
            schema=schema,
            clock=clock,
            turned=turned,
            working=working,
            settled=settled,
            rest=max(0.0, rest - clock),
            judged=Judged(*_row(link, "SELECT at, devices, took, failed, why FROM fleet.judged")),
            taken=taken,
            oldest=oldest,
            unsigned=_row(link, _UNSIGNED)[0],
            size=size,
            free=_free(link),
            sites=tuple(site for (site,) in link.execute("SELECT id FROM fleet.site ORDER BY id")),
            sensors=_sensors(link, clock, now),
            segments=_segments(link, now, Counter(one.segment for one in lost)),
            blackouts=tuple(Blackout(*row) for row in link.execute(_BLACKOUTS)),
            given_up=lost[:_MOST],
            trips=tuple(lifting.tripped(link)),
            resumed=tuple(one for one in lifting.resumed(link, _MOST) if _late(one.resumed, now)),
            rests=tuple(one for one in lifting.rests(link, _MOST) if _late(one.at, now)),
        )


def _late(at: datetime | None, now: datetime) -> bool:
    """Whether it is still told of."""
    return at is not None and at > now - REMEMBERED


def judged(link: Link, at: datetime, devices: int, took: float) -> None:
    """Keep that everything was judged, how much it was and how many seconds it took: the centre says so each time."""
    with said():
        link.execute("UPDATE fleet.judged SET at = %s, devices = %s, took = %s", (at, devices, took))


def unjudged(link: Link, at: datetime, why: str) -> None:
    """Keep that judging failed, and why."""
    with said():
        link.execute("UPDATE fleet.judged SET failed = %s, why = %s", (at, why[:500]))


def _sensors(link: Link, clock: float, now: datetime) -> tuple[Sensor, ...]:
    batches = {one[0]: one[1:] for one in link.execute(_BATCHES, (now - REMEMBERED,) * 2)}
    return tuple(
        Sensor(
            id=name, site=site, segments=tuple(segments), beat=None if beat is None else max(0.0, clock - beat),
            program=program, until=until, revoked=revoked, waiting=waiting, late=late, refused=refused,
        )
        for name, site, segments, beat, program, until, revoked in link.execute(_SENSORS)
        for waiting, late, refused in [batches.get(name, (0, 0, 0))]
    )  # fmt: skip


def _segments(link: Link, now: datetime, lost: Mapping[str, int]) -> tuple[Segment, ...]:
    jobs: dict[str, dict[str, int]] = defaultdict(dict)
    since: dict[str, datetime] = {}
    for queue, state, count, first in link.execute(_JOBS):
        jobs[queue][state] = count
        if first is not None:
            since[queue] = first
    shares: dict[str, dict[str, float]] = defaultdict(dict)
    for segment, sensor, share in link.execute(_SHARES):
        shares[segment][sensor] = float(share)
    return tuple(
        Segment(
            id=name, site=site, cidr=cidr, zone=zone, rate=float(rate), shares=shares[name], later=later,
            waiting=of.get("todo", 0), doing=of.get("doing", 0), done=of.get("succeeded", 0),
            given_up=lost.get(name, 0), oldest=since.get(f"segment:{name}"), open=is_open,
        )
        for name, site, cidr, zone, rate, is_open, later in link.execute(_SEGMENTS, (now,))
        for of in [jobs[f"segment:{name}"]]
    )  # fmt: skip


def _free(link: Link) -> tuple[int, int] | None:
    """Room on the server's disk, where the server is this machine and says where its files are."""
    if not link.info.host.startswith("/"):
        return None
    place = _row(link, "SELECT setting FROM pg_settings WHERE name = 'data_directory'", maybe=True)
    try:
        disk = os.statvfs(place[0]) if place else None
    except OSError:
        # another machine's path, or one that we may not see: then it is not known
        return None
    return (disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize) if disk else None


def _row(link: Link, query: LiteralString, *values: object, maybe: bool = False) -> tuple[Any, ...]:
    row = link.execute(query, values).fetchone()
    if row is None and not maybe:
        raise AssertionError(f"{query} gives a row each time")
    return row or ()


_CENTRE: Final = """
    SELECT v.number, c.at, c.turned, h.at = fleet.here(), h.rest, clock_timestamp(), pg_database_size(current_database()),
        EXISTS (SELECT 1 FROM pg_locks l WHERE l.locktype = 'advisory' AND l.granted AND l.classid = %s AND l.objid = %s
            AND l.objsubid = 1 AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database()))
    FROM fleet.clock c, fleet.version v, fleet.home h"""
_INBOX: Final = """
    SELECT max(taken), min(received) FILTER (WHERE taken IS NULL AND refused IS NULL) FROM fleet.inbox"""
_BLACKOUTS: Final = "SELECT site, by, reason, since FROM fleet.blackout ORDER BY site"
_UNSIGNED: Final = """
    SELECT count(*) FROM fleet.request r JOIN fleet.sensor s ON s.id = r.sensor
    WHERE r.certificate IS NULL AND r.refused IS NULL AND s.revoked IS NULL"""
_SENSORS: Final = """
    SELECT s.id, s.site, ARRAY(SELECT v.segment FROM fleet.serves v WHERE v.sensor = s.id ORDER BY v.segment),
        s.beat, s.program, (SELECT max(c.not_after) FROM fleet.certificate c WHERE c.sensor = s.id AND c.revoked IS NULL),
        s.revoked IS NOT NULL
    FROM fleet.sensor s ORDER BY s.site, s.id"""
_BATCHES: Final = """
    SELECT sensor, count(*) FILTER (WHERE taken IS NULL AND refused IS NULL),
        count(*) FILTER (WHERE late AND received > %s), count(*) FILTER (WHERE refused IS NOT NULL AND received > %s)
    FROM fleet.inbox GROUP BY sensor"""
_SEGMENTS: Final = """
    SELECT g.id, g.site, g.cidr::text, g.zone, g.rate, g.open_until > %s,
        (SELECT count(*) FROM fleet.chunk c WHERE c.segment = g.id AND c.job IS NULL)
    FROM fleet.segment g ORDER BY g.site, g.id"""
_JOBS: Final = """
    SELECT j.queue_name, j.status::text, count(*), min(e.at) FILTER (WHERE j.status = 'todo')
    FROM fleet.procrastinate_jobs j
    LEFT JOIN fleet.procrastinate_events e ON e.job_id = j.id AND e.type = 'deferred' AND j.status = 'todo'
    GROUP BY 1, 2"""
_SHARES: Final = """
    SELECT segment, sensor, share FROM fleet.rate_lease WHERE expires >= (SELECT at FROM fleet.clock) ORDER BY 1, 2"""
# what was given up counts until somebody has looked at the same addresses since
_GIVEN_UP: Final = """
    SELECT c.scan, c.segment, c.cidr::text FROM fleet.chunk c JOIN fleet.procrastinate_jobs j ON j.id = c.job
    WHERE j.status = 'failed'
    AND EXISTS (SELECT 1 FROM fleet.procrastinate_events e WHERE e.job_id = c.job AND e.type = 'failed' AND e.at > %s)
    AND NOT EXISTS (
        SELECT 1 FROM fleet.chunk n JOIN fleet.procrastinate_jobs d ON d.id = n.job
        WHERE n.segment = c.segment AND n.cidr = c.cidr AND d.status = 'succeeded' AND d.id > c.job)
    ORDER BY c.job DESC"""
