"""Say what observations mean: every attribute that a rule or a direct reading takes out of each."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Final

from scanner.identify import readings, rules
from scanner.model.device import Claim
from scanner.model.knowledge import Knowledge
from scanner.model.observation import EvidenceId, Observation, Value, evidence_id

SYNTHETIC = 0.7
"""A rule whose examples are all made up by us is trusted this much less."""

Matched = tuple[str | None, float, Mapping[str, str]]
"""The rule that matched, if any, how far to trust it, and the attributes that it sets."""
_NOTHING: Final[Matched] = (None, 0.0, {})

GUESS = 0.55
"""Less sure than this is a guess: beside other facts of a device it counts, alone it names nothing."""


def claims(seen: Iterable[Observation], knowledge: Knowledge) -> Iterator[Claim]:
    """Yield every claim that the observations support; the same observations give the same claims."""
    for one in seen:
        said = tuple(_of(one, knowledge))
        shown = evidence_id(one) if said else EvidenceId("")
        for attr, value, confidence, rule in said:
            yield Claim(attr=attr, value=value, confidence=confidence, rule=rule, seen=one, evidence=shown)


def identify(field: str, value: Value, knowledge: Knowledge) -> tuple[str | None, dict[str, str]]:
    """Give the rule that matched (None where none did) and the attributes, for one field and value by hand.

    Attributes of a rule that only guesses (`GUESS`) are withheld: nothing else stands beside them here.
    """
    if isinstance(value, str):
        found = rules.match(value, knowledge.rules(field))
        if found is not None:
            rule, attributes = found
            return rule.id, attributes if rule.confidence >= GUESS else {}
    best: dict[str, tuple[float, str]] = {}
    for attr, said, confidence in readings.read(field, value, knowledge):
        best[attr] = max(best.get(attr, (0.0, "")), (confidence, said))
    return None, {attr: said for attr, (_, said) in sorted(best.items())}


def _of(one: Observation, knowledge: Knowledge) -> Iterator[tuple[str, str, float, str | None]]:
    if isinstance(one.value, str):
        rule, confidence, attributes = _by_rule(one.field, one.value, knowledge)
        for attr, value in attributes.items():
            yield attr, value, confidence, rule
    for attr, value, confidence in readings.read(one.field, one.value, knowledge, person=one.source):
        yield attr, value, confidence, None
    vendor_class = readings.parts(one.value).get("vendor_class") if one.field == "dhcp.lease" else None
    if vendor_class:
        rule, confidence, attributes = _by_rule("dhcp_vendor_class", vendor_class, knowledge)
        for attr, value in attributes.items():
            yield attr, value, confidence, rule
    if one.mac:
        for attr, value, confidence in readings.read("link.mac", one.mac, knowledge):
            yield attr, value, confidence, None


def _by_rule(field: str, value: str, knowledge: Knowledge) -> Matched:
    # where no rule reads a field its texts (keys, times, cards) would only push others out of what is remembered
    return _matched(field, rules.clip(value), knowledge) if _has_rules(field, knowledge) else _NOTHING


@lru_cache(maxsize=1024)
def _has_rules(field: str, knowledge: Knowledge) -> bool:
    return bool(knowledge.rules(field))


@lru_cache(maxsize=readings.KEPT)
def _matched(field: str, value: str, knowledge: Knowledge) -> Matched:
    found = rules.match(value, knowledge.rules(field))
    if found is None:
        return _NOTHING
    rule, attributes = found
    return rule.id, rule.confidence * (SYNTHETIC if rule.origin == "synthetic" else 1.0), attributes
