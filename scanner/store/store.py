"""The append-only log and the run snapshots of one engagement, in SQLite or PostgreSQL by the same code."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from operator import itemgetter
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import msgspec
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from scanner.errors import StoreError
from scanner.model.observation import Observation
from scanner.model.presence import Presence, is_sighting, sort_of
from scanner.model.run import Run
from scanner.store import bulk, turns
from scanner.store.engine import connect, secrets
from scanner.store.faults import reason
from scanner.store.rows import cells, merged, observation, presence, text
from scanner.store.schema import BUNDLE, METADATA, OBSERVATION, PLACE, PRESENCE, RUN

BATCH: Final = 500
"""Observations written in one transaction: what a killed process can lose is less than one batch of one second."""

BULK: Final = 5000
"""The same on a server, to which each batch is a journey; the keeper hands over once a second, so nothing more is lost."""

_STEPPING: Final = 0x7374616C65
"""The lock of a schema step on a server: any number that no other program takes ("stale" in ASCII)."""

_WIDENED: Final = {
    "observation": {
        "turn": "CASE WHEN excluded.first < observation.first OR excluded.last > observation.last THEN excluded.turn ELSE observation.turn END",
    }
    | {
        column: f"CASE WHEN excluded.{column} {sign} observation.{column} THEN excluded.{column} ELSE observation.{column} END"
        for column, sign in (("first", "<"), ("last", ">"))
    },
    "presence": {
        "turn": "CASE WHEN (presence.days | excluded.days) <> presence.days THEN excluded.turn ELSE presence.turn END",
        "days": "presence.days | excluded.days",
    },
    "run": {"snapshot": "excluded.snapshot", "turn": "excluded.turn"},
    "bundle": {"head": "excluded.head"},
}
"""What a repeat does to the row that is there: the same words for both engines, by INSERT or by COPY."""

_MIGRATIONS: Final = Path(__file__).parent / "migrations"


Put = Callable[[str, bulk.Rows], None]
Guard = tuple[str, Mapping[str, str | int]]
"""What decides, within the transaction that writes, whether it writes: a statement, and its values, that changes a row."""


class Store:
    """The log of one engagement. Times go in and come out in UTC; nothing is interpreted here."""

    def __init__(self, engine: sa.Engine, engagement: str, name: str) -> None:
        self._engine, self._engagement, self.name = engine, engagement, name
        """`name` is for people: a path, or a URL without its password."""

    def __enter__(self) -> Self:
        """Use as a context: closed at the end."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        """Close, whatever happened."""
        self.close()

    def append(self, observations: Iterable[Observation]) -> int:
        """Add observations; a repeat of a known one only widens its interval. Give how many were handed in.

        Raise StoreError when the database cannot take them; batches written before stay written.
        """
        pending, count = iter(observations), 0
        most = BATCH if self._engine.dialect.name == "sqlite" else BULK
        while batch := list(islice(pending, most)):
            rows = merged(self._row(seen) for seen in batch)
            days = self._days(batch)
            with self._transaction() as connection:
                turn = self._turn(connection, own=any(seen.site is None for seen in batch))
                self._put(connection, OBSERVATION, [{**row, **turn} for row in rows])
                self._put(connection, PRESENCE, [{**row, **turn} for row in days])
            count += len(batch)
        return count

    def _turn(self, connection: sa.Connection, *, own: bool) -> Mapping[str, int]:
        """The cell that says in which writing a row came in."""
        return {"turn": turns.take(connection, self._engagement) if own else turns.FOREIGN}

    def _put(self, connection: sa.Connection, table: sa.Table, rows: bulk.Rows) -> None:
        """Write rows; repeats widen what is there."""
        if bulk.worth(connection, rows):
            bulk.copy(connection, table, rows, _WIDENED[table.name])
        elif rows:
            # by the key: two writers of the same rows wait for each other, and never crosswise
            key = itemgetter(*(column.name for column in table.primary_key))
            ordered = sorted(rows, key=lambda row: tuple(map(str, key(row))))
            bulk.write(connection, self._upsert(table), ordered)

    @contextmanager
    def joining(self) -> Iterator[Put]:
        """Many rows of another site that become part of this engagement all together, or not at all.

        It gives the function that takes them: a table's name, and rows with every column but `engagement`.
        """
        with self._transaction() as connection:
            if connection.dialect.name == "sqlite":
                # rows come in no order of the key: with the usual 2 MB each would turn pages of the file over
                connection.exec_driver_sql("PRAGMA cache_size=-65536")
            yield lambda name, rows: self._put(
                connection, (table := METADATA.tables[name]),
                [{**self._joined(table), **row} for row in rows],
            )  # fmt: skip

    def _joined(self, table: sa.Table) -> Mapping[str, str | int]:
        """The cells of a row of another site that are ours to fill in."""
        own = {"engagement": self._engagement}
        return own | {"turn": turns.FOREIGN} if "turn" in table.c else own

    def bundles(self) -> tuple[Mapping[str, str], ...]:
        """Every bundle that was taken in, oldest first: digest, site, identity, taken and head."""
        query = sa.select(BUNDLE).where(BUNDLE.c.engagement == self._engagement)
        with self._transaction() as connection:
            rows = [dict(row) for row in connection.execute(query).mappings()]
        return tuple(sorted(rows, key=lambda row: (row["taken"], row["digest"])))

    def log(self, *, everywhere: bool = False, after: int = turns.NONE) -> Iterator[Observation]:
        """Every observation made here, or `everywhere`: of other sites too. The order depends on the content only.

        `after` leaves out what came in up to that turn, and was not widened since. What is sent must never rest on another site's rows: its 10.0.0.5 is not ours.
        """
        query = (
            sa.select(OBSERVATION)
            .where(OBSERVATION.c.engagement == self._engagement, OBSERVATION.c.turn > after)
            .where(sa.true() if everywhere else OBSERVATION.c.site.is_(None))
            .order_by(OBSERVATION.c.id)
        )
        with self._transaction() as connection:
            # a server hands them over in parts: a log need not fit into memory twice
            for row in connection.execute(query, execution_options={"stream_results": True}).mappings():
                yield observation(row)

    def presence(self, *, everywhere: bool = False, after: int = turns.NONE) -> Iterator[Presence]:
        """The days on which each address was seen here (or `everywhere`), month by month, in an order of their own.

        `after` leaves out months of which nothing came in since that turn.
        """
        key = (
            self._plain(PRESENCE.c[name]) for name in ("source", "address", "mac", "zone", "month", "site")
        )
        where = sa.true() if everywhere else PRESENCE.c.site == ""
        query = (
            sa.select(PRESENCE)
            .where(PRESENCE.c.engagement == self._engagement, PRESENCE.c.turn > after, where)
            .order_by(*key)
        )
        with self._transaction() as connection:
            for row in connection.execute(query).mappings():
                yield presence(row)

    @contextmanager
    def reading(self) -> Iterator[tuple[sa.Connection, str]]:
        """A transaction to read in, and the engagement whose rows may be: for `scanner.store` itself."""
        with self._transaction() as connection:
            yield connection, self._engagement

    def save(self, run: Run, guard: Guard | None = None) -> bool:
        """Write a run snapshot, or its end over its start; give whether the guard, if there is one, let it be written."""
        row = {
            "engagement": self._engagement,
            "id": run.id,
            "started": text(run.started),
            "snapshot": msgspec.json.encode(run).decode(),
        }
        with self._transaction() as connection:
            if guard is not None and not connection.execute(sa.text(guard[0]), guard[1]).rowcount:
                return False
            self._put(connection, RUN, [{**row, **self._turn(connection, own=run.site is None)}])
        return True

    def runs(self, *, everywhere: bool = False, after: int = turns.NONE) -> tuple[Run, ...]:
        """Every run made here, or `everywhere`, oldest first; `after` leaves out what was written up to that turn."""
        query = (
            sa.select(RUN.c.snapshot)
            .where(RUN.c.engagement == self._engagement, RUN.c.turn > after)
            .order_by(RUN.c.started, RUN.c.id)
        )
        with self._transaction() as connection:
            made = [msgspec.json.decode(text, type=Run) for text in connection.scalars(query)]
        return tuple(run for run in made if everywhere or run.site is None)

    def turn(self) -> int:
        """The last turn: everything that came in up to it can be read now."""
        with self._transaction() as connection:
            return turns.last(connection, self._engagement)

    def receiver(self, name: str) -> turns.Receiver | None:
        """How far what was exported for somebody reaches; None where nothing was."""
        with self._transaction() as connection:
            return turns.receiver(connection, self._engagement, name)

    def exported(self, to: turns.Receiver) -> None:
        """Keep how far what was exported for somebody reaches."""
        with self._transaction() as connection:
            turns.note(connection, self._engagement, to)

    def mark(self, run: str, places: Mapping[str, int]) -> None:
        """Keep how far the asks of a run have come, by the name of each."""
        rows = [
            {"engagement": self._engagement, "run": run, "ask": ask, "place": place}
            for ask, place in places.items()
        ]
        insert = self._insert(PLACE)
        keep = insert.on_conflict_do_update(
            index_elements=["engagement", "run", "ask"], set_={"place": insert.excluded.place}
        )
        if rows:
            with self._transaction() as connection:
                connection.execute(keep, rows)

    def places(self, run: str) -> dict[str, int]:
        """How far the asks of a run have come."""
        query = sa.select(PLACE.c.ask, PLACE.c.place).where(
            PLACE.c.engagement == self._engagement, PLACE.c.run == run
        )
        with self._transaction() as connection:
            return {row.ask: row.place for row in connection.execute(query)}

    def counts(self) -> Mapping[str, int]:
        """How many rows the engagement has in each table, by the table's name."""
        with self._transaction() as connection:
            return {
                table.name: connection.scalar(
                    sa.select(sa.func.count())
                    .select_from(table)
                    .where(table.c.engagement == self._engagement)
                )
                or 0
                for table in (OBSERVATION, RUN, PRESENCE)
            }

    def coarsen(self, before: datetime) -> int:
        """Leave of every time before `before` the day only (UTC), for good; give how many observations changed.

        What was seen stays, and so does the one bit a day of presence; hours are the rhythm of people.
        """
        limit, midnight = text(before), "T00:00:00.000000+00:00"
        changed = 0
        with self._transaction() as connection:
            for column in (OBSERVATION.c.first, OBSERVATION.c.last):
                fine = (
                    (OBSERVATION.c.engagement == self._engagement)
                    & (column < limit)
                    & ~column.endswith(midnight)
                )
                coarse = sa.func.substr(column, 1, 10).concat(midnight)
                changed += connection.execute(
                    sa.update(OBSERVATION).where(fine).values({column: coarse})
                ).rowcount
        return changed

    def compact(self) -> None:
        """Give back the room of what was overwritten."""
        try:
            with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                for statement in self._compacting():
                    connection.exec_driver_sql(statement)
        except (DBAPIError, OSError) as error:
            raise self._fault(error) from error

    def size(self) -> int:
        """Bytes: of the file's pages, or of the tables and their indexes on a server."""
        sqlite_only = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
        names = ", ".join(f"('{table.name}')" for table in METADATA.sorted_tables)
        server = f"SELECT sum(pg_total_relation_size(name::regclass)) FROM (VALUES {names}) AS own(name)"  # noqa: S608 - our own names
        with self._transaction() as connection:
            query = sqlite_only if self._engine.dialect.name == "sqlite" else server
            return int(connection.exec_driver_sql(query).scalar_one())

    def _compacting(self) -> tuple[str, ...]:
        """What gives room back; on a server only our own tables are touched, and others may go on meanwhile."""
        if self._engine.dialect.name == "sqlite":
            return ("VACUUM",)
        return tuple(f"VACUUM (ANALYZE) {table.name}" for table in METADATA.sorted_tables)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    @contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        # the driver's own errors too: COPY does not pass through SQLAlchemy
        except (DBAPIError, self._engine.dialect.loaded_dbapi.Error, OSError) as error:
            raise self._fault(error) from error

    def _fault(self, error: BaseException) -> StoreError:
        return StoreError(f"{self.name}: {reason(error, secrets(self._engine.url))}")

    def _plain(self, column: sa.Column[str]) -> sa.ColumnElement[str]:
        """A text by its code points, as SQLite orders it: a server may order as its country does."""
        return column if self._engine.dialect.name == "sqlite" else sa.collate(column, "C")

    def _insert(self, table: sa.Table) -> postgresql.Insert | sqlite.Insert:
        return postgresql.insert(table) if self._engine.dialect.name == "postgresql" else sqlite.insert(table)

    def _upsert(self, table: sa.Table) -> postgresql.Insert | sqlite.Insert:
        return self._insert(table).on_conflict_do_update(
            index_elements=[column.name for column in table.primary_key],
            set_={column: sa.text(value) for column, value in _WIDENED[table.name].items()},
        )

    def _days(self, batch: Iterable[Observation]) -> list[dict[str, str | int]]:
        """The first and the last day of each sighting, as bits by month; what lies between came in other batches."""
        months: dict[tuple[str, ...], int] = defaultdict(int)
        for seen in filter(is_sighting, batch):
            for moment in {seen.first, seen.last}:
                at = moment.astimezone(UTC)
                key = (
                    sort_of(seen.source),
                    seen.address or "",
                    seen.mac or "",
                    seen.zone or "",
                    f"{at:%Y-%m}",
                    seen.site or "",
                )
                months[key] |= 1 << at.day - 1
        names = ("source", "address", "mac", "zone", "month", "site")
        return [
            {"engagement": self._engagement, **dict(zip(names, key, strict=True)), "days": days}
            for key, days in months.items()
        ]

    def _row(self, seen: Observation) -> dict[str, str | None]:
        return {"engagement": self._engagement, **cells(seen)}


