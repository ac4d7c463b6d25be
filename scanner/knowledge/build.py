"""Builds kb.sqlite out of facts/*.csv: the same code for the wheel's build hook and an editable install's first use.

Standard library only: the build hook runs where nothing else is installed.
"""

import contextlib
import csv
import hashlib
import os
import re
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Final

from scanner.errors import DataError
from scanner.knowledge.versions import key

Row = tuple[str | int | float | bytes | None, ...]
Cells = Mapping[str, str]

FORMAT: Final = 2
"""Raised when a table's shape changes, so that no program opens a base of another shape."""

CONFIDENCES: Final = ("high", "medium", "low", "unverified")


def facts_hash(facts: Path) -> str:
    """Name the content of a facts folder: sixteen hex digits over every table, its name and the format."""
    digest = hashlib.sha256(str(FORMAT).encode())
    for table in sorted(facts.glob("*.csv")):
        digest.update(b"\0" + table.name.encode() + b"\0")
        digest.update(table.read_bytes())
    return digest.hexdigest()[:16]


def build(facts: Path, target: Path) -> None:
    """Write the SQLite file whole or not at all; DataError names table and line of a wrong row."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=target.name, suffix=".part", dir=target.parent)
    os.close(handle)
    part = Path(name)
    try:
        with contextlib.closing(sqlite3.connect(part)) as base:
            fill(base, facts)
        part.chmod(0o644)
        part.replace(target)  # atomic: a second builder's file is the same file
    finally:
        part.unlink(missing_ok=True)


def fill(base: sqlite3.Connection, facts: Path) -> None:
    """Read every table of the folder into an empty database."""
    base.execute("PRAGMA journal_mode=OFF")
    base.execute("PRAGMA synchronous=OFF")  # a half-written file is never renamed into place
    base.executescript(_SCHEMA)
    counts = {}
    for table, (read, places) in _TABLES.items():
        rows = [(where, read(cells)) for where, cells in _cells(facts / f"{table}.csv")]
        counts[table] = len(rows)
        _insert(base, table, rows, places)
    _sources(base, facts, counts)
    _spell(base)
    base.execute("INSERT INTO meta VALUES ('facts', ?), ('format', ?)", (facts_hash(facts), str(FORMAT)))
    base.commit()


def spelling(name: str) -> str:
    """A name as the spelling table holds it: lower-case words and numbers, one blank between."""
    return " ".join(re.findall(r"[a-z0-9]+", name.lower()))


def _insert(base: sqlite3.Connection, table: str, rows: list[tuple[str, Row]], places: int) -> None:
    """Insert all rows; a key that stands twice is a mistake in the table, named by its line."""
    statement = f"INSERT INTO {table} VALUES ({','.join('?' * places)})"  # noqa: S608  our own table names
    for where, row in rows:
        try:
            base.execute(statement, row)
        except sqlite3.IntegrityError as error:
            raise DataError(f"{where}: this key stands twice; keep one row") from error


def _cells(path: Path) -> Iterator[tuple[str, Cells]]:
    """Each row of a table as name -> text, with `file:line` for messages."""
    try:
        with path.open(newline="", encoding="utf-8") as handle:
            reader = csv.DictReader(handle, strict=True)
            for cells in reader:
                where = f"{path}:{reader.line_num}"
                if None in cells or None in cells.values():
                    raise DataError(f"{where}: wants {len(reader.fieldnames or ())} cells")
                yield where, _Row(where, cells)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: {error}") from error


class _Row(dict[str, str]):
    """A row that knows its place, so that a missing column or a wrong cell is named by file and line."""

    def __init__(self, where: str, cells: Cells) -> None:
        super().__init__(cells)
        self.where = where

    def __missing__(self, name: str) -> str:
        raise DataError(f"{self.where}: no column {name!r}")


def _wrong(cells: Cells, name: str, want: str) -> DataError:
    where = cells.where if isinstance(cells, _Row) else "row"
    return DataError(f"{where}: {name} is {cells[name]!r}, want {want}")


def _need(cells: Cells, name: str) -> str:
    if not cells[name].strip():
        raise _wrong(cells, name, "some text")
    return cells[name]


def _day(cells: Cells, name: str) -> str:
    try:
        return date.fromisoformat(cells[name]).isoformat()
    except ValueError as error:
        raise _wrong(cells, name, "a date such as 2020-01-14") from error


def _day_or_none(cells: Cells, name: str) -> str | None:
    return _day(cells, name) if cells[name] else None


def _flag(cells: Cells, name: str) -> int:
    if cells[name] not in {"yes", "no"}:
        raise _wrong(cells, name, "yes or no")
    return int(cells[name] == "yes")


def _confidence(cells: Cells) -> str:
    if cells["confidence"] not in CONFIDENCES:
        raise _wrong(cells, "confidence", " | ".join(CONFIDENCES))
    return cells["confidence"]


def _product(cells: Cells) -> str:
    if not re.fullmatch(r"[a-z0-9_.+-]+:[a-z0-9_.+!~-]+", cells["product"]):
        raise _wrong(cells, "product", "vendor:product")
    return cells["product"]


def _number(cells: Cells, name: str, most: float) -> float:
    try:
        value = float(cells[name])
    except ValueError as error:
        raise _wrong(cells, name, "a number") from error
    if not 0 <= value <= most:
        raise _wrong(cells, name, f"0 to {most:g}")
    return value


def _life(cells: Cells) -> Row:
    """The cells that a branch and a Windows edition share; an end before the release is a typing mistake."""
    released, ends = _day_or_none(cells, "released"), _day_or_none(cells, "ends")
    if released and ends and ends < released:
        raise _wrong(cells, "ends", f"no day before the release ({released})")
    opened = _flag(cells, "open_ended")
    if ends and opened:
        raise _wrong(cells, "open_ended", "no, since an end is named")
    _day(cells, "looked_up")
    return (_need(cells, "label"), released, ends, opened, _need(cells, "source"), _confidence(cells))


def _branch(cells: Cells) -> Row:
    head = (_product(cells), _need(cells, "branch"), _need(cells, "edition"), cells["aliases"].lower(), "")
    return head + _life(cells)


def _windows(cells: Cells) -> Row:
    if not re.fullmatch(r"\d+\.\d+\.\d+", cells["build"]):
        raise _wrong(cells, "build", "a build such as 6.1.7601")
    head = (_product(cells), _need(cells, "branch"), _need(cells, "edition"), "", cells["build"])
    return head + _life(cells)


def _release(cells: Cells) -> Row:
    version = _need(cells, "version")
    confidence = "high" if cells["kind"] in {"maker", "maker-tag"} else "medium"
    return (_product(cells), version, key(version), _day(cells, "day"), _need(cells, "source"), confidence)


def _revision(cells: Cells) -> Row:
    return (_need(cells, "package"), _need(cells, "revision"), _day(cells, "day"), _need(cells, "source"))


def _exchange(cells: Cells) -> Row:
    version = _need(cells, "build")
    return (
        "microsoft:exchange_server",
        version,
        key(version),
        _day(cells, "day"),
        _need(cells, "source"),
        "high",
    )


def _exposure(cells: Cells) -> Row:
    tier = int(_number(cells, "tier", 3))
    present, success = _number(cells, "present", 1), _number(cells, "success", 1)
    for port in cells["ports"].split():
        if not re.fullmatch(r"(tcp|udp)/\d{1,5}", port):
            raise _wrong(cells, "ports", "ports such as tcp/445, blanks between")
    _day(cells, "looked_up")
    head = (
        _need(cells, "id"),
        _need(cells, "name"),
        _need(cells, "gate"),
        tier,
        cells["cves"],
        cells["ports"],
    )
    mid = (_day_or_none(cells, "fixed"), _flag(cells, "in_kev"), cells["malware"], present, success)
    tail = (
        cells["never_do"],
        cells["pitfalls"],
        _need(cells, "remedy"),
        _need(cells, "source"),
        _confidence(cells),
    )
    return head + mid + tail


def _oui(cells: Cells) -> Row:
    bits = cells["bits"]
    if bits not in {"24", "28", "36"} or not re.fullmatch(r"[0-9a-f]+", cells["prefix"]):
        raise _wrong(cells, "prefix", "24, 28 or 36 bits and lower-case hex digits")
    return (int(bits), int(cells["prefix"], 16), _need(cells, "vendor"))


def _dicom(cells: Cells) -> Row:
    _confidence(cells)
    return (_need(cells, "prefix"), _need(cells, "maker"))


def _name(cells: Cells) -> Row:
    if cells["name"] != spelling(cells["name"]):
        raise _wrong(cells, "name", f"{spelling(cells['name'])!r}")
    _need(cells, "source")
    return (cells["name"], _product(cells), 0)


_TABLES: Final[Mapping[str, tuple[Callable[[Cells], Row], int]]] = {
    "branches": (_branch, 11),
    "windows_builds": (_windows, 11),
    "releases": (_release, 6),
    "exchange_builds": (_exchange, 6),
    "debian_revisions": (_revision, 4),
    "exposures": (_exposure, 16),
    "oui": (_oui, 3),
    "dicom_roots": (_dicom, 2),
    "names": (_name, 3),
}

_LIFE: Final = """(product TEXT NOT NULL, branch TEXT NOT NULL, edition TEXT NOT NULL, aliases TEXT NOT NULL,
    build TEXT NOT NULL, label TEXT NOT NULL, released TEXT, ends TEXT, open_ended INT NOT NULL, source TEXT NOT NULL,
    confidence TEXT NOT NULL, PRIMARY KEY (product, branch, edition, build)) WITHOUT ROWID"""
_RELEASES: Final = """(product TEXT NOT NULL, version TEXT NOT NULL, vkey BLOB NOT NULL, day TEXT NOT NULL,
    source TEXT NOT NULL, confidence TEXT NOT NULL, PRIMARY KEY (product, version)) WITHOUT ROWID"""
_SCHEMA: Final = f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE branches {_LIFE};
CREATE TABLE windows_builds {_LIFE};
CREATE INDEX windows_by_build ON windows_builds (build);
CREATE TABLE releases {_RELEASES};
CREATE TABLE exchange_builds {_RELEASES};
CREATE TABLE debian_revisions (package TEXT NOT NULL, revision TEXT NOT NULL, day TEXT NOT NULL, source TEXT NOT NULL,
    PRIMARY KEY (package, revision)) WITHOUT ROWID;
CREATE TABLE exposures (id TEXT PRIMARY KEY, name TEXT NOT NULL, gate TEXT NOT NULL, tier INT NOT NULL,
    cves TEXT NOT NULL, ports TEXT NOT NULL, fixed TEXT, in_kev INT NOT NULL, malware TEXT NOT NULL, present REAL NOT NULL,
    success REAL NOT NULL, never_do TEXT NOT NULL, pitfalls TEXT NOT NULL, remedy TEXT NOT NULL, source TEXT NOT NULL,
    confidence TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE oui (bits INT NOT NULL, prefix INT NOT NULL, vendor TEXT NOT NULL, PRIMARY KEY (bits, prefix)) WITHOUT ROWID;
CREATE TABLE dicom_roots (prefix TEXT PRIMARY KEY, maker TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE names (name TEXT PRIMARY KEY, product TEXT NOT NULL, short INT NOT NULL) WITHOUT ROWID;
CREATE TABLE sources (name TEXT PRIMARY KEY, n INT NOT NULL, dated TEXT NOT NULL, source TEXT NOT NULL,
    licence TEXT NOT NULL) WITHOUT ROWID;
"""


