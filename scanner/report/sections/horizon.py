"""How long ago devices were last updated, as far as can be told from outside; the unknown in a bar of their own."""

from datetime import date, timedelta
from statistics import median_low
from typing import Final

from msgspec import Struct

from scanner.model.assessment import Assessment, Judged
from scanner.model.kinds import Support
from scanner.report import charts
from scanner.report.svg import Shape
from scanner.report.text import age, percent
from scanner.report.texts import phrase

BINS: Final = (
    (3650, "more_than_10_years_ago", "ancient"),
    (1826, "5_to_10_years_ago", "ancient"),
    (730, "2_to_5_years_ago", "old"),
    (365, "1_to_2_years_ago", "old"),
    (91, "3_months_to_1_year_ago", "recent"),
    (-1, "in_the_last_3_months", "recent"),
)
"""Least number of days since the last possible update, the words for it, its fill."""

UNKNOWN: Final = "unknown"
FRESH: Final = timedelta(days=365)
"""Software no older than this shows that somebody still updates."""


class Row(Struct, frozen=True):
    """One bar."""

    label: str
    devices: int
    share: str


class Horizon(Struct, frozen=True):
    """The chart and its table."""

    chart: Shape
    rows: tuple[Row, ...]
    known: int
    unknown: int
    middle: str
    """Half of the dated devices were probably last updated longer ago than this; empty when none is dated."""


def horizon(found: Assessment) -> Horizon:
    """Sort devices by the last day on which they can have been updated; the unknown never count as fresh."""
    labels = [_label(judged, found.now.date()) for judged in found.devices]
    whole = len(labels) or 1
    fills = [(label, fill) for _, label, fill in BINS] + [(UNKNOWN, Support.UNKNOWN.value)]
    rows = tuple(
        Row(phrase(f"horizon.{label}"), labels.count(label), percent(labels.count(label) / whole))
        for label, _ in fills
    )
    chart = charts.bars(
        phrase("horizon.last_possible_update_of_each_device"),
        [
            (row.label, row.devices, f"{row.devices:,} ({row.share})", fill)
            for row, (_, fill) in zip(rows, fills, strict=True)
        ],
        name="horizon-bars",
    )
    unknown = labels.count(UNKNOWN)
    medians = [one.age.horizon.median for one in found.devices if one.age.horizon.median is not None]
    middle = age(median_low(medians), found.now.date()) if medians else ""
    return Horizon(chart, rows, len(labels) - unknown, unknown, middle)


def _label(of: Judged, today: date) -> str:
    """The bar of its last possible update; of its newest software where that is fresh and nothing bounds it above."""
    window = of.age.horizon
    latest = window.not_after
    if latest is None and window.not_before is not None and today - window.not_before <= FRESH:
        latest = window.not_before
    if latest is None:
        return UNKNOWN
    days = max((today - latest).days, 0)
    return next(label for least, label, _ in BINS if days > least)
