"""The Debian security team's advisory lists (DSA and DLA): which package revision fixed which CVEs, and when."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Final

from scanner.errors import DataError
from scanner.knowledge.updater import raw
from scanner.knowledge.updater.feed import MB, Feed, Held, Parsed, Remote, Row

# [20 Nov 2023] DSA-5558-1 netty - security update
_HEAD: Final = re.compile(r"\[(\d{1,2} [A-Z][a-z]{2} \d{4})\] (D[SL]A-\d+(?:-\d+)?)\s+(\S+)?")
# 	{CVE-2023-34462 CVE-2023-44487}
_HOLES: Final = re.compile(r"\s+\{([^}]*)\}")
# 	[bookworm] - netty 1:4.1.48-7+deb12u1
_FIXED: Final = re.compile(r"\s+\[([a-z-]+)\]\s+-\s+(\S+)\s+(\d\S*)")
_CVE: Final = re.compile(r"CVE-\d{4}-\d{4,7}")
_BASE: Final = "https://salsa.debian.org/security-tracker-team/security-tracker/-/raw/master/data"
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def read(paths: Sequence[Path], held: Held) -> Parsed:
    """One row for each fixed revision of a package that we hold."""
    wanted, rows, newest, count, other = held.packages(), dict[tuple[str, ...], Row](), date.min, 0, 0
    for path in paths:
        for day, advisory, cves, suite, package, revision in _entries(path):
            newest = max(newest, day)
            count += 1
            if package not in wanted:
                other += 1
                continue
            rows[package, suite, advisory, revision] = {
                "day": day.isoformat(),
                "advisory": advisory,
                "package": package,
                "suite": suite,
                "fixed": revision,
                "cves": cves,
            }
    if not count:
        raise DataError(f"{paths[0].name}: no advisory in it")
    return Parsed(
        tables={
            "fixes": tuple(rows.values()),
            "debian_revisions": revisions(rows.values(), held, "Debian security advisories"),
        },
        dated=newest,
        rows=count,
        left_out=(f"{other:,} fixes of packages that no banner names",),
    )


def revisions(fixes: Iterable[Row], held: Held, source: str) -> tuple[Row, ...]:
    """The first day of each revision among fixes, where we have none that is as early."""
    first: dict[tuple[str, str], Row] = {}
    for fix in fixes:
        name = fix["package"], fix["fixed"]
        before = first[name]["day"] if name in first else held.revision(*name)
        if before is None or fix["day"] < before:
            first[name] = {
                "package": fix["package"],
                "revision": fix["fixed"],
                "suite": fix["suite"],
                "day": fix["day"],
                "source": source,
            }
    return tuple(first.values())


def _entries(path: Path) -> Iterator[tuple[date, str, str, str, str, str]]:
    """Day, advisory, CVEs, suite, package and revision of each fix."""
    day, advisory, cves = None, "", ""
    for number, line in enumerate(raw.text(path, 60 * MB).splitlines(), 1):
        if head := _HEAD.match(line):
            day, advisory, cves = _day(path, number, head[1]), head[2], ""
        elif line[:1] not in {"", " ", "\t"}:
            raise DataError(f"{path.name}:{number}: want [day] DSA-number package, got {line[:60]!r}")
        elif holes := _HOLES.match(line):
            cves = " ".join(name for name in holes[1].split() if _CVE.fullmatch(name))
        elif day and (fixed := _FIXED.match(line)):
            yield day, advisory, cves, fixed[1], fixed[2], fixed[3]


def _day(path: Path, number: int, text: str) -> date:
    """The list writes months in English whatever the locale of the reader."""
    numeral, month, year = text.split()
    try:
        return date(int(year), _MONTHS.index(month) + 1, int(numeral))
    except ValueError as error:
        raise DataError(f"{path.name}:{number}: {text!r} is not a day") from error


FEED: Final = Feed(
    name="debian",
    title="Debian security tracker",
    licence="Public; dates, versions and ids are facts",
    files=(
        Remote(name="dsa.list", urls=(f"{_BASE}/DSA/list",), cap=40 * MB),
        Remote(name="dla.list", urls=(f"{_BASE}/DLA/list",), cap=40 * MB),
    ),
    read=read,
    accepts=("dsa.list", "dla.list"),
    least=100,
)