def _sources(base: sqlite3.Connection, facts: Path, counts: Mapping[str, int]) -> None:
    """Say where each table is from; a table without a line here does not ship."""
    path = facts / "sources.csv"
    rows = {cells["table"]: cells for _, cells in _cells(path)}
    if missing := set(counts) - set(rows):
        raise DataError(f"{path}: no source for {', '.join(sorted(missing))}")
    for name in sorted(counts):
        cells = rows[name]
        row = (name, counts[name], _day(cells, "dated"), _need(cells, "source"), _need(cells, "licence"))
        base.execute("INSERT INTO sources VALUES (?, ?, ?, ?, ?)", row)


def _spell(base: sqlite3.Connection) -> None:
    """Add the spellings that follow from the CPE names themselves; the hand-kept ones come first.

    A product's name without its vendor is marked short: it is too weak where a device names another vendor.
    """
    union = "SELECT product FROM branches UNION SELECT product FROM windows_builds UNION SELECT product FROM releases"
    products = [row[0] for row in base.execute(union + " ORDER BY 1")]
    for product in products:
        base.execute("INSERT OR IGNORE INTO names VALUES (?, ?, 0)", (spelling(product), product))
    short: dict[str, list[str]] = {}
    for product in products:
        short.setdefault(spelling(product.partition(":")[2]), []).append(product)
    alone = [(name, owners[0]) for name, owners in short.items() if len(owners) == 1]
    base.executemany("INSERT OR IGNORE INTO names VALUES (?, ?, 1)", alone)
