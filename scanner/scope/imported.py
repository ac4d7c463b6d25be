"""Segments out of what firewalls say: imported rules speak of addresses, and judgement of the scope's zones.

A rule counts for a pair of zones when it speaks of any part of both: rather too open than too shut. A list has a say on a
pair when it names the zone that opens, or lets anybody into the other (an interface's list filters what comes in there,
and nothing else); what none of its rules then allows, it denies. A table of pairs has a say on its own pairs only. Where several
lists have a say the most open counts, for nobody knows which of the firewalls the way leads through.
"""

import ipaddress
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from scanner.model.observation import Observation
from scanner.scope.file import IPNetwork, Scope, Segment

RULE: Final = "policy.rule"
ANY: Final = "any"
EVERYTHING: Final = "*"

Ends = tuple[str, ...]
Pair = tuple[str, str]


class Rule(Struct, frozen=True, kw_only=True, order=True):
    """One rule as it was imported."""

    list: tuple[str, str]
    """The source and the name of the list that it stands in."""
    order: int
    start: Ends
    target: Ends
    """Ranges, zone names, or `any`."""
    allow: bool
    ports: tuple[str, ...]
    closed: bool
    """Whether its list denies what it does not mention."""


def segments(log: Iterable[Observation], scope: Scope) -> tuple[Segment, ...]:
    """The imported policy between the zones of a scope, sorted; empty where nothing that was imported speaks of them."""
    lists: dict[tuple[str, str], list[Rule]] = defaultdict(list)
    for one in log:
        if one.field == RULE and isinstance(one.value, dict):
            rule = _rule(one, one.value)
            lists[rule.list].append(rule)
    zones = _zones(scope)
    pairs = [(start, target) for start in sorted(zones) for target in sorted(zones) if start != target]
    found: list[Segment] = []
    for pair in pairs if lists else ():
        said = [ports for rules in lists.values() if (ports := _said(sorted(rules), pair, zones)) is not None]
        if said:
            allow = frozenset[str]().union(*said)
            whole = (EVERYTHING,) if EVERYTHING in allow else tuple(sorted(allow))
            found.append(Segment(source=pair[0], target=pair[1], allow=whole, known="imported"))
    return tuple(found)


def _rule(one: Observation, value: Mapping[str, object]) -> Rule:
    return Rule(
        list=(one.source, str(value.get("list", ""))),
        order=int(str(value.get("order", 0))),
        start=_words(value.get("from")),
        target=_words(value.get("to")),
        allow=value.get("action") == "allow",
        ports=_words(value.get("ports")),
        closed=value.get("otherwise", "deny") == "deny",
    )


def _words(value: object) -> Ends:
    return tuple(map(str, value)) if isinstance(value, list) else ()


def _zones(scope: Scope) -> Mapping[str, Sequence[IPNetwork]]:
    zones: dict[str, list[IPNetwork]] = defaultdict(list)
    for network in scope.networks:
        zones[network.zone].append(network.cidr)
    return zones


def _said(rules: Sequence[Rule], pair: Pair, zones: Mapping[str, Sequence[IPNetwork]]) -> set[str] | None:
    """What a list lets through from one zone to another; None where it has no say."""
    if not any(_speaks(rule, pair, zones) for rule in rules):
        return None
    allowed: set[str] = set()
    denied: set[str] = set()
    for rule in rules:
        if not (_touches(rule.start, pair[0], zones) and _touches(rule.target, pair[1], zones)):
            continue
        if rule.allow:
            if EVERYTHING in denied:
                break
            allowed |= set(rule.ports) - denied
        elif _covers(rule.start, pair[0], zones) and _covers(rule.target, pair[1], zones):
            denied |= set(rule.ports)
    # `icmp` and the like are no doors
    return {port for port in allowed if port == EVERYTHING or "/" in port}


def _speaks(rule: Rule, pair: Pair, zones: Mapping[str, Sequence[IPNetwork]]) -> bool:
    """Whether a rule gives its list a say on a pair."""
    starts, ends = _touches(rule.start, pair[0], zones), _touches(rule.target, pair[1], zones)
    if not rule.closed:
        return starts and ends
    return ends and ANY not in rule.target if ANY in rule.start else starts


def _touches(ends: Ends, zone: str, zones: Mapping[str, Sequence[IPNetwork]]) -> bool:
    """Whether any of the ends lies in the zone, or holds some of it."""
    if ANY in ends or _called(ends, zone):
        return True
    return any(_overlap(end, cidr) for end in _ranges(ends) for cidr in zones[zone])


def _covers(ends: Ends, zone: str, zones: Mapping[str, Sequence[IPNetwork]]) -> bool:
    """Whether the ends hold the whole zone."""
    if ANY in ends or _called(ends, zone):
        return True
    ranges = _ranges(ends)
    return all(any(_within(cidr, end) for end in ranges) for cidr in zones[zone])


def _called(ends: Ends, zone: str) -> bool:
    return zone.lower() in {end.lower() for end in ends}


def _ranges(ends: Ends) -> list[IPNetwork]:
    found: list[IPNetwork] = []
    for end in ends:
        try:
            found.append(ipaddress.ip_network(end))
        except ValueError:
            continue  # the name of a zone
    return found


def _overlap(one: IPNetwork, other: IPNetwork) -> bool:
    return one.version == other.version and one.overlaps(other)


def _within(inner: IPNetwork, outer: IPNetwork) -> bool:
    if isinstance(inner, ipaddress.IPv4Network) and isinstance(outer, ipaddress.IPv4Network):
        return inner.subnet_of(outer)
    if isinstance(inner, ipaddress.IPv6Network) and isinstance(outer, ipaddress.IPv6Network):
        return inner.subnet_of(outer)
    return False
