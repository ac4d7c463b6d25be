"""Ubuntu's security notices in OSV form: kept apart from every other table, because they are CC BY-SA."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Final

from msgspec import Struct

from scanner.errors import DataError
from scanner.knowledge.updater import raw
from scanner.knowledge.updater.feed import MB, Feed, Held, Parsed, Remote, Row
from scanner.knowledge.updater.feeds.debian import revisions

_CVE: Final = re.compile(r"CVE-\d{4}-\d{4,7}")
_SUITE: Final = re.compile(r"Ubuntu:(?:Pro:)?(?P<release>\d\d\.\d\d)(?::LTS)?")


class _Package(Struct, frozen=True):
    ecosystem: str
    name: str


class _Event(Struct, frozen=True):
    fixed: str = ""


class _Range(Struct, frozen=True):
    type: str
    events: tuple[_Event, ...] = ()


class _Affected(Struct, frozen=True):
    package: _Package
    ranges: tuple[_Range, ...] = ()


class _Notice(Struct, frozen=True):
    schema_version: str
    id: str
    published: str
    modified: str
    related: tuple[str, ...] = ()
    upstream: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    affected: tuple[_Affected, ...] = ()


def read(paths: Sequence[Path], held: Held) -> Parsed:
    """One row for each revision that a notice names, of packages that we hold."""
    wanted, rows = held.packages(), dict[tuple[str, ...], Row]()
    count, newest, odd = 0, date.min, raw.Odd()
    for name, data in raw.members(paths, r"USN-\d+-\d+\.json", 2000 * MB):
        notice = odd.decoded(name, data, _Notice)
        if notice is None:
            continue
        count += 1
        newest = max(newest, raw.day(name, notice.modified))
        for row in _rows(name, notice, held, wanted):
            rows[row["package"], row["suite"], row["advisory"], row["fixed"]] = row
    odd.check(count)
    if not count:
        raise DataError(f"{paths[0].name}: no notice named USN in it")
    return Parsed(
        tables={
            "ubuntu_fixes": tuple(rows.values()),
            "ubuntu_revisions": revisions(rows.values(), held, "Ubuntu security notices"),
        },
        dated=newest,
        rows=count,
        left_out=odd.left_out,
    )


def _rows(name: str, notice: _Notice, held: Held, wanted: frozenset[str]) -> Iterator[Row]:
    # OSV has moved the CVEs from `aliases` to `related` to `upstream` over its versions; Ubuntu writes UBUNTU-CVE-... too
    named = {one.removeprefix("UBUNTU-") for one in (*notice.related, *notice.upstream, *notice.aliases)}
    cves = " ".join(sorted(one for one in named if _CVE.fullmatch(one)))
    for one in notice.affected:
        suite = _SUITE.fullmatch(one.package.ecosystem)
        if suite is None or one.package.name not in wanted:
            continue
        fixes = [
            event.fixed
            for part in one.ranges
            if part.type == "ECOSYSTEM"
            for event in part.events
            if event.fixed
        ]
        for fixed in fixes:
            yield {
                "day": raw.day(name, notice.published).isoformat(),
                "advisory": notice.id,
                "package": one.package.name,
                "suite": held.series(suite["release"]),
                "fixed": raw.known(fixed),
                "cves": cves,
            }


FEED: Final = Feed(
    name="ubuntu",
    title="Ubuntu security notices",
    licence="CC BY-SA 4.0, Canonical Ltd.",
    files=(
        Remote(
            name="ubuntu-osv.tar",
            urls=(
                "https://security-metadata.canonical.com/osv/osv-all.tar.xz",
                "https://codeload.github.com/canonical/ubuntu-security-notices/tar.gz/refs/heads/main",
            ),
            cap=600 * MB,
        ),
    ),
    read=read,
    accepts=("ubuntu-osv*", "osv-all.tar*", "USN-*.json", "usn"),
    notice="Ubuntu Security Notices, Canonical Ltd., CC BY-SA 4.0; reduced to package, revision, day and CVEs.",
)
