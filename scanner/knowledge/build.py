"""Builds kb.sqlite out of fact tables: the same code for the wheel's build hook, an editable install and the updater.

Several folders of the same tables make one base: shipped facts, then what was downloaded, then what only the owner
knows. A later row with the same key wins. Standard library only: the build hook runs where nothing else is installed.
"""

import contextlib
import hashlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from scanner.errors import DataError
from scanner.knowledge.cells import Row, Value, rows, spelling, value, wrong
from scanner.knowledge.order import key
from scanner.knowledge.schemes import PACKAGE, scheme
from scanner.knowledge.tables import TABLES, Column, Kind, Table

FORMAT: Final = 5
"""Raised when a table's shape changes, so that no program opens a base of another shape."""
SOURCES: Final = "sources"
"""`sources.csv`: for each table of a folder where it is from and of which day."""
_TOLD: Final = (Column("dated", Kind.DAY), Column("source"), Column("licence"))


def facts_hash(folders: Sequence[Path]) -> str:
    """Name the content of facts folders, in order: sixteen hex digits over every table, its name and the format."""
    digest = hashlib.sha256(str(FORMAT).encode())
    for folder in folders:
        digest.update(b"\1")
        for table in sorted(folder.glob("*.csv")):
            digest.update(b"\0" + table.name.encode() + b"\0")
            digest.update(table.read_bytes())
    return digest.hexdigest()[:16]


def build(folders: Sequence[Path], target: Path, upon: Path | None = None) -> None:
    """Write the SQLite file whole or not at all; DataError names table and line of a wrong row.

    The first folder holds every table, later ones what they change. With `upon`, a base that was built already (the
    one in a wheel) stands in the first folder's place, and every folder only changes it.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=target.name, suffix=".part", dir=target.parent)
    os.close(handle)
    part = Path(name)
    try:
        if upon is not None:
            shutil.copyfile(upon, part)
        with contextlib.closing(sqlite3.connect(part)) as base:
            fill(base, folders, fresh=upon is None)
        part.chmod(0o644)
        part.replace(target)  # atomic: a second builder's file is the same file
    finally:
        part.unlink(missing_ok=True)


def fill(base: sqlite3.Connection, folders: Sequence[Path], *, fresh: bool = True) -> None:
    """Read the folders' tables into a database: an empty one, or one that holds a base (then not `fresh`)."""
    base.execute("PRAGMA journal_mode=OFF")
    base.execute("PRAGMA synchronous=OFF")  # a half-written file is never renamed into place
    if fresh:
        base.executescript(_schema())
    for at, folder in enumerate(folders):
        first = fresh and at == 0
        for name, table in TABLES.items():
            path = folder / f"{name}.csv"
            if first or path.exists():
                _insert(base, name, table, path, anew=table.whole and not first)
        _sources(base, folder, complete=first)
    _derive(base)
    for name in TABLES:
        base.execute(f"UPDATE {SOURCES} SET n = (SELECT count(*) FROM {name}) WHERE name = ?", (name,))  # noqa: S608  our own table names
    _stamp(base, folders, fresh=fresh)
    base.commit()
    base.execute("VACUUM")


def _schema() -> str:
    made = ["CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID"]
    for name, table in TABLES.items():
        columns = [
            f'"{column.name}" {_SQL.get(column.kind, "TEXT")}{" NOT NULL" if column.need else ""}'
            for column in table.stored
        ]
        if table.ordered:
            columns.append("vkey BLOB NOT NULL")
        whole_key = ", ".join(f'"{part}"' for part in table.key)
        made.append(f"CREATE TABLE {name} ({', '.join(columns)}, PRIMARY KEY ({whole_key})) WITHOUT ROWID")
        made += [
            f"CREATE INDEX {name}_by_{'_'.join(parts)} ON {name} ({', '.join(parts)})"
            for parts in table.indexes
        ]
    made.append(
        "CREATE TABLE spellings (name TEXT PRIMARY KEY, product TEXT NOT NULL, short INTEGER NOT NULL) WITHOUT ROWID"
    )
    made.append(
        f"CREATE TABLE {SOURCES} (name TEXT PRIMARY KEY, n INTEGER NOT NULL, dated INTEGER NOT NULL,"
        " source TEXT NOT NULL, licence TEXT NOT NULL) WITHOUT ROWID"
    )
    return ";\n".join(made)


_SQL: Final = {
    Kind.DAY: "INTEGER",
    Kind.FLAG: "INTEGER",
    Kind.WHOLE: "INTEGER",
    Kind.HEX: "INTEGER",
    Kind.NUMBER: "REAL",
}


