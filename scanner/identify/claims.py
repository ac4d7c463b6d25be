"""Say what observations mean: every attribute that a rule or a direct reading takes out of each."""

from collections.abc import Iterable, Iterator, Mapping

from scanner.identify import readings, rules
from scanner.model.device import Claim
from scanner.model.knowledge import Knowledge
from scanner.model.observation import Observation, Value, evidence_id

SYNTHETIC = 0.7
"""A rule whose examples are all made up by us is trusted this much less."""

GUESS = 0.55
"""Less sure than this is a guess: beside other facts of a device it counts, alone it names nothing."""


def claims(seen: Iterable[Observation], knowledge: Knowledge) -> Iterator[Claim]:
    """Yield every claim that the observations support; the same observations give the same claims."""
    known: dict[tuple[str, str], tuple[str | None, float, Mapping[str, str]]] = {}
    for one in seen:
        for attr, value, confidence, rule in _of(one, knowledge, known):
            yield Claim(
                attr=attr,
                value=value,
                confidence=confidence,
                rule=rule,
                seen=one,
                evidence=evidence_id(one),
            )


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


def _of(
    one: Observation,
    knowledge: Knowledge,
    known: dict[tuple[str, str], tuple[str | None, float, Mapping[str, str]]],
) -> Iterator[tuple[str, str, float, str | None]]:
    if isinstance(one.value, str):
        key = one.field, rules.clip(one.value)
        if key not in known:
            known[key] = _by_rule(one.field, one.value, knowledge)
        rule, confidence, attributes = known[key]
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


def _by_rule(field: str, value: str, knowledge: Knowledge) -> tuple[str | None, float, Mapping[str, str]]:
    found = rules.match(value, knowledge.rules(field))
    if found is None:
        return None, 0.0, {}
    rule, attributes = found
    return rule.id, rule.confidence * (SYNTHETIC if rule.origin == "synthetic" else 1.0), attributes
