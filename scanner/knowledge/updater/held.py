"""What readers of feeds may ask: the base that they add to, and the feeds read before them in the same run."""

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Final

from scanner.knowledge.base import open_base
from scanner.knowledge.updater.feed import Row

_NAMING: Final = {
    "kev": "cve",
    "affected": "cve",
    "exposures": "cves",
    "fixes": "cves",
    "ubuntu_fixes": "cves",
    "advisories": "cves",
}
"""Tables that name CVEs, and the column that does."""


class Facts:
    """Answers out of a built base; `add` makes what was just read part of them."""

    def __init__(self, path: Path) -> None:
        self._base = open_base(path)
        self._rows = sqlite3.connect(_address(path), uri=True)
        self._rows.row_factory = sqlite3.Row
        self._more: set[str] = set()

    def close(self) -> None:
        """Let go of the file."""
        self._rows.close()

    def add(self, tables: Mapping[str, Iterable[Row]]) -> None:
        """Count the CVEs that these rows name as held."""
        for table, rows in tables.items():
            if column := _NAMING.get(table):
                for row in rows:
                    self._more.update(row[column].split())

    def cves(self) -> frozenset[str]:
        """Every CVE that a table names, or that a feed read before named."""
        return self._named | self._more

    def product(self, name: str, vendor: str | None = None) -> str | None:
        """The `vendor:product` behind a CPE 2.3 name or a spelling for people."""
        return self._base.product(name, vendor)

    def branches(self, product: str) -> Sequence[Row]:
        """The rows of branches.csv for a product."""
        found = self._rows.execute("SELECT * FROM branches WHERE product = ?", (product,))
        return [_cells(row) for row in found]

    def lives(self, product: str, branch: str) -> Sequence[tuple[str, Row]]:
        """Table and row of each edition of a product's branch."""
        return [*self._lives("branches", product, branch), *self._lives("windows_builds", product, branch)]

    def windows(self, build: str) -> Sequence[tuple[str, Row]]:
        """Table and row of each edition of a Windows build."""
        found = self._rows.execute("SELECT * FROM windows_builds WHERE build = ?", (build,))
        return [("windows_builds", _cells(row)) for row in found]

    def _lives(self, table: str, product: str, branch: str) -> Iterator[tuple[str, Row]]:
        query = f"SELECT * FROM {table} WHERE product = ? AND branch = ?"  # noqa: S608  our own table names
        for row in self._rows.execute(query, (product, branch)):
            yield table, _cells(row)

    def released(self, product: str) -> Mapping[str, date]:
        """The day of each version of a product that we have one for."""
        found = self._rows.execute("SELECT version, day FROM releases WHERE product = ?", (product,))
        return {version: date.fromordinal(day) for version, day in found}

    def revision(self, package: str, revision: str) -> str | None:
        """The ISO day that we have for a package's revision; None for one that we do not know."""
        found = self._rows.execute(
            "SELECT min(day) FROM (SELECT day FROM debian_revisions WHERE package = ?1 AND revision = ?2"
            " UNION ALL SELECT day FROM ubuntu_revisions WHERE package = ?1 AND revision = ?2)",
            (package, revision),
        ).fetchone()
        return date.fromordinal(found[0]).isoformat() if found[0] else None

    def series(self, release: str) -> str:
        """The code name of an Ubuntu release; the number itself where we do not know it."""
        found = self._rows.execute(
            "SELECT series FROM distro_releases WHERE distro = 'ubuntu' AND version = ?", (release,)
        ).fetchone()
        return str(found[0]) if found else release

    def packages(self) -> frozenset[str]:
        """The source packages whose revisions we can read off a banner."""
        return frozenset(
            row[0] for row in self._rows.execute("SELECT DISTINCT package FROM debian_revisions")
        )

    def dated(self, table: str) -> date:
        """The day that a table is of."""
        (day,) = self._rows.execute("SELECT dated FROM sources WHERE name = ?", (table,)).fetchone()
        return date.fromordinal(day)

    def source(self, table: str) -> tuple[str, str]:
        """Where the rows of a table are from, and their licence."""
        source, licence = self._rows.execute(
            "SELECT source, licence FROM sources WHERE name = ?", (table,)
        ).fetchone()
        return str(source), str(licence)

    def count(self, table: str) -> int:
        """Rows of a table."""
        (count,) = self._rows.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608  our own table names
        return int(count)

    @cached_property
    def _named(self) -> frozenset[str]:
        found: set[str] = set()
        for table, column in _NAMING.items():
            for (text,) in self._rows.execute(f"SELECT DISTINCT {column} FROM {table}"):  # noqa: S608  our own names
                found.update(text.split())
        return frozenset(found)


def _cells(row: sqlite3.Row) -> Row:
    """A stored row as the CSV has it."""
    return {name: _text(name, row[name]) for name in row.keys()}  # noqa: SIM118  a sqlite3.Row iterates over values


def _address(path: Path) -> str:
    return f"{path.resolve().as_uri()}?mode=ro&immutable=1"


def _text(name: str, value: object) -> str:
    """A stored cell as the CSV has it."""
    if name in {"released", "ends"}:
        return date.fromordinal(value).isoformat() if isinstance(value, int) else ""
    if name == "open_ended":
        return "yes" if value else "no"
    return "" if value is None else str(value)


@contextlib.contextmanager
def facts(path: Path) -> Iterator[Facts]:
    """The answers of a base, for as long as feeds are read."""
    made = Facts(path)
    try:
        yield made
    finally:
        made.close()


@contextlib.contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A built base, to be asked in SQL; nothing can be written."""
    with contextlib.closing(sqlite3.connect(_address(path), uri=True)) as rows:
        yield rows
