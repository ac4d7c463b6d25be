"""Zones, who reaches whom and how we know, and the devices that join zones without being meant to."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from scanner.model.assessment import Assessment, Judged, ZoneView
from scanner.model.kinds import Reach, Role, Support
from scanner.model.verdict import ZoneReach
from scanner.report import words
from scanner.report.line import Line, line, listed
from scanner.report.svg import Shape
from scanner.report.text import capital, day, listing, percent, short
from scanner.report.texts import phrase
from scanner.report.zonemap import Box, Rail, Rule, zone_map

MOST_GUESSES: Final = 24
"""Guessed rules drawn at most: beyond that a map of guesses hides what is known, and the table alone lists them."""

MOST_JOINING: Final = 100
"""Bridges, and gateways, in the tables at most, worst first."""


class ZoneRow(Struct, frozen=True):
    """One zone of the table."""

    name: str
    cidrs: tuple[str, ...]
    profile: str
    devices: int
    answered: int
    inside: bool
    unsupported: int
    unknown: int
    notes: tuple[str, ...]


class RuleRow(Struct, frozen=True):
    """What one zone may do to others, as far as it is the same and known in the same way."""

    source: str
    targets: tuple[str, ...]
    allowed: str
    known: str
    known_word: str
    sure: str


class Zones(Struct, frozen=True):
    """The map and its tables."""

    map: Shape
    zones: tuple[ZoneRow, ...]
    bridges: tuple[Line, ...]
    gateways: tuple[Line, ...]
    more_bridges: int
    more_gateways: int
    rules: tuple[RuleRow, ...]
    known: tuple[tuple[str, str, str, int], ...]
    """Code, word, meaning and number of zone pairs for each way of knowing."""
    guessed: int
    undrawn: int
    """Guessed rules that the map leaves out."""


def zones(found: Assessment) -> Zones:
    """Draw and list the zones, their rules and their bridges."""
    joining = [judged for judged in found.devices if len(judged.device.zones) > 1]
    bridges = [judged for judged in joining if judged.device.role is Role.NONE]
    gateways = [judged for judged in found.devices if judged.device.role is Role.GATEWAY]
    places = listed(found)
    rows = tuple(_zone(view, found) for view in found.zones)
    rules = tuple(
        sorted(found.reach, key=lambda rule: (rule.source, rule.target, rule.known.value, rule.gates))
    )
    between = [rule for rule in rules if rule.source != rule.target]
    known = pairs_known(found)
    arcs = [_arc(rule) for rule in between if rule.gates and rule.probability > 0]
    guesses = sum(not arc.sure for arc in arcs)
    drawn = guesses <= MOST_GUESSES
    return Zones(
        map=zone_map(
            [Box(row.name, row.devices, _note(row)) for row in rows],
            [
                Rail(one.device.name, phrase("zones.score", score=one.risk.score), one.device.zones)
                for one in bridges
            ],
            [Rail(one.device.name, "", one.device.zones) for one in gateways if len(one.device.zones) > 1],
            arcs if drawn else [arc for arc in arcs if arc.sure],
        ),
        zones=rows,
        bridges=tuple(line(one, linked=one.device.id in places) for one in bridges[:MOST_JOINING]),
        gateways=tuple(line(one, linked=one.device.id in places) for one in gateways[:MOST_JOINING]),
        more_bridges=max(len(bridges) - MOST_JOINING, 0),
        more_gateways=max(len(gateways) - MOST_JOINING, 0),
        rules=tuple(_rules(between)),
        known=tuple((way.value, words.REACH[way], words.REACH_MEANS[way], known[way]) for way in Reach),
        guessed=known[Reach.INFERRED] + known[Reach.ASSUMED],
        undrawn=0 if drawn else guesses,
    )


def pairs_known(found: Assessment) -> dict[Reach, int]:
    """Count the pairs of zones by the best way in which we know anything about them."""
    best: dict[tuple[str, str], set[Reach]] = defaultdict(set)
    for rule in found.reach:
        if rule.source != rule.target:
            best[rule.source, rule.target].add(rule.known)
    ways = [next(way for way in Reach if way in those) for those in best.values()]
    return {way: ways.count(way) for way in Reach}


def _zone(view: ZoneView, found: Assessment) -> ZoneRow:
    inside = [judged for judged in found.devices if view.name in judged.device.zones]
    return ZoneRow(
        name=view.name,
        cidrs=view.cidrs,
        profile=next((text for code, text in words.PROFILES.items() if code == view.profile), view.profile),
        devices=view.devices,
        answered=view.addresses_answered,
        inside=view.scanned_from_inside,
        unsupported=_count(inside, Support.UNSUPPORTED),
        unknown=_count(inside, Support.UNKNOWN),
        notes=view.notes,
    )


def _count(those: list[Judged], support: Support) -> int:
    return sum(judged.age.support is support for judged in those)


def _note(row: ZoneRow) -> str:
    if not row.inside:
        return phrase("zones.not_seen_from_inside")
    return (
        phrase("zones.unsupported", unsupported=row.unsupported)
        if row.unsupported
        else phrase("zones.unknown", unknown=row.unknown)
    )


def _arc(rule: ZoneReach) -> Rule:
    return Rule(rule.source, rule.target, rule.known in {Reach.MEASURED, Reach.DECLARED})


def _rules(between: list[ZoneReach]) -> Iterator[RuleRow]:
    """One row for all zones to which a zone may do the same; what it may not do comes last."""
    same: dict[tuple[str, bool, str, Reach, float, str], list[str]] = defaultdict(list)
    for rule in between:
        key = rule.source, not rule.gates, _allowed(rule), rule.known, rule.probability, how(rule)
        same[key].append(rule.target)
    for (source, _, allowed, known, chance, told), targets in sorted(same.items()):
        yield RuleRow(
            source=source,
            targets=tuple(dict.fromkeys(targets)),
            allowed=allowed,
            known=known.value,
            known_word=told,
            sure=phrase("zones.likely", chance=percent(chance)),
        )


def how(rule: ZoneReach) -> str:
    """How a rule is known, and from where and when it was measured where it leads from one site to another."""
    across = (
        phrase("zones.from_on", site=short(rule.site or words.not_known()), last=day(rule.last))
        if rule.last
        else ""
    )
    return f"{words.REACH[rule.known]}{across}"


def _allowed(rule: ZoneReach) -> str:
    if not rule.gates:
        return phrase("words.nothing")
    return phrase("words.anything") if "*" in rule.gates else listing(rule.gates, 8)


def reachable(of: Judged, found: Assessment) -> tuple[str, ...]:
    """Say where a device can go: its own zones, and those that rules let it into, with how we know."""
    own = of.device.zones
    text = [phrase("zones.everything_in_it_stands_there_itself", own=listing(own))] if own else []
    for rule in sorted(found.reach, key=lambda one: (one.target, one.source, one.known.value)):
        if rule.source in own and rule.target not in own and rule.gates and rule.probability > 0:
            sure = (
                ""
                if rule.probability >= 1
                else phrase("zones.likely_2", probability=percent(rule.probability))
            )
            text.append(
                phrase(
                    "zones.from",
                    target=capital(short(rule.target)),
                    source=short(rule.source),
                    rule=_allowed(rule),
                    lower=how(rule)[0].lower(),
                    rule_2=how(rule)[1:],
                    sure=sure,
                )
            )
    return tuple(text) or (phrase("zones.not_known_it_lies_in_no_zone_that_the"),)
