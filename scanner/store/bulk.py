"""Many rows at once into PostgreSQL: COPY into a table of the transaction's own, then one statement that joins repeats."""

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Final

import sqlalchemy as sa

Rows = Sequence[Mapping[str, str | int | None]]

_MANY: Final = 50
"""Fewer rows than this are sooner written one by one."""


def worth(connection: sa.Connection, rows: Rows) -> bool:
    """Whether COPY is to be had here, and pays."""
    return connection.dialect.name == "postgresql" and len(rows) >= _MANY


def copy(connection: sa.Connection, table: sa.Table, rows: Rows, widened: Mapping[str, str]) -> None:
    """Write rows that have a value for every column of `table`; repeats become what `widened` says, column by column.

    They go in by the order of the key, so that two writers of the same rows wait for each other, and never crosswise.
    """
    names = [column.name for column in table.columns]
    columns, staged = ", ".join(f'"{name}"' for name in names), f"incoming_{table.name}"
    key = ", ".join(f'"{column.name}"' for column in table.primary_key)
    changes = ", ".join(f'"{name}" = {value}' for name, value in widened.items())
    connection.exec_driver_sql(
        f"CREATE TEMPORARY TABLE IF NOT EXISTS {staged} (LIKE {table.name}) ON COMMIT DELETE ROWS"
    )
    raw = connection.connection.cursor()
    try:
        # psycopg's own: SQLAlchemy has no word for COPY
        with raw.copy(f"COPY {staged} ({columns}) FROM STDIN") as stream:
            for row in rows:
                stream.write_row([row[name] for name in names])
    finally:
        raw.close()
    connection.exec_driver_sql(
        f"INSERT INTO {table.name} ({columns})"  # noqa: S608 - every word is a name of our own schema
        f" SELECT {columns} FROM {staged} ORDER BY {key} ON CONFLICT ({key}) DO UPDATE SET {changes}"
    )
    connection.exec_driver_sql(f"DELETE FROM {staged}")  # noqa: S608 - the same


def write(connection: sa.Connection, statement: sa.Insert, rows: Rows) -> None:
    """Run a statement for rows that have a value for every column; on SQLite without a look at each row on the way."""
    if connection.dialect.name != "sqlite" or len(rows) < _MANY:
        connection.execute(statement, rows)
        return
    compiled = statement.compile(dialect=connection.dialect)
    names = itemgetter(*(compiled.positiontup or ()))
    connection.exec_driver_sql(str(compiled), [names(row) for row in rows])
