"""Answers about distributions and Windows updates: when a revision was published, what came next, and what it fixed."""

import sqlite3
from datetime import date
from functools import cache
from typing import Final

from scanner.knowledge.order import Scheme, key
from scanner.knowledge.products import build_number, day
from scanner.model.knowledge import DistroRelease, Fix, PackageRevision, Update

_REVISIONS: Final = " UNION ALL ".join(
    f"SELECT revision, suite, day, source FROM {table} WHERE package = ?1"  # noqa: S608  our own table names
    for table in ("debian_revisions", "ubuntu_revisions")
)
_FIXES: Final = " UNION ALL ".join(
    f"SELECT day, advisory, suite, fixed, cves FROM {table} WHERE package = ?1"  # noqa: S608  our own table names
    for table in ("fixes", "ubuntu_fixes")
)

_Uploads = tuple[tuple[bytes, str, str, date, str], ...]


@cache
def revision(
    base: sqlite3.Connection, package: str, version: str, suite: str | None
) -> PackageRevision | None:
    """The revision as an archive had it, and the next one of its suite.

    Banners leave out the epoch that archives put before a version (`1:7.4p1-10`). Asked for one suite, the next
    revision of that suite counts, whichever suite the revision itself was made for: stable releases start from
    what `unstable` had.
    """
    known = _uploads(base, package)
    wanted = _bare(version)
    found = min((one for one in known if _bare(one[1]) == wanted), key=lambda one: one[3], default=None)
    if found is None:
        return None
    mark, text, own, came, _ = found
    channel = suite or own
    later = [one for one in known if one[2] == channel and one[0] > mark and one[3] >= came]
    following = min(later, key=lambda one: (one[3], one[0]), default=None)
    return PackageRevision(
        package=package,
        version=text,
        suite=channel,
        day=came,
        following=following[1] if following else None,
        next_day=following[3] if following else None,
    )


@cache
def published(base: sqlite3.Connection, package: str, version: str) -> tuple[date, str] | None:
    """Day and source of a package revision, whatever its epoch."""
    wanted = _bare(version)
    days = [(one[3], one[4]) for one in _uploads(base, package) if _bare(one[1]) == wanted]
    return min(days, default=None)


@cache
def _uploads(base: sqlite3.Connection, package: str) -> _Uploads:
    """Every known revision of one package, in dpkg's order."""
    rows = base.execute(_REVISIONS, (package,)).fetchall()
    return tuple(
        sorted(
            (key(text, Scheme.DEB), text, suite, date.fromordinal(came), source)
            for text, suite, came, source in rows
        )
    )


def _bare(version: str) -> str:
    """A version without its epoch."""
    head, colon, tail = version.partition(":")
    return tail if colon and head.isdigit() else version


@cache
def fixes(base: sqlite3.Connection, package: str) -> tuple[Fix, ...]:
    """Every CVE that a suite fixed in the package, oldest first."""
    found = [
        Fix(cve=cve, suite=suite, fixed=fixed, day=date.fromordinal(came), advisory=advisory)
        for came, advisory, suite, fixed, cves in base.execute(_FIXES, (package,))
        for cve in cves.split()
    ]
    return tuple(sorted(found, key=lambda one: (one.day, one.advisory, one.suite, one.cve)))


@cache
def source_package(base: sqlite3.Connection, product: str) -> str | None:
    """The Debian source package that holds a program."""
    found = base.execute("SELECT package FROM source_packages WHERE product = ?", (product,)).fetchone()
    return None if found is None else str(found[0])


@cache
def distro(base: sqlite3.Connection, series: str) -> DistroRelease | None:
    """The release of that code name, or of that version number."""
    row = base.execute(
        "SELECT distro, series, version, created, released, ends FROM distro_releases"
        " WHERE series = ?1 OR version = ?1 ORDER BY distro",
        (series.strip().lower(),),
    ).fetchone()
    if row is None:
        return None
    name, code, version, created, released, ends = row
    return DistroRelease(
        distro=name,
        series=code,
        version=version,
        created=date.fromordinal(created),
        released=day(released),
        ends=day(ends),
    )


@cache
def updates(base: sqlite3.Connection, build: str) -> tuple[Update, ...]:
    """The updates of a Windows build, oldest first."""
    number = build_number(base, build)
    rows = base.execute(
        "SELECT revision, day, kb FROM windows_updates WHERE build = ? ORDER BY revision", (number,)
    )
    return tuple(
        Update(build=number, revision=count, day=date.fromordinal(came), kb=kb) for count, came, kb in rows
    )
