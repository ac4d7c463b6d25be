"""The centre's plans: who is scanned when, by which windows, and what is put into the queues now."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from ipaddress import ip_network
from typing import Final

from msgspec import Struct

from scanner.errors import DataError
from scanner.fleet import schedule
from scanner.fleet.chunk import parts
from scanner.fleet.link import Link, said
from scanner.scope.gate import closing, is_open

_MOST: Final = 2000
"""Chunks that one turn puts into the queues: it holds up the clock of the leases."""


class Planned(Struct, frozen=True, kw_only=True):
    """What one round of planning did."""

    queued: int
    """Chunks that went into the queues: of scans that are due, and of those whose window has opened."""
    unread: tuple[str, ...] = ()
    """What this program could not read, in words; it is left out until it is set again."""


class Part(Struct, frozen=True, kw_only=True):
    """One segment of a site, as planning sees it."""

    segment: str
    cidr: str
    windows: tuple[str, ...]
    """Its own, or its site's; empty = at any time."""
    open: bool
    left: int
    """Chunks that are ordered and not done."""


class Plan(Struct, frozen=True, kw_only=True):
    """One site's."""

    site: str
    words: str | None
    """Its schedule; None without one."""
    by: str | None
    next_at: datetime | None
    """When the next scan begins, or `now` when one is due; its chunks wait for their windows."""
    parts: tuple[Part, ...]


def put(link: Link, site: str, words: str, by: str, now: datetime) -> None:
    """Give a site its schedule, in place of the one before; the first scan is at its next moment after `now`.

    Raise DataError for a site or for words that are none.
    """
    schedule.read(words)
    with said(), link.transaction():
        _known(link, site)
        link.execute(
            "INSERT INTO fleet.schedule VALUES (%(site)s, %(words)s, %(by)s, %(now)s) ON CONFLICT (site)"
            " DO UPDATE SET words = excluded.words, by = excluded.by, last = excluded.last",
            {"site": site, "words": words, "by": by, "now": now},
        )


def remove(link: Link, site: str) -> None:
    """End a site's schedule; what is ordered is still done. Raise DataError when it has none."""
    with said():
        row = link.execute("DELETE FROM fleet.schedule WHERE site = %s RETURNING site", (site,)).fetchone()
    if row is None:
        raise DataError(f"{site} has no schedule; see `stalehost fleet schedule list`")


def allow(link: Link, site: str, segment: str | None, windows: Sequence[str], now: datetime) -> None:
    """Set when a site, or one segment of it, may be worked on, in the words of scope.toml; none = at any time.

    A segment's own windows stand in place of its site's, as the inner network's do in a scope file. They only ever
    take away: each sensor keeps to the windows of its own signed scope too. Raise DataError for a site, a segment or
    words that are none.
    """
    for words in windows:
        schedule.read_window(words)
    with said(), link.transaction():
        _known(link, site)
        if segment is None:
            link.execute("UPDATE fleet.site SET windows = %s WHERE id = %s", (list(windows), site))
        elif not link.execute(
            "UPDATE fleet.segment SET windows = %s WHERE id = %s AND site = %s",
            (list(windows), segment, site),
        ).rowcount:
            raise DataError(f"{site} has no segment {segment}; see `stalehost fleet schedule list`")
        # judged anew: what was open by the words before may be shut by these
        link.execute("UPDATE fleet.segment SET open_until = '-infinity' WHERE site = %s", (site,))
        _judge(link, now)


def listed(link: Link, now: datetime) -> list[Plan]:
    """Every site with its schedule, its segments and their windows."""
    with said():
        sites = link.execute(
            "SELECT s.id, p.words, p.by, p.last FROM fleet.site s LEFT JOIN fleet.schedule p ON p.site = s.id ORDER BY s.id"
        ).fetchall()
        segments = link.execute(
            "SELECT p.site, p.id, p.cidr::text, p.windows, NOT fleet.shut(p.id),"
            " (SELECT count(*) FROM fleet.chunk c LEFT JOIN fleet.procrastinate_jobs j ON j.id = c.job"
            "  WHERE c.segment = p.id AND (c.job IS NULL OR j.status IN ('todo', 'doing')))"
            " FROM fleet.part p ORDER BY p.id"
        ).fetchall()
    held = defaultdict[str, list[Part]](list)
    for site, name, cidr, windows, open_, left in segments:
        held[site].append(Part(segment=name, cidr=cidr, windows=tuple(windows), open=open_, left=left))
    return [
        Plan(site=site, words=words, by=by, next_at=_next(words, last, now), parts=tuple(held[site]))
        for site, words, by, last in sites
    ]


