"""The IEEE registry of card prefixes: three CSV files, for 24, 28 and 36 bits."""

import csv
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Final

from scanner.errors import DataError
from scanner.knowledge.updater import raw
from scanner.knowledge.updater.feed import MB, Feed, Held, Parsed, Remote, Row

BITS: Final = {"MA-L": 24, "MA-M": 28, "MA-S": 36}
_COLUMNS: Final = ["Registry", "Assignment", "Organization Name", "Organization Address"]
_BASE: Final = "https://standards-oui.ieee.org"


def read(paths: Sequence[Path], _held: Held) -> Parsed:
    """One row for each block with its owner's name; addresses of owners are not kept."""
    rows: dict[tuple[int, str], Row] = {}
    registries: set[str] = set()
    for path in paths:
        reader = csv.reader(raw.text(path, 60 * MB).splitlines(keepends=True), strict=True)
        try:
            if (columns := next(reader, [])) != _COLUMNS:
                raise DataError(
                    f"{path.name}:1: want the columns {','.join(_COLUMNS)}, got {','.join(columns)[:80]!r}"
                )
            for cells in reader:
                registry, prefix = _checked(path.name, reader.line_num, cells)
                registries.add(registry)
                # a block that was given out twice is the first owner's: the registry keeps such rows for its history
                rows.setdefault(
                    (BITS[registry], prefix),
                    {
                        "bits": str(BITS[registry]),
                        "prefix": prefix,
                        "vendor": raw.known(cells[2]) or "Private",
                    },
                )
        except csv.Error as error:
            raise DataError(f"{path.name}:{reader.line_num}: not whole CSV: {error}") from error
    if missing := set(BITS) - registries:
        raise DataError(
            f"{paths[0].name}: the registry has three files; {', '.join(sorted(missing))} is missing"
        )
    return Parsed(tables={"oui": tuple(rows.values())}, dated=date.min, rows=len(rows))


def _checked(name: str, line: int, cells: Sequence[str]) -> tuple[str, str]:
    """Registry and prefix of one line."""
    right = len(cells) == 4 and cells[0] in BITS and re.fullmatch(r"[0-9A-Fa-f]{6,9}", cells[1])
    if right and 4 * len(cells[1]) == BITS[cells[0]]:
        return cells[0], cells[1].lower()
    raise DataError(f"{name}:{line}: want MA-L, MA-M or MA-S with its prefix, got {','.join(cells)[:60]!r}")


FEED: Final = Feed(
    name="ieee",
    title="IEEE registration authority",
    licence="Facts",
    files=(
        Remote(name="oui.csv", urls=(f"{_BASE}/oui/oui.csv",), cap=40 * MB),
        Remote(name="mam.csv", urls=(f"{_BASE}/oui28/mam.csv",), cap=20 * MB),
        Remote(name="oui36.csv", urls=(f"{_BASE}/oui36/oui36.csv",), cap=20 * MB),
    ),
    read=read,
    accepts=("oui.csv", "mam.csv", "oui36.csv"),
    counts="oui",
    least=1000,
)
