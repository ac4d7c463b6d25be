"""Reads the cells of a facts table: each is checked by its column's kind, and a wrong one is named by file and line."""

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Final

from scanner.errors import DataError
from scanner.knowledge.tables import CONFIDENCES, Column, Kind

Value = str | int | float | bytes | None
Cells = Mapping[str, str]


class Row(dict[str, str]):
    """A row that knows its place, so that a missing column or a wrong cell is named by file and line."""

    def __init__(self, where: str, cells: Cells) -> None:
        super().__init__(cells)
        self.where = where

    def __missing__(self, name: str) -> str:
        raise DataError(f"{self.where}: no column {name!r}")


def rows(path: Path) -> Iterator[Row]:
    """Each row of a CSV file; DataError names the file, and the line where there is one."""
    try:
        with path.open(newline="", encoding="utf-8") as handle:
            reader = csv.DictReader(handle, strict=True)
            for cells in reader:
                where = f"{path}:{reader.line_num}"
                if None in cells or None in cells.values():
                    raise DataError(f"{where}: wants {len(reader.fieldnames or ())} cells")
                yield Row(where, cells)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: {error}") from error


def value(row: Row, column: Column) -> Value:
    """One cell as it is stored; DataError says what is wanted."""
    text = row[column.name]
    if not text.strip():
        if column.need:
            raise wrong(row, column.name, "some text")
        return "" if column.kind in _TEXTS else None
    read = _READ.get(column.kind)
    if read is not None:
        return read(row, column, text)
    pattern, want = _PATTERNS[column.kind]
    if not pattern.fullmatch(text):
        raise wrong(row, column.name, want)
    return int(text, 16) if column.kind is Kind.HEX else int(text) if column.kind is Kind.WHOLE else text


def spelling(name: str) -> str:
    """A name as the spelling table holds it: lower-case words and numbers, one blank between."""
    return " ".join(re.findall(r"[a-z0-9]+", name.lower()))


def wrong(row: Row, name: str, want: str) -> DataError:
    """The complaint about one cell."""
    return DataError(f"{row.where}: {name} is {row[name]!r}, want {want}")


def _text(_row: Row, _column: Column, text: str) -> Value:
    return text


def _day(row: Row, column: Column, text: str) -> Value:
    try:
        return date.fromisoformat(text).toordinal()
    except ValueError as error:
        raise wrong(row, column.name, "a date such as 2020-01-14") from error


def _flag(row: Row, column: Column, text: str) -> Value:
    if text not in {"yes", "no"}:
        raise wrong(row, column.name, "yes or no")
    return int(text == "yes")


def _number(row: Row, column: Column, text: str) -> Value:
    try:
        number = float(text)
    except ValueError as error:
        raise wrong(row, column.name, "a number") from error
    if not 0 <= number <= column.most:
        raise wrong(row, column.name, f"0 to {column.most:g}")
    return number


def _word(row: Row, column: Column, text: str) -> Value:
    words = column.words or CONFIDENCES
    if text not in words:
        raise wrong(row, column.name, " | ".join(words))
    return text


def _spelled(row: Row, column: Column, text: str) -> Value:
    if text != spelling(text):
        raise wrong(row, column.name, repr(spelling(text)))
    return text


_READ: Final[Mapping[Kind, Callable[[Row, Column, str], Value]]] = {
    Kind.TEXT: _text,
    Kind.DAY: _day,
    Kind.FLAG: _flag,
    Kind.NUMBER: _number,
    Kind.WORD: _word,
    Kind.CONFIDENCE: _word,
    Kind.SPELLING: _spelled,
}
_TEXTS: Final = frozenset({Kind.TEXT, Kind.CVES, Kind.PORTS})
_CVE: Final = r"CVE-\d{4}-\d{4,7}"
_PORT: Final = r"(?:(?:tcp|udp)/\d{1,5}|[a-z]+)"
_PATTERNS: Final[Mapping[Kind, tuple[re.Pattern[str], str]]] = {
    Kind.WHOLE: (re.compile(r"\d{1,10}"), "a whole number"),
    Kind.PRODUCT: (re.compile(r"[a-z0-9_.+-]+:[a-z0-9_.+!~/-]+"), "vendor:product"),
    Kind.BUILD: (re.compile(r"\d+\.\d+\.\d+"), "a build such as 6.1.7601"),
    Kind.CVE: (re.compile(_CVE), "CVE-year-number"),
    Kind.CVES: (re.compile(rf"{_CVE}(?: {_CVE})*"), "CVE ids, blanks between"),
    Kind.PORTS: (re.compile(rf"{_PORT}(?: {_PORT})*"), "ports such as tcp/445, blanks between"),
    Kind.HEX: (re.compile(r"[0-9a-f]{1,9}"), "lower-case hex digits"),
    Kind.OID: (re.compile(r"\d+(?:\.\d+)*"), "numbers with dots between"),
}