def add(link: Link, scan: str, site: str, *, free: bool = False) -> int:
    """Note a site's chunks for a scan, `free`: of those segments only that have nothing left of another one.

    Give how many were not there yet. They are in no queue until `release`. Part of the caller's transaction.
    """
    segments = link.execute(
        "SELECT id, cidr::text FROM fleet.segment g WHERE site = %(site)s AND NOT (%(free)s AND (fleet.busy(id)"
        " OR EXISTS (SELECT 1 FROM fleet.chunk c WHERE c.scan = %(scan)s AND c.segment = g.id))) ORDER BY id",
        {"site": site, "free": free, "scan": scan},
    ).fetchall()
    rows = [(scan, segment, str(part)) for segment, cidr in segments for part in parts(ip_network(cidr))]
    if not rows:
        return 0
    with link.cursor() as cursor:
        cursor.executemany("INSERT INTO fleet.chunk VALUES (%s, %s, %s) ON CONFLICT DO NOTHING", rows)
        return cursor.rowcount


def release(link: Link, site: str | None = None, most: int = _MOST) -> int:
    """Put noted chunks into the queues of those segments that may be worked on now; give how many."""
    row = link.execute("SELECT fleet.release(%s, %s)", (site, most)).fetchone()
    return int(row[0]) if row else 0


def plan(link: Link, now: datetime) -> Planned:
    """One round: judge the windows, note the scans that are due, put into the queues what may be worked on now.

    Nothing that is due later, or behind a closed window, gets into a queue: there it would hold up all others of its
    lock. A site in a blackout is left alone; what it missed is caught up once.
    """
    unread: list[str] = []
    with said():
        with link.transaction():
            unread += _judge(link, now)
        for site, words, last in link.execute(
            "SELECT site, words, last FROM fleet.schedule WHERE NOT fleet.dark(site) ORDER BY site"
        ).fetchall():
            try:
                _begin(link, site, words, last, now)
            except DataError as error:
                unread.append(f"{site}: {error}")
        queued = release(link)
    return Planned(queued=queued, unread=tuple(unread))


def _begin(link: Link, site: str, words: str, last: datetime, now: datetime) -> None:
    """Note the scan that is due, and that it was begun: both or neither, and as often as one likes.

    Segments that still have something left of another scan join when that is done; the rest need not wait for them.
    """
    read, since = schedule.read(words), schedule.believed(last, now)
    moment = schedule.begun(read, since, now)
    if moment is None and since == last:
        return
    with link.transaction():
        kept = link.execute(
            "SELECT 1 FROM fleet.schedule WHERE site = %s AND words = %s AND last = %s FOR UPDATE",
            (site, words, last),
        ).fetchone()
        if kept is None:
            return  # somebody has just set another
        if moment is not None:
            scan = f"{site} {moment:%Y-%m-%dT%H:%MZ}"
            add(link, scan, site, free=True)
            if _missing(link, scan, site):
                return
        link.execute("UPDATE fleet.schedule SET last = %s WHERE site = %s", (moment or since, site))


def _missing(link: Link, scan: str, site: str) -> bool:
    """Whether a segment has not joined the scan yet."""
    row = link.execute(
        "SELECT 1 FROM fleet.segment g WHERE g.site = %s AND NOT EXISTS"
        " (SELECT 1 FROM fleet.chunk c WHERE c.scan = %s AND c.segment = g.id) LIMIT 1",
        (site, scan),
    ).fetchone()
    return row is not None


def _judge(link: Link, now: datetime) -> list[str]:
    """Open and shut segments by their windows; what cannot be read is shut, and told."""
    told = []
    for words, bound, past, some_open in link.execute(
        "SELECT windows, bool_or(open_until <> 'infinity'), bool_or(open_until <= %s OR open_until = 'infinity'),"
        " bool_or(open_until > '-infinity') FROM fleet.part GROUP BY windows ORDER BY windows",
        (now,),
    ).fetchall():
        try:
            read = tuple(map(schedule.read_window, words))
        except DataError as error:
            told.append(str(error))
            read = ()
        if not words:
            changes, until = bound, "infinity"
        elif any(is_open(one, now) for one in read):
            changes, until = past, closing(read, now).isoformat()
        else:
            changes, until = some_open, "-infinity"
        if changes:
            link.execute(
                "UPDATE fleet.segment g SET open_until = %s::timestamptz FROM fleet.part p"
                " WHERE p.id = g.id AND p.windows = %s",
                (until, words),
            )
    return told


def _next(words: str | None, last: datetime | None, now: datetime) -> datetime | None:
    if words is None or last is None:
        return None
    try:
        return schedule.next_at(schedule.read(words), last, now)
    except DataError:
        return None  # `plan` says so at each turn


def _known(link: Link, site: str) -> None:
    """Raise DataError for a site that is none; lock the one that is."""
    if link.execute("SELECT 1 FROM fleet.site WHERE id = %s FOR UPDATE", (site,)).fetchone() is None:
        raise DataError(f"{site}: no such site; see `stalehost fleet status`")
