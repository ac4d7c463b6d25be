"""One site's part of the log at a time: what it holds, and a mark by which one sees whether anything has changed in it.

A log of ten thousand sites does not fit into memory; a site's does.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import sqlalchemy as sa
from msgspec import Struct

from scanner.model.observation import Observation
from scanner.model.presence import Presence
from scanner.store.rows import observation, presence
from scanner.store.schema import OBSERVATION, PRESENCE
from scanner.store.store import Store

_FACTS: Final = {
    OBSERVATION: ("id", "first", "last"),
    PRESENCE: ("source", "address", "mac", "zone", "month", "days"),
}
"""What says of each table that it is another row: an observation's id is its content without its times."""

_Sum = tuple[str, int, int]


class Mark(Struct, frozen=True):
    """What one site has in the log."""

    rows: int
    """Observations."""
    digest: str
    """Differs as soon as a row of the site is there more or less, or bears other times. Compare it only with marks of
    the same kind of database: each adds up in its own way.
    """


def marks(store: Store) -> Mapping[str | None, Mark]:
    """The mark of every site that has rows; None = here. Rows are told apart by sums of hashes, so their order is
    nothing, and a server counts them itself.
    """
    many: dict[str | None, int] = {}
    sums: dict[str | None, list[str]] = {}
    with store.reading() as (connection, engagement):
        for table, facts in _FACTS.items():
            for site, count, total in _summed(connection, table, facts, engagement):
                name = site or None
                if table is OBSERVATION:
                    many[name] = count
                sums.setdefault(name, []).append(f"{table.name} {count} {total}")
    return {
        site: Mark(many.get(site, 0), hashlib.sha256("\n".join(told).encode()).hexdigest())
        for site, told in sums.items()
    }


def part(store: Store, site: str | None) -> tuple[Observation, ...]:
    """What one site saw, by evidence id: the same rows in the same order as in the whole log."""
    with store.reading() as (connection, engagement):
        rows = connection.execute(
            _of(engagement, site), execution_options={"stream_results": True}
        ).mappings()
        return tuple(observation(row) for row in rows)


def words(store: Store) -> tuple[Observation, ...]:
    """What people said here: it holds at other sites too."""
    with store.reading() as (connection, engagement):
        query = _of(engagement, None).where(OBSERVATION.c.source.like("person:%"))
        return tuple(observation(row) for row in connection.execute(query).mappings())


def days(store: Store, site: str | None) -> tuple[Presence, ...]:
    """The days on which each address of one site was seen."""
    with store.reading() as (connection, engagement):
        query = sa.select(PRESENCE).where(
            PRESENCE.c.engagement == engagement, PRESENCE.c.site == (site or "")
        )
        found = [presence(row) for row in connection.execute(query).mappings()]
    return tuple(sorted(found, key=_order))


def _of(engagement: str, site: str | None) -> sa.Select[tuple[object, ...]]:
    """The rows of one site, in the order of the whole log."""
    held = OBSERVATION.c.site.is_(None) if site is None else OBSERVATION.c.site == site
    chosen = sa.select(OBSERVATION).where(OBSERVATION.c.engagement == engagement, held)
    return chosen.order_by(OBSERVATION.c.id)


def _order(one: Presence) -> tuple[str, str, str, str, str]:
    return one.source, one.address or "", one.mac or "", one.zone or "", one.month


def _summed(
    connection: sa.Connection, table: sa.Table, facts: Sequence[str], engagement: str
) -> Iterator[_Sum]:
    """Count and sum of hashes by site; a server does that itself, a file's rows come here."""
    site = sa.func.coalesce(table.c.site, "")
    if connection.dialect.name == "postgresql":
        text = sa.func.concat_ws("\x1f", *(table.c[name] for name in facts))
        total = sa.func.sum(sa.cast(sa.func.hashtextextended(text, 0), sa.Numeric))
        query = sa.select(site, sa.func.count(), total).where(table.c.engagement == engagement).group_by(site)
        yield from ((name, many, int(added)) for name, many, added in connection.execute(query))
        return
    count, sums = Counter[str](), Counter[str]()
    for name, *row in connection.execute(
        sa.select(site, *(table.c[name] for name in facts)).where(table.c.engagement == engagement)
    ):
        count[name] += 1
        sums[name] += int.from_bytes(hashlib.sha256("\x1f".join(map(str, row)).encode()).digest()[:8], "big")
    yield from ((name, many, sums[name]) for name, many in count.items())
