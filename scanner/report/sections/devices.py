"""Every device on one line: the table to sort, filter and search."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct

from scanner.model.assessment import Assessment, Judged
from scanner.report import words
from scanner.report.line import MOST_ROWS, Line, line, sheets_of
from scanner.report.text import capital

PAGE: Final = 100
"""Rows of one page of the table; the script in app.js turns pages of the same size."""


class Row(Struct, frozen=True):
    """A line, and whether a sheet of its own follows; where none does, links to the device lead to its row."""

    line: Line
    sheet: bool


class Rest(Struct, frozen=True):
    """Devices of one kind that are not listed one by one."""

    kind: str
    support: str
    count: int
    worst: int


class Devices(Struct, frozen=True):
    """The table, and the choices that its filters offer."""

    first: tuple[Row, ...]
    """The page that shows at once."""
    later: tuple[Row, ...]
    kinds: tuple[str, ...]
    supports: tuple[str, ...]
    bands: tuple[str, ...]
    without_sheet: int
    rest: tuple[Rest, ...]


def devices(found: Assessment) -> Devices:
    """List devices, highest score first; beyond `MOST_ROWS` count them."""
    sheets = sheets_of(found)
    rows = tuple(Row(line(judged), rank < sheets) for rank, judged in enumerate(found.devices[:MOST_ROWS]))
    return Devices(
        first=rows[:PAGE],
        later=rows[PAGE:],
        kinds=tuple(sorted({row.line.kind for row in rows})),
        supports=tuple(words.SUPPORT.values()),
        bands=tuple(words.BANDS.values()),
        without_sheet=len(rows) - sheets,
        rest=tuple(_rest(found.devices[MOST_ROWS:])),
    )


def _rest(those: Sequence[Judged]) -> Iterator[Rest]:
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for one in those:
        kind, support = capital(words.kind(one.device.kind)), words.SUPPORT[one.age.support]
        groups[kind, support].append(one.risk.score)
    for (kind, support), scores in sorted(groups.items(), key=lambda pair: (-max(pair[1]), pair[0])):
        yield Rest(kind, support, len(scores), max(scores))
