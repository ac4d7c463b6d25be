"""Read CSV row by row under the names that its heading gives, whoever chose them and whatever divides the cells."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from scanner.observe.files.opened import Source

Names = Mapping[str, Sequence[str]]
"""Our word -> the headings under which others write it, each as `plain` spells it."""
Row = Mapping[str, str]

DIVIDERS: Final = ",;\t|"
SEARCHED: Final = 30
"""Lines in which a heading is looked for: reports begin with titles, PowerShell with `#TYPE`."""
CELL: Final = 1 << 17
"""Characters of one cell: a quote that is never closed would swallow the rest of the file."""


def plain(heading: str) -> str:
    """A heading without what differs between exports: case, blanks, dashes, a unit in brackets."""
    return re.sub(r"[^a-z0-9]", "", re.sub(r"\(.*?\)", "", heading.lower()))


def headings(head: bytes) -> frozenset[str]:
    """The plain headings in the beginning of a file: of the line that divides into most of them; empty without CSV."""
    lines = head.decode("utf-8", "replace").splitlines()[:SEARCHED]
    found = [frozenset(plain(cell) for cell in _cells(line)) - {""} for line in lines if line[:1] != "#"]
    return max(found, key=len, default=frozenset())


def rows(source: Source, names: Names, needed: int = 2) -> Iterator[tuple[int, dict[str, str]]]:
    """Every row as our words and its line number; cells without a word of ours are left out, and so are empty ones.

    The heading is the first line with `needed` words of ours; without one the file is named as unreadable.
    """
    csv.field_size_limit(CELL)
    lines = source.lines()
    columns: dict[int, str] = {}
    start, cells = 0, list[str]()
    for start, line in lines:
        cells = _cells(line) if line[:1] != "#" else []
        columns = _columns(cells, names)
        if len(columns) >= needed or start >= SEARCHED:
            break
    if len(columns) < needed:
        source.skip("line 1", f"no heading with {' or '.join(sorted(names)[:6])}")
        return
    yield from _rows(source, lines, columns, _divider(line), start)


def _rows(
    source: Source, lines: Iterator[tuple[int, str]], columns: Mapping[int, str], divider: str, start: int
) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.reader((f"{line}\n" for _, line in lines), delimiter=divider)
    while True:
        at = start + reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            source.skip(f"line {at}", error)
            continue
        row: dict[str, str] = {}
        for index, word in columns.items():
            cell = cells[index].strip() if index < len(cells) else ""
            if cell and word not in row and cell.lower() not in _NOTHING:
                row[word] = cell
        if row:
            yield at, row


_NOTHING: Final = frozenset({"", "-", "n/a", "null", "none", "undefined", "not applicable"})


def _columns(cells: Sequence[str], names: Names) -> dict[int, str]:
    """Which column holds what, the better heading first where two of them mean the same."""
    known = {heading: (rank, word) for word, all_of in names.items() for rank, heading in enumerate(all_of)}
    found = [(known[plain(cell)], index) for index, cell in enumerate(cells) if plain(cell) in known]
    return {index: word for (_, word), index in sorted(found)}


def _divider(line: str) -> str:
    return max(DIVIDERS, key=line.count)


def _cells(line: str) -> list[str]:
    divider = _divider(line)
    if divider not in line:
        return [line.strip().strip('"')]
    try:
        return [cell.strip() for cell in next(csv.reader([line[:CELL]], delimiter=divider), [])]
    except csv.Error:
        # a bare carriage return within: no heading that anybody writes
        return []
