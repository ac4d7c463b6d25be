"""Let go on what stands still for a good reason: a site whose breaker tripped, a fleet that rests after a restore.

Both end by themselves in the usual way: a trip by `stalehost resume` at its own site, a rest after a day. What stands
here is for who knows better, by name and with a reason; both are kept.
"""

from datetime import datetime
from typing import Any, Final

from msgspec import Struct

from scanner.errors import DataError
from scanner.fleet.link import Link, said
from scanner.report.text import listing


class Trip(Struct, frozen=True, kw_only=True):
    """A device fared badly at one sensor: until somebody lets the work go on, no sensor of its site asks there."""

    site: str
    sensor: str
    """Whose breaker it was."""
    at: datetime
    """In UTC, as `resumed`."""
    address: str
    """The device that fared badly."""
    level: str
    """What stands still: `host`, `kind`, `segment` or `scan`."""
    cidr: str
    """The network of the scope in which the device is."""
    kind: str
    why: str
    resumed: datetime | None = None
    """None while it stands."""
    by: str | None = None
    reason: str | None = None


class Rested(Struct, frozen=True, kw_only=True):
    """A rest after a restore that somebody ended before its time."""

    at: datetime
    """In UTC."""
    left: float
    """Seconds that it had still to go."""
    by: str
    reason: str


def go_on(link: Link, site: str, by: str, reason: str, address: str | None = None) -> list[Trip]:
    """Let the sensors of a site go on; give what had stopped them. With `address` what began with that device only.

    They hear of it within a second. A sensor whose own breaker tripped waits for `stalehost resume` at its own site all
    the same: what it saw is on its disk.

    Raise DataError for a site that is none, where nothing stands still, and without a name and a reason.
    """
    _signed(by, reason)
    with said(), link.transaction():
        if link.execute("SELECT 1 FROM fleet.site WHERE id = %s FOR SHARE", (site,)).fetchone() is None:
            raise DataError(f"{site}: no such site; see `stalehost fleet status`")
        found = [one for one in tripped(link) if one.site == site]
        there = [one for one in found if address in (None, one.address)]
        if not found:
            raise DataError(f"{site}: no breaker has tripped there; see `stalehost fleet resume`")
        if not there:
            known = listing(sorted({one.address for one in found}), 8)
            raise DataError(f"{address}: no breaker has tripped for it at {site}, but for {known}")
        if address is None:
            link.execute("SELECT fleet.go_on(%s, %s, %s)", (site, by, reason))
        else:
            link.execute("SELECT fleet.go_on(%s, %s, %s, %s)", (site, address, by, reason))
    return there


def end_rest(link: Link, by: str, reason: str) -> Rested:
    """End the day of rest after a restore; raise DataError where none is, and without a name and a reason."""
    _signed(by, reason)
    with said(), link.transaction():
        row = link.execute("SELECT h.at = fleet.here() FROM fleet.home h").fetchone()
        if row is None or not row[0]:
            raise DataError(
                "this database was restored and is not in use yet; its day of rest begins with `stalehost fleet centre`"
            )
        ended = link.execute("SELECT fleet.no_rest(%s, %s)", (by, reason)).fetchone()
        if ended is None or not ended[0]:
            raise DataError("the fleet does not rest: there is nothing to end; see `stalehost fleet health`")
        return rests(link, 1)[0]


def resting(link: Link) -> float:
    """Seconds, by the clock of the leases, for which nothing is sent after a restore; 0 = it does not rest."""
    with said():
        row = link.execute("SELECT greatest(0, h.rest - fleet.present()) FROM fleet.home h").fetchone()
    return float(row[0]) if row else 0.0


def tripped(link: Link) -> list[Trip]:
    """What stands still by a breaker, the first one first."""
    with said():
        return [_trip(row) for row in link.execute(_TRIPS + "WHERE resumed IS NULL ORDER BY site, id")]


def resumed(link: Link, most: int = 20) -> list[Trip]:
    """What went on again, here or at the site, the last one first, `most` at most."""
    with said():
        rows = link.execute(
            _TRIPS + "WHERE resumed IS NOT NULL ORDER BY resumed DESC, id DESC LIMIT %s", (most,)
        )
        return [_trip(row) for row in rows]


def rests(link: Link, most: int = 20) -> list[Rested]:
    """Rests that somebody ended, the last one first, `most` at most."""
    with said():
        rows = link.execute(
            "SELECT at, left_s, by, reason FROM fleet.rested ORDER BY id DESC LIMIT %s", (most,)
        )
        return [Rested(at=at, left=left, by=by, reason=reason) for at, left, by, reason in rows]


def _signed(by: str, reason: str) -> None:
    if not by.strip() or not reason.strip():
        raise DataError(
            "a name and a reason are needed: who answers for going on, and why it is safe; both are kept"
        )


def _trip(row: tuple[Any, ...]) -> Trip:
    site, sensor, at, address, level, cidr, kind, why, resumed_, by, reason = row
    return Trip(
        site=site, sensor=sensor, at=at, address=address, level=level, cidr=cidr, kind=kind, why=why,
        resumed=resumed_, by=by, reason=reason,
    )  # fmt: skip


_TRIPS: Final = "SELECT site, sensor, at, address, level, cidr::text, kind, why, resumed, resumed_by, reason FROM fleet.trip "
