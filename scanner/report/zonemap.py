"""The map of zones: boxes in a row, rules as arcs above them, bridges as rails below, gateways apart."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from scanner.report.svg import Shape, picture, shape
from scanner.report.text import listing, plural, short
from scanner.report.texts import phrase

MOST_RAILS: Final = 12
"""Bridges, and gateways, drawn at most; the table beside the map lists all."""

_BOX: Final = 78
_RAIL: Final = 40


class Box(Struct, frozen=True):
    """One zone as the map shows it."""

    name: str
    devices: int
    note: str


class Rail(Struct, frozen=True):
    """One device that stands in several zones."""

    name: str
    note: str
    zones: tuple[str, ...]


class Rule(Struct, frozen=True):
    """Who may reach whom; `sure` when it was measured or declared, else it is a guess and drawn dashed."""

    source: str
    target: str
    sure: bool


def zone_map(
    boxes: Sequence[Box], bridges: Sequence[Rail], gateways: Sequence[Rail], rules: Sequence[Rule]
) -> Shape:
    """Draw the map; everything on it also stands in the tables of the same section."""
    column = max(124.0, 920 / max(len(boxes), 1))
    middle = {box.name: (at + 0.5) * column for at, box in enumerate(boxes)}
    arcs, high = _arcs(rules, middle, column)
    rails = [*bridges[:MOST_RAILS]]
    doors = [*gateways[:MOST_RAILS]]
    top = high + 12
    first = top + _BOX + 34
    apart = first + len(rails) * _RAIL + (44 if doors else 0)
    bottom = apart + len(doors) * _RAIL + 6
    shapes = [
        *_stems(rails, doors, middle, (top + _BOX, first, apart)),
        *_shifted(arcs, top),
        *(part for box in boxes for part in _box(box, middle[box.name], top, column)),
        *(
            part
            for at, rail in enumerate(rails)
            for part in _rail(rail, middle, first + at * _RAIL, "bridge")
        ),
    ]
    if doors:
        shapes.append(
            shape(
                "text",
                phrase("zonemap.gateways_join_zones_by_design"),
                x=0,
                y=apart - 34,
                class_="halo small",
            )
        )
    shapes += [
        part for at, rail in enumerate(doors) for part in _rail(rail, middle, apart + at * _RAIL, "gateway")
    ]
    about = phrase(
        "zonemap.bridges_gateways",
        zones=plural(len(boxes), "zone"),
        bridges=_spoken(bridges),
        gateways=_spoken(gateways),
    )
    return picture(
        phrase("zonemap.map_of_zones"), about, column * max(len(boxes), 1), bottom, *shapes, name="zone-map"
    )


def _spoken(rails: Sequence[Rail]) -> str:
    told = "; ".join(
        phrase("zonemap.joins", name=short(rail.name), zones=listing(rail.zones, 20))
        for rail in rails[:MOST_RAILS]
    )
    more = phrase("zonemap.and_more", rails=len(rails) - MOST_RAILS) if len(rails) > MOST_RAILS else ""
    return told + more or phrase("words.none")


def _box(box: Box, middle: float, top: float, column: float) -> list[Shape]:
    wide = column - 14
    fits = int(wide / 8.6)
    return [
        shape("rect", x=middle - wide / 2, y=top, width=wide, height=_BOX, rx=6, class_="zone"),
        shape("text", short(box.name, fits), x=middle, y=top + 25, class_="name mid"),
        shape("text", plural(box.devices, "device"), x=middle, y=top + 45, class_="label mid"),
        shape("text", short(box.note, fits + 4), x=middle, y=top + 64, class_="small mid"),
    ]


def _arcs(rules: Sequence[Rule], middle: dict[str, float], column: float) -> tuple[list[Shape], float]:
    """Arcs with their feet at height 0, and how high the highest goes; one arc for both directions."""
    pairs: dict[tuple[str, str], list[Rule]] = {}
    for rule in rules:
        if rule.source in middle and rule.target in middle and rule.source != rule.target:
            first, second = sorted((rule.source, rule.target), key=lambda zone: middle[zone])
            pairs.setdefault((first, second), []).append(rule)
    shapes: list[Shape] = []
    high = 0.0
    for (first, second), those in sorted(pairs.items()):
        left, right = middle[first] + 9, middle[second] - 9
        lift = min(24 + 14 * (right - left) / column, 120)
        high = max(high, lift)
        sort = "sure" if any(rule.sure for rule in those) else "guess"
        shapes.append(
            shape(
                "path",
                d=f"M{left:.1f},0 C{left:.1f},{-lift:.1f} {right:.1f},{-lift:.1f} {right:.1f},0",
                class_=f"rule {sort}",
            )
        )
        ends = {left if rule.target == first else right for rule in those}
        shapes += [
            shape("path", d=f"M{x - 4:.1f},-8 l8,0 l-4,8 z", class_=f"head {sort}") for x in sorted(ends)
        ]
    return shapes, high


def _shifted(arcs: list[Shape], top: float) -> list[Shape]:
    return [shape("g", *arcs, transform=f"translate(0,{top:.1f})")] if arcs else []


def _stems(
    rails: Sequence[Rail], doors: Sequence[Rail], middle: dict[str, float], at: tuple[float, float, float]
) -> list[Shape]:
    """Thin lines from each box down to the lowest rail that stops there."""
    start, first, apart = at
    lowest: dict[str, float] = {}
    for base, those in ((first, rails), (apart, doors)):
        for row, rail in enumerate(those):
            lowest.update((zone, base + row * _RAIL) for zone in rail.zones if zone in middle)
    return [
        shape("line", x1=middle[zone], y1=start, x2=middle[zone], y2=end, class_="stem")
        for zone, end in sorted(lowest.items())
    ]


def _rail(rail: Rail, middle: dict[str, float], y: float, sort: str) -> list[Shape]:
    stops = sorted(middle[zone] for zone in rail.zones if zone in middle)
    if not stops:
        return []
    label = short(rail.name, 28) + (f" · {rail.note}" if rail.note else "")
    marks = [
        shape("circle", cx=x, cy=y, r=7, class_=sort)
        if sort == "bridge"
        else shape("rect", x=x - 5, y=y - 5, width=10, height=10, class_=sort)
        for x in stops
    ]
    return [
        shape("line", x1=stops[0], y1=y, x2=stops[-1], y2=y, class_=f"rail {sort}"),
        *marks,
        shape("text", short(label, 60), x=stops[0] + 12, y=y - 9, class_=f"halo on-{sort}"),
    ]
