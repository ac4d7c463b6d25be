"""The tables, once, for SQLite and PostgreSQL alike."""

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, PrimaryKeyConstraint, Table, Text

METADATA: Final = MetaData()

_WHOLE: Final = BigInteger().with_variant(Integer, "sqlite")


def _turn() -> Column[int]:
    return Column(
        "turn", _WHOLE, nullable=False, server_default="0", comment="in which writing it was added or widened"
    )


OBSERVATION: Final = Table(
    "observation",
    METADATA,
    Column("engagement", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("value", Text, nullable=False, comment="JSON"),
    Column("address", Text),
    Column("mac", Text),
    Column("port", Text),
    Column("zone", Text),
    Column("vantage", Text),
    Column("first", Text, nullable=False, comment="ISO 8601, UTC, microseconds: text order is time order"),
    Column("last", Text, nullable=False),
    Column("site", Text, comment="whose bundle brought it; null = seen here"),
    _turn(),
    PrimaryKeyConstraint("engagement", "id"),
    Index("observation_address", "engagement", "address"),
    Index("observation_site", "engagement", "site"),
    sqlite_strict=True,
)
"""The log. Rows are only added; a repeat widens first..last and touches nothing else."""

RUN: Final = Table(
    "run",
    METADATA,
    Column("engagement", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("started", Text, nullable=False),
    Column("snapshot", Text, nullable=False, comment="JSON of scanner.model.run.Run"),
    _turn(),
    PrimaryKeyConstraint("engagement", "id"),
    sqlite_strict=True,
)
"""One row a run: all that judgement needs beside log, knowledge and `now`."""

PLACE: Final = Table(
    "place",
    METADATA,
    Column("engagement", Text, nullable=False),
    Column("run", Text, nullable=False),
    Column("ask", Text, nullable=False),
    Column("place", _WHOLE, nullable=False),
    PrimaryKeyConstraint("engagement", "run", "ask"),
    sqlite_strict=True,
)
"""How far each ask of a run has come; the only rows that are overwritten, since only the last of each counts."""

PRESENCE: Final = Table(
    "presence",
    METADATA,
    Column("engagement", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("address", Text, nullable=False, comment="empty = not known; so are mac, zone and site"),
    Column("mac", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("month", Text, nullable=False, comment="2026-11"),
    Column("site", Text, nullable=False),
    Column("days", _WHOLE, nullable=False, comment="bit 0 = the first"),
    _turn(),
    PrimaryKeyConstraint("engagement", "source", "address", "mac", "zone", "month", "site"),
    sqlite_strict=True,
)
"""One bit a day for what was seen, since an observation's interval hides the days in between; bits are only added."""

BUNDLE: Final = Table(
    "bundle",
    METADATA,
    Column("engagement", Text, nullable=False),
    Column("digest", Text, nullable=False, comment="SHA-256 of its signed head: one bundle is taken once"),
    Column("site", Text, nullable=False, comment="the name under which its rows stand here"),
    Column(
        "identity", Text, nullable=False, comment="which site that is: two sites of one name are told apart"
    ),
    Column("taken", Text, nullable=False),
    Column("head", Text, nullable=False, comment="JSON of its head, and who signed it"),
    PrimaryKeyConstraint("engagement", "digest"),
    sqlite_strict=True,
)
"""Which bundles of other sites were taken in, from whom and when."""

TURN: Final = Table(
    "turn",
    METADATA,
    Column("engagement", Text, nullable=False),
    Column("last", _WHOLE, nullable=False),
    PrimaryKeyConstraint("engagement"),
    sqlite_strict=True,
)
"""The last turn of each engagement: `scanner.store.turns`."""

RECEIVER: Final = Table(
    "receiver",
    METADATA,
    Column("engagement", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("turn", _WHOLE, nullable=False, comment="everything up to it was in a bundle for the receiver"),
    Column("digest", Text, nullable=False, comment="the last bundle made for it"),
    Column("before", _WHOLE, nullable=False, comment="the turn after which that bundle began"),
    Column("follows", Text, comment="the bundle before that one; null = none"),
    Column("written", Text, nullable=False),
    PrimaryKeyConstraint("engagement", "name"),
    sqlite_strict=True,
)
"""How far what was exported for each receiver reaches."""
