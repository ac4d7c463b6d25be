"""In which order the log took rows in, so that an export knows what came since the last one.

Each writing of rows of our own takes the next number, the turn, and marks with it what it adds or widens. The number's
row stays locked until the writing ends, so turns end in their order: whoever reads that the last is 7 misses nothing
of 1 to 7. Rows of other sites bear turn 0: they are exported where they were seen.
"""

from datetime import datetime
from typing import Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.dialects import postgresql, sqlite

from scanner.store.rows import text
from scanner.store.schema import RECEIVER, TURN

FOREIGN: Final = 0
"""The turn of rows that other sites brought, and of rows from before there were turns."""
NONE: Final = -1
"""Before every turn."""


class Receiver(Struct, frozen=True, kw_only=True):
    """Who gets bundles, and how far what was exported for it reaches."""

    name: str
    turn: int
    """Everything up to this turn was in a bundle for it."""
    digest: str
    """The last bundle that was made for it."""
    before: int
    """Where that bundle began; it is made again from here, should it be lost."""
    follows: str | None
    """The bundle before that one; None = it was the first."""
    written: datetime


def take(connection: sa.Connection, engagement: str) -> int:
    """The next turn; whoever else wants one waits until this transaction has ended."""
    made = postgresql if connection.dialect.name == "postgresql" else sqlite
    insert = made.insert(TURN).values(engagement=engagement, last=1)
    more = insert.on_conflict_do_update(index_elements=["engagement"], set_={"last": TURN.c.last + 1})
    return int(connection.execute(more.returning(TURN.c.last)).scalar_one())


def last(connection: sa.Connection, engagement: str) -> int:
    """The last turn that has ended; rows up to it are all there to be read."""
    return connection.scalar(sa.select(TURN.c.last).where(TURN.c.engagement == engagement)) or FOREIGN


def receiver(connection: sa.Connection, engagement: str, name: str) -> Receiver | None:
    """How far the exports for somebody reach; None where there was none."""
    query = sa.select(RECEIVER).where(RECEIVER.c.engagement == engagement, RECEIVER.c.name == name)
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        return None
    told = {key: value for key, value in row.items() if key != "engagement"}
    return Receiver(**{**told, "written": datetime.fromisoformat(row["written"])})


def note(connection: sa.Connection, engagement: str, of: Receiver) -> None:
    """Keep how far the exports for somebody reach, over what was kept before."""
    row = {
        "engagement": engagement, "name": of.name, "turn": of.turn, "digest": of.digest, "before": of.before,
        "follows": of.follows, "written": text(of.written),
    }  # fmt: skip
    made = postgresql if connection.dialect.name == "postgresql" else sqlite
    insert = made.insert(RECEIVER).values(row)
    connection.execute(
        insert.on_conflict_do_update(
            index_elements=["engagement", "name"],
            set_={key: insert.excluded[key] for key in row if key not in {"engagement", "name"}},
        )
    )
