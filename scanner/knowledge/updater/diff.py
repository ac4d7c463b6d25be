"""Says what changed between two bases, table by table: what came, what went, what now reads otherwise."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from msgspec import Struct

from scanner.knowledge.tables import TABLES, Kind, Table
from scanner.knowledge.updater.held import reading


class Change(Struct, frozen=True, kw_only=True):
    """One row that is not in both bases alike."""

    table: str
    key: str
    before: str | None
    """What the row said beside its key; None for a row that is new."""
    after: str | None
    """None for a row that is gone."""


def changes(before: Path, after: Path) -> Iterator[Change]:
    """Every row that differs, in the order of the tables and of their keys."""
    for name, table in TABLES.items():
        old, new = _rows(before, name, table), _rows(after, name, table)
        for key in sorted(old.keys() | new.keys()):
            if old.get(key) != new.get(key):
                yield Change(table=name, key=key, before=old.get(key), after=new.get(key))


def _rows(path: Path, name: str, table: Table) -> dict[str, str]:
    """Each row as text, by its key as text."""
    # where a row is from changes with each update, and what it says does not
    stored = [column for column in table.stored if column.name != "source"]
    columns = ", ".join(f'"{column.name}"' for column in stored)
    found: dict[str, str] = {}
    with reading(path) as rows:
        for row in rows.execute(f"SELECT {columns} FROM {name}"):  # noqa: S608  our own names
            cells = {column.name: _text(column.kind, cell) for column, cell in zip(stored, row, strict=True)}
            key = " ".join(filter(None, (cells.pop(part) for part in table.key)))
            found[key] = " ".join(filter(None, cells.values()))
    return found


def _text(kind: Kind, cell: object) -> str:
    match kind, cell:
        case _, None:
            return ""
        case Kind.DAY, int():
            return date.fromordinal(cell).isoformat()
        case Kind.FLAG, _:
            return "yes" if cell else "no"
        case Kind.HEX, int():
            return f"{cell:x}"
        case _:
            return f"{cell:g}" if isinstance(cell, float) else str(cell)
