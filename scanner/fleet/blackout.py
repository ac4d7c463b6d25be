"""Stop a site, or all of them, now: nothing is sent until somebody ends it; who stopped what, and why, is kept."""

from datetime import UTC, datetime
from typing import Any, Final

from msgspec import Struct

from scanner.errors import DataError
from scanner.fleet.link import Link, said

ALL: Final = "all"
"""Every site, in place of a site's name."""


class Blackout(Struct, frozen=True, kw_only=True):
    """One that stands, or stood."""

    site: str
    """`all` for every site."""
    by: str
    reason: str
    since: datetime
    """In UTC, as `until`."""
    until: datetime | None = None
    """None while it stands."""
    ended_by: str | None = None


def begin(link: Link, site: str, by: str, reason: str) -> Blackout:
    """Stop a site, or `all`; give what stands now, which is the one before where there was one already.

    Sensors get no job, lease or share from this moment on, and hear of it at their next word about a job that they
    hold, within `sensor.EVERY_S`. What they held is for anybody again after the end, and counts as no failed try.

    Raise DataError for a site that is none, and without a name and a reason.
    """
    if not by.strip() or not reason.strip():
        raise DataError("a blackout bears a name and a reason: who stops the scan, and why")
    with said(), link.transaction():
        if site != ALL and link.execute("SELECT 1 FROM fleet.site WHERE id = %s", (site,)).fetchone() is None:
            raise DataError(f"{site}: no such site; see `stalehost fleet status`")
        link.execute(
            "INSERT INTO fleet.blackout (site, by, reason) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
            (_kept(site), by, reason),
        )
        row = link.execute(
            "SELECT site, by, reason, since, NULL, NULL FROM fleet.blackout WHERE site = %s", (_kept(site),)
        ).fetchone()
    if row is None:
        raise AssertionError("it was written in this transaction")
    return _read(row)


def end(link: Link, site: str, by: str) -> Blackout:
    """End a site's blackout, or that of `all`, and keep it on record; a site is still dark while `all` is.

    Raise DataError where none stands, and without a name.
    """
    if not by.strip():
        raise DataError("the end of a blackout bears a name: who lets the scan go on")
    with said():
        row = link.execute(
            "WITH over AS (DELETE FROM fleet.blackout WHERE site = %s RETURNING site, by, reason, since)"
            " INSERT INTO fleet.blackout_past (site, by, reason, since, ended_by) SELECT *, %s FROM over"
            " RETURNING site, by, reason, since, until, ended_by",
            (_kept(site), by),
        ).fetchone()
    if row is None:
        raise DataError(f"{site}: no blackout stands; see `stalehost fleet blackout`")
    return _read(row)


def standing(link: Link) -> list[Blackout]:
    """Those that stand now, `all` first."""
    with said():
        rows = link.execute(
            "SELECT site, by, reason, since, NULL, NULL FROM fleet.blackout ORDER BY site"
        ).fetchall()
    return list(map(_read, rows))


def past(link: Link, most: int = 20) -> list[Blackout]:
    """Those that are over, the last one first, `most` at most."""
    with said():
        rows = link.execute(
            "SELECT site, by, reason, since, until, ended_by FROM fleet.blackout_past ORDER BY id DESC LIMIT %s",
            (most,),
        ).fetchall()
    return list(map(_read, rows))


def _kept(site: str) -> str:
    """The table's word for all of them is ''."""
    return "" if site == ALL else site


def _read(row: tuple[Any, ...]) -> Blackout:
    site, by, reason, since, until, ended_by = row
    return Blackout(
        site=site or ALL,
        by=by,
        reason=reason,
        since=since.astimezone(UTC),
        until=until.astimezone(UTC) if until else None,
        ended_by=ended_by,
    )
