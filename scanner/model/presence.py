"""When something was there: which observations are sightings, and the days that the store keeps of them for good."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Final

from msgspec import Struct

from scanner.model.net import Address, Mac
from scanner.model.observation import Observation

NO_ANSWER: Final = frozenset({"silent", "unreachable", "refused", "bug"})
"""Outcomes of asking that say nothing about whether anybody is there."""
_SEEN_BY_OTHERS: Final = frozenset({"dhcp.lease", "location"})
"""Imported facts whose own time says when the device was there: a lease's last transaction, a switch's table."""


class Presence(Struct, frozen=True, kw_only=True, order=True):
    """The days of one month on which one address with one card was seen, by one sort of source."""

    source: str
    """`raw`, `tcp`, `passive`: who saw it, without the method; an import by its whole name."""
    month: str
    """`2026-11`."""
    days: tuple[int, ...]
    """Days of the month, in UTC, sorted."""
    address: Address | None = None
    mac: Mac | None = None
    zone: str | None = None
    site: str | None = None
    """The site whose bundle brought it; None = seen here."""

    def dates(self) -> Iterator[date]:
        """Each day."""
        first = date.fromisoformat(f"{self.month}-01")
        yield from (first.replace(day=day) for day in self.days)


def shows_life(seen: Observation) -> bool:
    """Whether it proves that something was there and alive when it was seen."""
    if seen.source.startswith(("import:", "person:")):
        return False
    if seen.field == "port.state":
        return seen.value not in NO_ANSWER
    if seen.field == "probe.outcome":
        outcome = seen.value.get("outcome") if isinstance(seen.value, dict) else seen.value
        return outcome not in NO_ANSWER
    return True


def is_sighting(seen: Observation) -> bool:
    """Whether its times are days on which the thing was there; a register's dates are not."""
    if seen.address is None and seen.mac is None:
        return False
    if seen.source.startswith("import:"):
        return seen.field in _SEEN_BY_OTHERS
    return shows_life(seen)


def sort_of(source: str) -> str:
    """The sort of a source: `probe:ssh` is `probe`, `import:dhcp-isc` stays."""
    return source if source.startswith("import:") else source.partition(":")[0]


def day(moment: datetime) -> date:
    """The day in UTC, by which presence is counted everywhere."""
    return (moment if moment.tzinfo is UTC else moment.astimezone(UTC)).date()
