"""Observations as rows of the log, and rows as observations."""

from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec
import sqlalchemy as sa

from scanner.model.observation import Observation, Value, evidence_id


def cells(seen: Observation) -> dict[str, str | None]:
    """An observation as a row of the log, without its engagement and its turn."""
    return {
        "id": evidence_id(seen),
        "source": seen.source,
        "field": seen.field,
        "value": msgspec.json.encode(seen.value, order="deterministic").decode(),
        "address": seen.address,
        "mac": seen.mac,
        "port": seen.port,
        "zone": seen.zone,
        "vantage": seen.vantage,
        "site": seen.site,
        "first": text(seen.first),
        "last": text(seen.last),
    }


def observation(row: sa.RowMapping) -> Observation:
    """A row of the log as the observation that it was."""
    facts = {
        key: row[key] for key in ("source", "field", "address", "mac", "port", "zone", "vantage", "site")
    }
    times = {key: datetime.fromisoformat(row[key]) for key in ("first", "last")}
    return msgspec.convert(
        {**facts, **times, "value": msgspec.json.decode(row["value"], type=Value)}, type=Observation
    )


def merged(rows: Iterable[dict[str, str | None]]) -> list[dict[str, str | None]]:
    """Join repeats within one batch: PostgreSQL refuses to touch a row twice in one statement."""
    kept: dict[str | None, dict[str, str | None]] = {}
    for row in rows:
        before = kept.setdefault(row["id"], row)
        before["first"] = min(str(before["first"]), str(row["first"]))
        before["last"] = max(str(before["last"]), str(row["last"]))
    return list(kept.values())


def text(moment: datetime) -> str:
    """A moment such that text order is time order: ISO 8601, UTC, microseconds."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
