"""The centre's turns: move the clock of the leases, save jobs of dead sensors, plan, sign, take in; one centre at a time."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from msgspec import Struct

from scanner.errors import StoreError
from scanner.fleet import admit, install, planning
from scanner.fleet.authority import Pair
from scanner.fleet.ingest import Taken, ingest
from scanner.fleet.link import Link, connect, said
from scanner.fleet.restore import Restored, settle
from scanner.store.store import Store

TURN_S: Final = 1.0
"""Seconds between two turns."""

STANDS_S: Final = 120.0
"""Seconds without a turn after which a centre counts as standing still, and another that waits takes its place."""

_ALONE: Final = 0x7374616C67
"""The lock that the one centre holds ("stalg" in ASCII): two would move the clock twice as fast."""
_ANOTHER: Final = "another centre is at work on this database; there can be one only"
_DISPLACED: Final = f"another centre has stood still for {STANDS_S:.0f} s; its connection was ended, and this one takes its place"


class Turn(Struct, frozen=True, kw_only=True):
    """What one turn did."""

    clock: float
    again: int
    """Jobs whose sensor has gone, for anybody again."""
    given_up: int
    """Jobs that outlived five sensors."""
    signed: int
    taken: Taken
    planned: int = 0
    """Chunks put into the queues: of scans that are due, and of those whose window has opened."""
    unplanned: tuple[str, ...] = ()
    """Schedules and windows that this program cannot read, in words; they begin nothing and open nothing."""


def order(link: Link, scan: str, site: str) -> int:
    """Put every segment of a site into the queues, in chunks; give how many were not there yet.

    The same order again adds nothing. What may be worked on now is queued at once, the rest by the turn in which its
    window opens: a job that is due later would hold up all others of its segment.
    """
    with said(), link.transaction():
        new = planning.add(link, scan, site)
        planning.release(link, site)
    return new


def turn(link: Link, store: Store, by: Pair | None, now: datetime, elapsed: float) -> Turn:
    """One turn, `elapsed` seconds of our monotonic clock after the one before; `by` signs, None = somewhere else."""
    with said():
        row = link.execute("SELECT fleet.tick(%s)", (elapsed,)).fetchone()
        rescued = link.execute("SELECT again FROM fleet.rescue()").fetchall()
    planned = planning.plan(link, now)
    return Turn(
        planned=planned.queued,
        unplanned=planned.unread,
        clock=row[0] if row else 0.0,
        again=sum(again for (again,) in rescued),
        given_up=sum(not again for (again,) in rescued),
        signed=admit.answer(link, by, now) if by else 0,
        taken=ingest(link, store, now),
    )


def alone(link: Link) -> None:
    """Be the one centre for as long as this connection lasts; raise StoreError when there is another."""
    if not _locked(link):
        raise StoreError(_ANOTHER)


class Rival:
    """The centre in our way: alive as long as it moves the clock of the leases, measured by our own monotonic clock.

    A centre that was stopped, or whose machine hangs, keeps its connection and so its lock; meanwhile nothing runs out
    and nobody gets anything new. After `STANDS_S` its connection is ended from here, and with it what it was at. When
    it is revived it finds out at its first word there; to the log it can add what it was about to, which its successor
    adds as well, and no snapshot of a run that is older than the one there (`joining.py`).
    """

    def __init__(self) -> None:
        self._at, self._since = -1.0, 0.0

    def displace(self, link: Link, now: float) -> bool:
        """End the connection of whoever holds the lock and has moved nothing for too long; give whether it was ended."""
        with said():
            row = link.execute("SELECT at FROM fleet.clock").fetchone()
            at = row[0] if row else 0.0
            if at != self._at:
                self._at, self._since = at, now
            if now - self._since < STANDS_S:
                return False
            self._since = now
            link.execute(
                "SELECT pg_terminate_backend(l.pid) FROM pg_catalog.pg_locks l"
                " JOIN pg_catalog.pg_database d ON d.oid = l.database"
                " WHERE d.datname = current_database() AND l.locktype = 'advisory' AND l.granted"
                " AND (l.classid::bigint << 32) + l.objid::bigint = %s",
                (_ALONE,),
            )
            # where it stood in the middle of writing to the log, it holds rows that its successor has to write
            link.execute(
                "SELECT pg_terminate_backend(a.pid) FROM pg_catalog.pg_stat_activity a"
                " WHERE a.datname = current_database() AND a.application_name = 'stalehost'"
                " AND a.state = 'idle in transaction' AND a.backend_xid IS NOT NULL"
            )
        return True


def _enter(link: Link, rival: Rival, now: float) -> None:
    if not _locked(link):
        raise StoreError(_DISPLACED if rival.displace(link, now) else _ANOTHER)


def _locked(link: Link) -> bool:
    with said():
        row = link.execute("SELECT pg_try_advisory_lock(%s)", (_ALONE,)).fetchone()
    return row is not None and bool(row[0])


def serve(
    where: str,
    store: Store,
    by: Pair | None,
    *,
    now: Callable[[], datetime],
    clock: Callable[[], float],
    sleep: Callable[[float], None],
    told: Callable[[Turn | Restored | StoreError], None],
) -> None:
    """Take turns until `told` raises; while the database is away, try again at each turn.

    What passes while there is no connection does not count: leases last longer then, and nobody gets them sooner.
    """
    rival = Rival()
    while True:
        try:
            with connect(where) as link:
                install.check(link)
                _enter(link, rival, clock())
                if (restored := settle(link)) is not None:
                    told(restored)
                before = clock()
                while True:
                    at = clock()
                    told(turn(link, store, by, now(), at - before))
                    before = at
                    sleep(TURN_S)
        except StoreError as error:
            told(error)
            sleep(TURN_S)
