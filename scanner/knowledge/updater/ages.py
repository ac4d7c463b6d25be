"""How old each source is, beside the age that it may have: for `kb status`."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from msgspec import Struct

from scanner.errors import DataError
from scanner.knowledge import installed
from scanner.knowledge.installed import Installed
from scanner.knowledge.tables import TABLES
from scanner.model import freshness
from scanner.model.knowledge import DataSource


class Row(Struct, frozen=True, kw_only=True):
    """One table of the base in use."""

    table: str
    rows: int
    dated: date
    age: int
    """Days."""
    limit: int | None
    """Days after which verdicts that lean on it drop a grade; None when it does not grow old."""
    why: str
    """Why that limit."""
    old: bool
    source: str
    licence: str
    fetched: date | None
    """When an update last asked for it; None for what came with the program."""


def rows(sources: Sequence[DataSource], chosen: Installed | None, today: date) -> tuple[Row, ...]:
    """Every table, the oldest in comparison with its limit first."""
    states = chosen.manifest.feeds if chosen else {}
    found = []
    for one in sources:
        limit = freshness.limit(one.name)
        feed = TABLES[one.name].feed if one.name in TABLES else None
        state = states.get(feed or "")
        found.append(
            Row(
                table=one.name,
                rows=one.rows,
                dated=one.dated,
                age=(today - one.dated).days,
                limit=limit.days if limit else None,
                why=limit.why if limit else "",
                old=freshness.over(one, today),
                source=one.source,
                licence=one.licence,
                fetched=state.fetched.date() if state else None,
            )
        )
    return tuple(sorted(found, key=lambda row: (-row.age / row.limit if row.limit else 0.0, row.table)))


def lines(found: Sequence[Row]) -> Iterator[str]:
    """The rows for people."""
    for row in found:
        may = f"of {row.limit:>3}" if row.limit else "no limit"
        yield (
            f"{row.dated}  {row.age:>4} days {may:<8} {'OLD' if row.old else '   '} {row.rows:>7,} rows  "
            f"{row.table}: {row.source} ({row.licence})"
        )


def notices(chosen: Installed | None) -> tuple[str, ...]:
    """What the owners of downloaded data want said."""
    states = chosen.manifest.feeds.values() if chosen else ()
    return tuple(sorted({state.notice for state in states if state.notice}))


def broken(home: Path) -> Iterator[str]:
    """Why bases that stand before the one in use are passed over."""
    for name in installed.listed(home):
        try:
            installed.load(home / name)
        except DataError as error:
            yield str(error)
        else:
            return
