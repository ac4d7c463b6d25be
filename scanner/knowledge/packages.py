"""Answers about distributions and Windows updates: when a revision was published, what came next, and what it fixed."""

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache
from typing import Any, Final

from scanner.knowledge.products import build_number, day
from scanner.model.knowledge import DistroRelease, Fix, PackageRevision, Update

_EPOCHS: Final = ("", "1:", "2:", "3:", "4:")
_REPACKED: Final = (".dfsg", "+dfsg")
"""What archives write in a version and banners leave out: `1:` before it, `.dfsg` where the source was repacked."""
_TABLES: Final = ("debian_revisions", "ubuntu_revisions")
_SAME: Final = tuple(
    f"SELECT day, revision, suite, source, vkey FROM {table}"  # noqa: S608  our own table names
    f" WHERE package = ? AND revision IN ({','.join('?' * 15)}) ORDER BY day, revision LIMIT 1"
    for table in _TABLES
)
_LATER: Final = tuple(
    f"SELECT vkey, revision, day FROM {table}"  # noqa: S608  our own table names
    " WHERE package = ?1 AND suite = ?2 AND vkey > ?3 AND day >= ?4 ORDER BY vkey LIMIT 1"
    for table in _TABLES
)
_FIXES: Final = " UNION ALL ".join(
    f"SELECT day, advisory, suite, fixed, cves FROM {table} WHERE package = ?1"  # noqa: S608  our own table names
    for table in ("fixes", "ubuntu_fixes")
)


@cache
def revision(
    base: sqlite3.Connection, package: str, version: str, suite: str | None
) -> PackageRevision | None:
    """The revision as an archive had it, and the next one of its suite.

    Asked for one suite, the next revision of that suite counts, whichever suite the revision itself was made for:
    stable releases start from what `unstable` had.
    """
    found = _uploaded(base, package, version)
    if found is None:
        return None
    came, text, own, _, mark = found
    channel = suite or own
    later = min(_rows(base, _LATER, (package, channel, mark, came)), default=None)
    return PackageRevision(
        package=package,
        version=text,
        suite=channel,
        day=date.fromordinal(came),
        following=later[1] if later else None,
        next_day=date.fromordinal(later[2]) if later else None,
    )


@cache
def published(base: sqlite3.Connection, package: str, version: str) -> tuple[date, str] | None:
    """Day and source of a package revision, whatever its epoch."""
    found = _uploaded(base, package, version)
    return None if found is None else (date.fromordinal(found[0]), found[3])


def _uploaded(
    base: sqlite3.Connection, package: str, version: str
) -> tuple[int, str, str, str, bytes] | None:
    """Day, whole text, suite, source and key of a revision; the earliest where several have its spelling."""
    bare = _bare(version)
    upstream, dash, revision_ = bare.rpartition("-")
    spelled = [bare] + [f"{upstream}{mark}{dash}{revision_}" for mark in _REPACKED]
    asked = (package, *(epoch + one for one in spelled for epoch in _EPOCHS))
    return min(_rows(base, _SAME, asked), default=None)


def _rows(
    base: sqlite3.Connection, queries: Sequence[str], asked: tuple[str | bytes | int, ...]
) -> Iterator[tuple[Any, ...]]:
    """The first row of each table that has one; a table at a time, so that each goes by its own index."""
    for query in queries:
        if row := base.execute(query, asked).fetchone():
            yield row


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
