"""How old each table of facts may be before a verdict that leans on it counts for less, and why."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from msgspec import Struct

from scanner.model.knowledge import DataSource, Knowledge


class Limit(Struct, frozen=True):
    """The age up to which a table is taken as it stands."""

    days: int
    why: str


LIMITS: Final[Mapping[str, Limit]] = {
    "kev": Limit(30, "CISA adds to its catalogue every week, and sets deadlines of days"),
    "epss": Limit(30, "scores are made anew each day for the 30 days that follow"),
    "cvss": Limit(90, "scores of new entries come within weeks"),
    "affected": Limit(90, "ranges are filled in over the weeks after a CVE is published"),
    "ssvc": Limit(180, "exploitation may become known at any time, the rest hardly changes"),
    "fixes": Limit(90, "fixes come out every week"),
    "debian_revisions": Limit(90, "revisions come out every week"),
    "ubuntu_fixes": Limit(90, "fixes come out every week"),
    "ubuntu_revisions": Limit(90, "revisions come out every week"),
    "windows_updates": Limit(60, "an update comes out every month"),
    "advisories": Limit(180, "advisories for equipment come out every week, and are shown as related only"),
    "advisory_products": Limit(
        180, "advisories for equipment come out every week, and are shown as related only"
    ),
    "branches": Limit(180, "makers move end dates and name new branches a few times a year"),
    "windows_builds": Limit(180, "a new build comes out every year, and support is sometimes prolonged"),
    "releases": Limit(180, "versions newer than the table can only be bracketed from one side"),
    "exchange_builds": Limit(180, "updates come out every quarter"),
    "distro_releases": Limit(365, "a release comes out twice a year, its dates are known long before"),
    "exposures": Limit(365, "kept by hand: what newly spreads is not in it"),
    "oui": Limit(365, "makers of new cards are not in it; the older ones stay"),
    "enterprises": Limit(730, "new organisations are not in it; the older ones stay"),
}
"""Table -> its limit."""
OTHER: Final = Limit(365, "nothing in it is known to change faster")
LASTING: Final = frozenset({"dicom_roots", "kev_readable", "names", "source_packages", "sysobjects"})
"""Tables that do not grow old: spellings, roots and prefixes stay what they are."""

_DOWN: Final = {"E4": "E3", "E3": "E2", "E2": "E1", "E1": "E0", "A": "B", "B": "C", "C": "D"}


def limit(table: str) -> Limit | None:
    """The limit of a table; None for one that does not grow old."""
    return None if table in LASTING else LIMITS.get(table, OTHER)


def over(source: DataSource, today: date) -> bool:
    """Whether a table is older than it may be."""
    found = limit(source.name)
    return found is not None and today - source.dated > timedelta(days=found.days)


def why(source: DataSource, today: date) -> str:
    """What a verdict says of a table that it leans on and that is older than it may be."""
    found = limit(source.name) or OTHER
    return (
        f"one grade lower: the table {source.name} is {(today - source.dated).days} days old,"
        f" and {found.days} are the most it may be"
    )


def late(sources: Iterable[DataSource], today: date) -> Mapping[str, DataSource]:
    """The tables that are older than they may be, by name."""
    return {source.name: source for source in sources if over(source, today)}


@lru_cache(maxsize=16)
def late_of(knowledge: Knowledge, today: date) -> Mapping[str, DataSource]:
    """The tables of one base that are older than they may be, by name: asked for each device, the same for all."""
    return late(knowledge.sources(), today)


def lowered(grade: str, leans_on: Collection[str], old_tables: Collection[str]) -> str:
    """The grade of a verdict, one lower where a table that it leans on is too old; the lowest stays."""
    return _DOWN.get(grade, grade) if any(table in old_tables for table in leans_on) else grade
