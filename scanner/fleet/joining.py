"""The runs of the centre's log: what sensors told of chunks becomes one run for each scan of a site."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Struct

from scanner.fleet import runs
from scanner.fleet.link import Link
from scanner.fleet.runs import Ordered, Part
from scanner.model.run import Run
from scanner.store.store import Guard, Store

_OPEN: Final = frozenset({None, "todo", "doing", "aborting"})
_GIVEN_UP: Final = "five sensors took it and none came back"


class Told(Struct, frozen=True):
    """What a sensor told of a chunk, by the scan and site that the centre ordered it for."""

    scan: str
    site: str
    part: Part


class Source(Struct, frozen=True):
    """Where a batch came from, by the centre's own books; scan and chunk are None where it belongs to none."""

    site: str
    sensor: str
    scan: str | None
    cidr: str | None


def heed(store: Store, run: Run, source: Source) -> list[Told]:
    """What a run tells of a chunk; one that belongs to no chunk is saved as it is, as a run of its site.

    Raise DataError for one that nothing could be judged by.
    """
    told = runs.heeded(run)
    if source.scan is not None and source.cidr is not None:
        return [Told(source.scan, source.site, runs.part(told, source.cidr, source.sensor))]
    # under a name of its site: no sensor can write over the run of another, nor over one made here
    run = msgspec.structs.replace(told, site=source.site, id=f"{source.site}/{run.id}")
    # its end is never written over by its start, whichever comes in last
    store.save(run, _newer(run.id, int(run.ended.timestamp() * 1e6) if run.ended else 0))
    return []


def name(scan: str, site: str) -> str:
    """What the run of a scan at a site is called in the centre's log."""
    return f"{scan}@{site}"


def join(link: Link, told: Sequence[Told]) -> None:
    """Take in what was told, inside the transaction of whoever calls. `settle` writes the runs."""
    news: dict[tuple[str, str], list[Part]] = defaultdict(list)
    for one in told:
        news[one.scan, one.site].append(one.part)
    for key, parts in sorted(news.items(), key=lambda pair: pair[0]):
        # an update even where nothing changes: whoever else writes this run waits for us
        link.execute(
            "INSERT INTO fleet.unended (scan, site, news) VALUES (%s, %s, true)"
            " ON CONFLICT ON CONSTRAINT unended_pkey DO UPDATE SET news = true",
            key,
        )
        _keep(link, *key, parts)


def settle(link: Link, store: Store) -> int:
    """Write the runs of which something was told, and end those to which nothing more comes; give how many they were.

    What was told is committed before: so whoever dies here, and whoever comes after, writes no less than what is there.
    """
    with link.transaction():
        changed = _changed(link)
        for scan, site in changed:
            number, ordered = _number(link), _ordered(link, scan, site)
            run = runs.whole(_parts(link, scan, site), ordered, name(scan, site), site)
            store.save(run, _newer(run.id, number))
            link.execute(
                "DELETE FROM fleet.unended WHERE scan = %s AND site = %s"
                if run.ended is not None
                else "UPDATE fleet.unended SET news = false WHERE scan = %s AND site = %s",
                (scan, site),
            )
    return len(changed)


def _newer(run: str, number: int) -> Guard:
    """That no later snapshot of a run is in the log: asked, and written down, by the transaction that writes this one."""
    statement = (
        "INSERT INTO fleet.saved AS s VALUES (:run, :number) ON CONFLICT ON CONSTRAINT saved_pkey"
        " DO UPDATE SET number = excluded.number WHERE s.number <= excluded.number"
    )
    return statement, {"run": run, "number": number}


def _number(link: Link) -> int:
    """Of a snapshot whose run nobody else may look at meanwhile. It never goes back, not by a crash or a restore either."""
    row = link.execute("SELECT nextval('fleet.fence')").fetchone()
    return int(row[0]) if row else 0


def _keep(link: Link, scan: str, site: str, parts: Sequence[Part]) -> None:
    """Write what is new of these parts."""
    lives = [one.key for one in parts]
    known = link.execute(
        "SELECT cidr::text, sensor, run FROM fleet.told WHERE scan = %s AND site = %s"
        " AND cidr = ANY(%s::cidr[]) AND sensor = ANY(%s) FOR UPDATE",
        (scan, site, [one[0] for one in lives], [one[1] for one in lives]),
    ).fetchall()
    for one in runs.joined(map(_part, known), parts):
        link.execute(
            "INSERT INTO fleet.told VALUES (%s, %s, %s, %s, %s, %s)"
            " ON CONFLICT ON CONSTRAINT told_pkey DO UPDATE SET run = excluded.run",
            (scan, site, one.cidr, one.sensor, one.run.started, msgspec.json.encode(one.run)),
        )


def _changed(link: Link) -> list[tuple[str, str]]:
    """Runs with news, and those that are not ended though no chunk of them is worked on or waits, and nothing of them is
    in the inbox.
    """
    return link.execute(
        "SELECT u.scan, u.site FROM fleet.unended u WHERE u.news OR NOT EXISTS ("
        " SELECT 1 FROM fleet.chunk c JOIN fleet.segment g ON g.id = c.segment"
        " LEFT JOIN fleet.procrastinate_jobs j ON j.id = c.job"
        " WHERE c.scan = u.scan AND g.site = u.site"
        " AND (j.id IS NULL OR j.status IN ('todo', 'doing', 'aborting') OR EXISTS (SELECT 1 FROM fleet.inbox i"
        "  WHERE i.job = c.job AND i.taken IS NULL AND i.refused IS NULL)))"
        # whoever is at one of them writes it
        " ORDER BY u.scan, u.site FOR UPDATE OF u SKIP LOCKED"
    ).fetchall()


def _ordered(link: Link, scan: str, site: str) -> dict[str, Ordered]:
    """Every chunk of a scan at a site, and how it stands."""
    rows = link.execute(
        "SELECT c.cidr::text, j.status::text, f.why FROM fleet.chunk c"
        " JOIN fleet.segment g ON g.id = c.segment"
        " LEFT JOIN fleet.procrastinate_jobs j ON j.id = c.job LEFT JOIN fleet.failed f ON f.job = c.job"
        " WHERE c.scan = %s AND g.site = %s",
        (scan, site),
    )
    return {
        cidr: Ordered(
            over=status not in _OPEN,
            why=why or (_GIVEN_UP if status == "failed" else status if status != "succeeded" else None),
        )
        for cidr, status, why in rows
    }


def _parts(link: Link, scan: str, site: str) -> tuple[Part, ...]:
    rows = link.execute(
        "SELECT cidr::text, sensor, run FROM fleet.told WHERE scan = %s AND site = %s", (scan, site)
    )
    return runs.joined((), map(_part, rows.fetchall()))


def _part(row: tuple[str, str, bytes]) -> Part:
    cidr, sensor, run = row
    return Part(cidr=cidr, sensor=sensor, run=msgspec.json.decode(run, type=Run))
