"""The report's pictures, drawn as inline SVG from plain numbers: same numbers, same bytes; readable in grey."""

from collections.abc import Sequence
from typing import Final

from scanner.model.kinds import Support
from scanner.model.verdict import Interval, Why
from scanner.report import words
from scanner.report.svg import Shape, picture, shape
from scanner.report.text import amount, plural, short
from scanner.report.texts import phrase

WIDTH: Final = 760


def why_bar(whys: Sequence[Why], score: int, *, name: str) -> Shape:
    """One bar of 100 points: a numbered block for each reason, as wide as its points; the rest stays empty."""
    blocks: list[Shape] = []
    left = 0
    for number, why in enumerate(whys, 1):
        wide = max(0, why.points)
        if wide:
            blocks.append(
                shape("rect", x=left * 7.6, y=8, width=wide * 7.6 - 2, height=28, class_=f"why w{number % 4}")
            )
            label = f"{number}: {why.points}" if wide > 7 else str(number)
            if wide > 2:
                blocks.append(shape("text", label, x=left * 7.6 + wide * 3.8 - 1, y=27, class_="on mid"))
        left += wide
    scale = [_tick(points) for points in (0, 30, 60, 80, 100)]
    about = "; ".join(
        phrase("charts.points", number=number, points=why.points, text=why.text)
        for number, why in enumerate(whys, 1)
    )
    frame = shape("rect", x=0, y=8, width=WIDTH, height=28, class_="empty")
    title = phrase("charts.why_of_100", score=score)
    return picture(
        title, about or phrase("charts.no_reason_was_found"), WIDTH, 56, frame, *blocks, *scale, name=name
    )


def _tick(points: int) -> Shape:
    word = {30: "medium 30", 60: "high 60", 80: "critical 80"}.get(points, str(points))
    place = "start" if points == 0 else "end" if points == 100 else "mid"
    return shape("text", word, x=points * 7.6, y=52, class_=f"tick {place}")


def score_line(score: int, interval: Interval, *, name: str) -> Shape:
    """A line of 0 to 100 with the interval as a band and the score as a mark."""
    about = phrase("charts.of_100_varied_judgements_give_to", score=score, lo=interval.lo, hi=interval.hi)
    return picture(
        phrase("charts.score", score=score),
        about,
        160,
        18,
        shape("line", x1=2, y1=9, x2=158, y2=9, class_="axis"),
        shape(
            "rect",
            x=2 + interval.lo * 1.56,
            y=4,
            width=max(2, (interval.hi - interval.lo) * 1.56),
            height=10,
            rx=2,
            class_="band",
        ),
        shape("rect", x=0.5 + score * 1.56, y=2, width=3, height=14, class_="mark"),
        name=name,
    )


def bars(title: str, rows: Sequence[tuple[str, float, str, str]], *, name: str) -> Shape:
    """Labelled horizontal bars; a row is label, value, the value's text and a class for its fill."""
    most = max((value for _, value, _, _ in rows), default=0) or 1
    shapes: list[Shape] = []
    for at, (label, value, text, fill) in enumerate(rows):
        y = at * 38
        wide = value / most * 400
        shapes += [
            shape("text", short(label, 30), x=210, y=y + 24, class_="label end"),
            *_bar(222, y + 6, max(wide, 1), 26, fill, name),
            shape("text", text, x=222 + max(wide, 1) + 10, y=y + 24, class_="value"),
        ]
    about = "; ".join(f"{label}: {text}" for label, _, text, _ in rows)
    return picture(
        title,
        about or phrase("charts.nothing_to_draw"),
        WIDTH,
        max(38 * len(rows), 1),
        *_fills(name),
        *shapes,
        name=name,
    )


def support_bar(counts: Sequence[tuple[Support, int]], *, name: str) -> Shape:
    """One bar split by support, each part with its count, its word and a pattern of its own."""
    whole = sum(count for _, count in counts) or 1
    shapes: list[Shape] = []
    left = 0.0
    for support, count in counts:
        wide = count / whole * WIDTH
        if count:
            shapes += _bar(left, 0, max(wide - 2, 1), 44, support.value, name)
            if wide > 40:
                shapes.append(shape("text", str(count), x=left + 12, y=29, class_=f"big on-{support.value}"))
        left += wide
    about = ", ".join(f"{words.SUPPORT[support]}: {plural(count, 'device')}" for support, count in counts)
    return picture(
        phrase("charts.support_of_all_devices"), about + ".", WIDTH, 44, *_fills(name), *shapes, name=name
    )


def losses(now: float, after: float, total: float, *, label: str, name: str) -> Shape:
    """Two bars on the scale of everything there is: the expected loss now and `after`, which `label` names."""
    top = max(total, now, after) or 1
    rows = ((phrase("words.now"), now, "now"), (label, after, "after"))
    shapes: list[Shape] = []
    for at, (word, value, fill) in enumerate(rows):
        y = at * 34
        shapes += [
            shape("text", word, x=112, y=y + 21, class_="label end"),
            shape("rect", x=122, y=y + 4, width=240, height=24, class_="empty"),
            shape("rect", x=122, y=y + 4, width=max(value / top * 240, 1), height=24, class_=f"bar {fill}"),
            shape("text", amount(value), x=370, y=y + 21, class_="value"),
        ]
    about = phrase(
        "charts.now_of_in_all", now=amount(now), lower=label.lower(), after=amount(after), total=amount(total)
    )
    return picture(phrase("charts.expected_loss_from_one_foothold"), about, 430, 68, *shapes, name=name)


def _bar(x: float, y: float, width: float, height: float, fill: str, name: str) -> list[Shape]:
    """A bar; the unknown gets its hatch on top."""
    solid = shape("rect", x=x, y=y, width=width, height=height, class_=f"bar {fill}")
    if fill != Support.UNKNOWN.value:
        return [solid]
    return [solid, shape("rect", x=x, y=y, width=width, height=height, fill=f"url(#{name}-hatch)")]


def _fills(name: str) -> tuple[Shape, ...]:
    """Nothing but the hatch that marks the unknown, so that it differs in print too."""
    stripe = shape("path", d="M-2,2 l4,-4 M0,8 l8,-8 M6,10 l4,-4", class_="hatch")
    return (
        shape(
            "defs",
            shape("pattern", stripe, id=f"{name}-hatch", width=8, height=8, patternUnits="userSpaceOnUse"),
        ),
    )
