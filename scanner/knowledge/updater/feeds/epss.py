"""FIRST's exploit prediction scores: one gzip CSV a day, of which only the CVEs that we hold are kept."""

import csv
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from scanner.errors import DataError
from scanner.knowledge.updater import raw
from scanner.knowledge.updater.feed import MB, Feed, Held, Parsed, Remote, Row

_HEAD: Final = re.compile(r"#model_version:(?P<model>[\w.\-]+),score_date:(?P<day>\d{4}-\d\d-\d\d)")


_TOLD: Final = {"source": "FIRST EPSS", "confidence": "high"}


def read(paths: Sequence[Path], held: Held) -> Parsed:
    """One row for each CVE that we hold: score and percentile, both 0..1, and the day they are of."""
    (path,) = paths
    lines = raw.text(path, 120 * MB).splitlines()
    head = _HEAD.match(lines[0])
    if head is None:
        raise DataError(f"{path.name}:1: want #model_version:...,score_date:..., got {lines[0][:60]!r}")
    wanted, total, rows = held.cves(), 0, []
    for row in _rows(path.name, lines[1:], head["day"]):
        total += 1
        if row["cve"] in wanted:
            rows.append(row)
    return Parsed(
        tables={"epss": tuple(rows)},
        dated=raw.day(path.name, head["day"]),
        rows=total,
        left_out=(f"{total - len(rows):,} scores of CVEs that no table of ours names",),
    )


def _rows(name: str, lines: Sequence[str], day: str) -> Iterator[Row]:
    reader = csv.reader(lines)
    if (columns := next(reader, [])) != ["cve", "epss", "percentile"]:
        raise DataError(f"{name}:2: want the columns cve,epss,percentile, got {','.join(columns)[:60]!r}")
    for number, cells in enumerate(reader, 3):
        if len(cells) != 3 or not cells[0].startswith("CVE-") or not all(map(_share, cells[1:])):
            raise DataError(
                f"{name}:{number}: want a CVE and two numbers from 0 to 1, got {','.join(cells)[:60]!r}"
            )
        yield {"cve": cells[0], "score": cells[1], "percentile": cells[2], "day": day, **_TOLD}


def _share(text: str) -> bool:
    """Whether a text is a number from 0 to 1."""
    try:
        return 0 <= float(text) <= 1
    except ValueError:
        return False


FEED: Final = Feed(
    name="epss",
    title="FIRST exploit prediction scores (EPSS)",
    licence="free with citation: EPSS at https://www.first.org/epss",
    files=(
        Remote(
            name="epss_scores-current.csv.gz",
            urls=(
                "https://epss.empiricalsecurity.com/epss_scores-current.csv.gz",
                "https://epss.cyentia.com/epss_scores-current.csv.gz",
            ),
            cap=40 * MB,
        ),
    ),
    read=read,
    accepts=("epss_scores*.csv.gz", "epss_scores*.csv"),
    notice="Exploit prediction scores: EPSS by FIRST, https://www.first.org/epss",
    least=1000,
)
