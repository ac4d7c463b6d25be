"""Every device on one line: the table to sort, filter and search."""

from msgspec import Struct

from scanner.model.assessment import Assessment
from scanner.report import words
from scanner.report.line import MOST_SHEETS, Line, line


class Row(Struct, frozen=True):
    """A line, and whether a sheet of its own follows; where none does, links to the device lead to its row."""

    line: Line
    sheet: bool


class Devices(Struct, frozen=True):
    """The table, and the choices that its filters offer."""

    rows: tuple[Row, ...]
    kinds: tuple[tuple[str, str], ...]
    supports: tuple[tuple[str, str], ...]
    bands: tuple[tuple[str, str], ...]
    without_sheet: int


def devices(found: Assessment) -> Devices:
    """List every device, highest score first."""
    rows = tuple(Row(line(judged, "d"), rank < MOST_SHEETS) for rank, judged in enumerate(found.devices))
    kinds = sorted({(row.line.kind_code, row.line.kind) for row in rows})
    return Devices(
        rows=rows,
        kinds=tuple(kinds),
        supports=tuple((code.value, word) for code, word in words.SUPPORT.items()),
        bands=tuple((code.value, word) for code, word in words.BANDS.items()),
        without_sheet=sum(not row.sheet for row in rows),
    )
