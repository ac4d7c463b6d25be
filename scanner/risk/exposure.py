"""Say which exposures hold for a device, how likely each is, and how likely each adversary gets in by it."""

import enum
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from msgspec import Struct

from scanner.model.device import Device
from scanner.model.kinds import Role
from scanner.model.knowledge import Confidence, ExposureFact, Knowledge
from scanner.model.net import Port
from scanner.model.verdict import Age, Exposure
from scanner.risk.facts import facts_of
from scanner.risk.finding import Case, Finding, forsaken
from scanner.risk.holes import CHECKS


class Adversary(enum.StrEnum):
    """Who spreads: what each tries and how often it works stand in the parameters."""

    COMMODITY = "commodity"
    """A worm of known holes, as in 2017."""
    ADAPTIVE = "adaptive"
    """A worm that reads advisories and tries every weakness: the strongest, and the one that the score is about."""
    INTRUDER = "intruder"
    """A person."""


HEADLINE: Final = Adversary.ADAPTIVE

OUTLIVED: Final = ExposureFact(
    id="out-of-support",
    name="Holes that stay open once support has ended",
    gate="unknown-hole",
    tier=1,
    cves=(),
    ports=(),
    fixed=None,
    in_kev=False,
    malware=(),
    default_present=0.5,
    default_success=0.5,
    never_do="",
    pitfalls="No hole is named: the chance grows with the years since support ended",
    remedy="Replace it, or allow only the peers it needs to reach it",
    source="judgement: docs/risk-model.md",
    confidence=Confidence.MEDIUM,
)
"""Stands in for every product that is out of support and has no line of its own."""


class Weakness(Struct, frozen=True, kw_only=True):
    """An exposure that holds for a device, before it is known who tries it."""

    fact: ExposureFact
    finding: Finding

    def chance(self, adversary: Adversary, values: Mapping[str, float]) -> float:
        """P(this adversary takes the device by it | it reaches the port): present x tried x works."""
        return self.finding.present * _tried(self, adversary, values) * _works(self, adversary, values)


def exposures(
    device: Device, age: Age, knowledge: Knowledge, now: datetime, values: Mapping[str, float]
) -> tuple[Exposure, ...]:
    """Every exposure that holds for the device, likeliest first."""
    return tuple(
        shown(weakness, values) for weakness in weaknesses(device, age, knowledge.exposures(), now, values)
    )


def weaknesses(
    device: Device, age: Age, known: Iterable[ExposureFact], now: datetime, values: Mapping[str, float]
) -> tuple[Weakness, ...]:
    """Every exposure that holds for the device, likeliest first; none for an address that moves between devices."""
    if device.role is Role.VIRTUAL:
        return ()
    facts = facts_of(device)
    found = []
    for fact in known:
        check = CHECKS.get(fact.id)
        if check:
            case = Case(device=device, age=age, facts=facts, fact=fact, values=values, now=now)
            finding = check(case)
            if finding and finding.present > 0:
                found.append(Weakness(fact=fact, finding=finding))
    if not any(weakness.finding.unknown for weakness in found):
        finding = forsaken(Case(device=device, age=age, facts=facts, fact=OUTLIVED, values=values, now=now))
        if finding and finding.present > 0:
            found.append(Weakness(fact=OUTLIVED, finding=finding))
    return tuple(sorted(found, key=lambda one: (-one.chance(HEADLINE, values), one.fact.id)))


def shown(weakness: Weakness, values: Mapping[str, float]) -> Exposure:
    """A weakness as the report shows it: with the chance that the strongest adversary takes the device by it."""
    fact, finding = weakness.fact, weakness.finding
    return Exposure(
        id=fact.id,
        name=fact.name,
        gate=fact.gate,
        cves=fact.cves,
        probability=round(weakness.chance(HEADLINE, values), 4),
        grade=finding.grade,
        evidence=finding.evidence,
        remedy=fact.remedy,
    )


class Door(Struct, frozen=True):
    """What must be reachable for a gate to be tried: any one of these ports; none named = any port."""

    gate: str
    ports: tuple[Port, ...]


def doors(found: Iterable[Weakness], adversary: Adversary, values: Mapping[str, float]) -> dict[Door, float]:
    """The weaknesses joined by gate: P(taken through the gate) = 1 - prod(1 - chance), over the ports of all."""
    missed: dict[str, float] = {}
    ports: dict[str, set[Port]] = {}
    anywhere: set[str] = set()
    for weakness in found:
        gate = weakness.fact.gate
        missed[gate] = missed.get(gate, 1.0) * (1 - weakness.chance(adversary, values))
        ports.setdefault(gate, set()).update(weakness.finding.ports)
        if not weakness.finding.ports:
            anywhere.add(gate)
    return {
        Door(gate, () if gate in anywhere else tuple(sorted(ports[gate]))): 1 - missed[gate]
        for gate in sorted(missed)
    }


def _tried(weakness: Weakness, adversary: Adversary, values: Mapping[str, float]) -> float:
    if adversary is not Adversary.COMMODITY:
        return values[f"try.{adversary}"]
    if weakness.finding.unknown:
        return 0.0
    tier = 3 if weakness.fact.in_kev and weakness.fact.tier > 0 else weakness.fact.tier
    return values[f"try.commodity.{tier}"]


def _works(weakness: Weakness, adversary: Adversary, values: Mapping[str, float]) -> float:
    if weakness.finding.success is not None:
        return weakness.finding.success
    usual = values[f"success.{weakness.fact.tier}"]
    if adversary is Adversary.COMMODITY or weakness.fact.tier == 0:
        return usual
    # tier 1: nobody is known to have made it work yet, so the worm has to
    kind = "success.adaptive_plausible" if weakness.fact.tier == 1 else "success.adaptive"
    return max(usual, values[kind])
