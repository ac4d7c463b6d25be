"""When a device was there: a strip of days, and the same days as rows of a table."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Final

from msgspec import Struct

from scanner.report import words
from scanner.report.svg import Shape, picture, shape
from scanner.report.text import day, plural
from scanner.report.texts import phrase

DAYS: Final = 182
"""Days that the strip shows, today included: half a year."""

_STEP: Final = 4


class Strip(Struct, frozen=True):
    """The days of one device."""

    picture: Shape
    about: str
    months: tuple[tuple[str, int, str], ...]
    """Month, number of days, the days themselves; what the picture shows, and no more."""
    before: int
    """Days on which it was there that lie left of the strip."""


def strip(days: Sequence[date], presence: str, today: date, *, name: str) -> Strip:
    """Draw the days of the last half year; equal days, equal strip. `days` are sorted, each once."""
    first = today - timedelta(days=DAYS - 1)
    shown = [one for one in days if first <= one <= today]
    before = sum(one < first for one in days)
    runs = tuple(spans(shown))
    state = words.PRESENCE.get(presence, presence)
    about = phrase(
        "presence.there_on_of_the_last",
        days=plural(len(shown), "day"),
        days_2=DAYS,
        runs=_listed(runs) or phrase("words.none"),
        state=state,
    )
    marks = [
        shape("rect", x=(start - first).days * _STEP, y=4, width=((end - start).days + 1) * _STEP - 1, height=18,
              class_="there")
        for start, end in runs
    ]  # fmt: skip
    months = [
        part
        for at in range(DAYS)
        if (one := first + timedelta(days=at)).day == 1
        for part in (
            shape("line", x1=at * _STEP, y1=2, x2=at * _STEP, y2=28, class_="axis"),
            shape(
                "text",
                phrase("presence.month", month=phrase(f"months.{one.month}"), year=one.year),
                x=at * _STEP + 3,
                y=38,
                class_="tick",
            ),
        )
    ]
    ground = shape("rect", x=0, y=4, width=DAYS * _STEP, height=18, class_="empty")
    drawn = picture(
        phrase("presence.days_on_which_it_was_there"),
        about,
        DAYS * _STEP,
        42,
        ground,
        *months,
        *marks,
        name=name,
    )
    return Strip(drawn, about, _months(shown), before)


def spans(days: Sequence[date]) -> Iterator[tuple[date, date]]:
    """Join sorted days that follow each other: first and last day of each stretch."""
    start = end = None
    for one in days:
        if end is not None and one - end == timedelta(days=1):
            end = one
            continue
        if start is not None and end is not None:
            yield start, end
        start = end = one
    if start is not None and end is not None:
        yield start, end


def _listed(runs: Sequence[tuple[date, date]]) -> str:
    """The last stretches, in words; a description that reads on for minutes helps nobody."""
    told = [
        day(start) if start == end else phrase("presence.to", start=day(start), end=day(end))
        for start, end in runs[-6:]
    ]
    return (phrase("presence.earlier_stretches", runs=len(runs) - 6) if len(runs) > 6 else "") + ", ".join(
        told
    )


def _months(days: Sequence[date]) -> tuple[tuple[str, int, str], ...]:
    by_month: dict[str, list[date]] = defaultdict(list)
    for one in days:
        by_month[f"{one:%Y-%m}"].append(one)
    return tuple(
        (
            month,
            len(those),
            ", ".join(
                f"{a.day}" if a == b else phrase("presence.to_2", day=a.day, b_day=b.day)
                for a, b in spans(those)
            ),
        )
        for month, those in sorted(by_month.items(), reverse=True)
    )