def _insert(base: sqlite3.Connection, name: str, table: Table, path: Path, *, anew: bool) -> None:
    """Insert a file's rows; a key that stands twice in one file is a mistake in it, named by its line."""
    if anew:
        base.execute(f"DELETE FROM {name}")  # noqa: S608  our own table names
    places = ",".join("?" * (len(table.stored) + bool(table.ordered)))
    statement = f"INSERT OR REPLACE INTO {name} VALUES ({places})"  # noqa: S608  our own table names
    seen: set[tuple[str, ...]] = set()
    noted: set[tuple[str | None, ...]] = set()
    stored, unstored = table.stored, table.unstored
    for row in rows(path):
        cells = tuple(row[part] for part in table.key)
        if cells in seen:
            raise DataError(f"{row.where}: this key stands twice; keep one row")
        seen.add(cells)
        _check_notes(row, unstored, noted)
        base.execute(statement, _values(row, table, stored))


def _check_notes(row: Row, columns: Sequence[Column], noted: set[tuple[str | None, ...]]) -> None:
    """Check what only reviewers read; sixty thousand rows of one register say the same, which is checked once.

    A table of one's own, or of an older program, may leave it out.
    """
    said = tuple([row.get(column.name) for column in columns])
    if said not in noted:
        noted.add(said)
        for column in columns:
            if column.name in row:
                value(row, column)


def _values(row: Row, table: Table, columns: Sequence[Column]) -> tuple[Value, ...]:
    """The row as it is stored, every cell checked."""
    read = {column.name: value(row, column) for column in columns}
    if "ends" in read and "open_ended" in read:
        _life(row, read)
    stored = list(read.values())
    if table.ordered:
        product, version = (row[part] for part in table.ordered)
        owner = f"{PACKAGE}{product}" if table.ordered[0] == "package" else product
        stored.append(key(version, scheme(owner)))
    return tuple(stored)


def _life(row: Row, read: dict[str, Value]) -> None:
    """An end before the release is a typing mistake, and so is one beside `open_ended`."""
    if row["released"] and row["ends"] and row["ends"] < row["released"]:
        raise wrong(row, "ends", f"no day before the release ({row['released']})")
    if row["ends"] and read["open_ended"]:
        raise wrong(row, "open_ended", "no, since an end is named")


def _sources(base: sqlite3.Connection, folder: Path, *, complete: bool) -> None:
    """Say where each table is from; a shipped table without a line here does not ship.

    A later folder's line takes an earlier one's place; without a line its rows change a table and not its day.
    """
    path = folder / f"{SOURCES}.csv"
    if not complete and not path.exists():
        return
    told = set()
    for row in rows(path):
        if row["table"] not in TABLES:
            raise wrong(row, "table", "a table's name")
        told.add(row["table"])
        cells = (value(row, column) for column in _TOLD)
        base.execute(f"INSERT OR REPLACE INTO {SOURCES} VALUES (?, 0, ?, ?, ?)", (row["table"], *cells))  # noqa: S608  our own table name
    if complete and (missing := TABLES.keys() - told):
        raise DataError(f"{path}: no source for {', '.join(sorted(missing))}")


def _derive(base: sqlite3.Connection) -> None:
    """What follows from the tables: Exchange builds are releases, and products have spellings.

    The hand-kept spellings come first, then those of the CPE names. A product's name without its vendor is marked
    short: it is too weak where a device names another vendor.
    """
    exchange = "microsoft:exchange_server"
    for build_text, day, source in base.execute("SELECT build, day, source FROM exchange_builds").fetchall():
        row = (exchange, build_text, day, "maker", source, key(build_text, scheme(exchange)))
        base.execute("INSERT OR REPLACE INTO releases VALUES (?, ?, ?, ?, ?, ?)", row)
    base.execute("DELETE FROM spellings")
    base.execute("INSERT INTO spellings SELECT name, product, 0 FROM names")
    union = " UNION ".join(
        f"SELECT product FROM {table}"  # noqa: S608  our own table names
        for table in ("branches", "windows_builds", "releases", "affected")
    )
    # `microsoft:windows` holds the ranges of every Windows by build: too wide to be what a name stands for
    products = [row[0] for row in base.execute(union + " ORDER BY 1") if row[0] != "microsoft:windows"]
    for product in products:
        base.execute("INSERT OR IGNORE INTO spellings VALUES (?, ?, 0)", (spelling(product), product))
    short: dict[str, list[str]] = {}
    for product in products:
        short.setdefault(spelling(product.partition(":")[2]), []).append(product)
    alone = [(name, owners[0]) for name, owners in short.items() if len(owners) == 1]
    base.executemany("INSERT OR IGNORE INTO spellings VALUES (?, ?, 1)", alone)


def _stamp(base: sqlite3.Connection, folders: Sequence[Path], *, fresh: bool) -> None:
    """Write the content's hash: of the folders, and of the base that they changed."""
    found = None if fresh else base.execute("SELECT value FROM meta WHERE key = 'facts'").fetchone()
    own = facts_hash(folders)
    whole = own if found is None else hashlib.sha256(f"{found[0]} {own}".encode()).hexdigest()[:16]
    base.execute("INSERT OR REPLACE INTO meta VALUES ('facts', ?), ('format', ?)", (whole, str(FORMAT)))
