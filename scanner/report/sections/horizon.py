"""How long ago devices were last updated, as far as can be told from outside; the unknown in a bar of their own."""

from datetime import date
from typing import Final

from msgspec import Struct

from scanner.model.assessment import Assessment, Judged
from scanner.model.kinds import Support
from scanner.report import charts
from scanner.report.svg import Shape
from scanner.report.text import percent

BINS: Final = (
    (3650, "More than 10 years ago", "ancient"),
    (1826, "5 to 10 years ago", "ancient"),
    (730, "2 to 5 years ago", "old"),
    (365, "1 to 2 years ago", "old"),
    (91, "3 months to 1 year ago", "recent"),
    (-1, "In the last 3 months", "recent"),
)
"""Least number of days since the last possible update, the words for it, its fill."""

UNKNOWN: Final = "Not known"


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


def horizon(found: Assessment) -> Horizon:
    """Sort devices by the last day on which they can have been updated."""
    labels = [_label(judged, found.now.date()) for judged in found.devices]
    whole = len(labels) or 1
    fills = [(label, fill) for _, label, fill in BINS] + [(UNKNOWN, Support.UNKNOWN.value)]
    rows = tuple(Row(label, labels.count(label), percent(labels.count(label) / whole)) for label, _ in fills)
    chart = charts.bars(
        "Last possible update of each device",
        [
            (row.label, row.devices, f"{row.devices:,} ({row.share})", fill)
            for row, (_, fill) in zip(rows, fills, strict=True)
        ],
        name="horizon-bars",
    )
    unknown = labels.count(UNKNOWN)
    return Horizon(chart, rows, len(labels) - unknown, unknown)


def _label(of: Judged, today: date) -> str:
    latest = of.age.horizon.not_after
    if latest is None:
        return UNKNOWN
    days = max((today - latest).days, 0)
    return next(label for least, label, _ in BINS if days > least)
