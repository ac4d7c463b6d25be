"""IANA's private enterprise numbers, its plain text list: which organisation a number in an OID stands for."""

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Final

from scanner.errors import DataError
from scanner.knowledge.updater import raw
from scanner.knowledge.updater.feed import MB, Feed, Held, Parsed, Remote, Row

_DATED: Final = re.compile(r"\(last updated (\d{4}-\d\d-\d\d)\)")


def read(paths: Sequence[Path], _held: Held) -> Parsed:
    """One row for each number; contacts and their addresses are not kept.

    A number stands alone at the start of a line; the line under it, indented by two, is the organisation.
    """
    (path,) = paths
    text = raw.text(path, 60 * MB)
    if "PRIVATE ENTERPRISE NUMBERS" not in text[:2000].upper():
        raise DataError(f"{path.name}: does not start as the list of private enterprise numbers does")
    rows: list[Row] = []
    number, last = "", -1
    for at, line in enumerate(text.splitlines(), 1):
        if line.isdecimal():
            if int(line) <= last:
                raise DataError(f"{path.name}:{at}: number {line} comes after {last}")
            number, last = line, int(line)
        elif number and line.startswith("  ") and not line.startswith("   "):
            if name := raw.known(line):
                rows.append({"number": number, "name": name})
            number = ""
    dated = _DATED.search(text[:2000])
    return Parsed(
        tables={"enterprises": tuple(rows)},
        dated=raw.day(path.name, dated[1]) if dated else date.min,
        rows=len(rows),
    )


FEED: Final = Feed(
    name="iana",
    title="IANA private enterprise numbers",
    licence="Facts",
    files=(
        Remote(
            name="enterprise-numbers.txt",
            urls=(
                "https://www.iana.org/assignments/enterprise-numbers.txt",
                "https://www.iana.org/assignments/enterprise-numbers/enterprise-numbers",
            ),
            cap=40 * MB,
        ),
    ),
    read=read,
    accepts=("enterprise-numbers*",),
    counts="enterprises",
    least=1000,
)