def open_store(where: Path | str, engagement: str) -> Store:
    """Open or make the database of one engagement: a path for SQLite, or a database URL.

    Raise StoreError when it is another engagement's, is no database, or is newer than this program.
    """
    engine, name = connect(where)
    store = Store(engine, engagement, name)
    try:
        with store._transaction() as connection:  # noqa: SLF001 - its own maker
            _migrate(connection, name)
            _refuse_strangers(connection, engagement, name)
    except StoreError:
        engine.dispose()
        raise
    return store


def _migrate(connection: sa.Connection, name: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    steps = ScriptDirectory.from_config(config)
    known = {step.revision for step in steps.walk_revisions()}
    now = _revision(connection)
    if now != steps.get_current_head() and connection.dialect.name == "postgresql":
        # one of several programs that open it at the same moment makes the step; the others wait, and look again
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_STEPPING})")
        now = _revision(connection)
    if now is not None and now not in known:
        raise StoreError(f"{name} was written by a newer stalehost (schema {now}); update this program")
    if now != steps.get_current_head():
        command.upgrade(config, "head")


def _revision(connection: sa.Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _refuse_strangers(connection: sa.Connection, engagement: str, name: str) -> None:
    """One file is one engagement's, so that no customer's facts reach another's report."""
    others = sa.select(RUN.c.engagement).where(RUN.c.engagement != engagement).limit(1)
    if connection.dialect.name == "sqlite" and connection.scalar(others):
        raise StoreError(f"{name} holds another engagement; keep one database for each")
