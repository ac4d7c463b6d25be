"""Observations as rows of the log, and rows as observations."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

import msgspec
import sqlalchemy as sa

from scanner.model.observation import Observation, Value, evidence_id
from scanner.model.presence import Presence

_VALUES: Final = msgspec.json.Decoder(Value)


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
    return Observation(
        source=row["source"],
        first=datetime.fromisoformat(row["first"]),
        last=datetime.fromisoformat(row["last"]),
        field=row["field"],
        value=_VALUES.decode(row["value"]),
        address=row["address"],
        mac=row["mac"],
        port=row["port"],
        zone=row["zone"],
        vantage=row["vantage"],
        site=row["site"],
    )


def presence(row: sa.RowMapping) -> Presence:
    """A row of the days as what it says."""
    return Presence(
        source=row["source"],
        month=row["month"],
        days=tuple(day + 1 for day in range(31) if row["days"] >> day & 1),
        address=row["address"] or None,
        mac=row["mac"] or None,
        zone=row["zone"] or None,
        site=row["site"] or None,
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
