"""Say which exposures hold for a device, how likely each is, and how likely each adversary gets in by it."""

import enum
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from ipaddress import ip_address
from typing import Final

from msgspec import Struct, structs

from scanner.model.device import Device
from scanner.model.kinds import Role
from scanner.model.knowledge import Confidence, Decision, ExposureFact, Knowledge
from scanner.model.net import Port
from scanner.model.verdict import Age, Exposure, Hole
from scanner.risk import builds, cves
from scanner.risk.calibrate import moved
from scanner.risk.candidate import Candidate
from scanner.risk.directive import deadline
from scanner.risk.facts import Facts, facts_of
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


MENDED: Final = "E2"
"""The best grade of a CVE behind a setting: SMBv1 that is turned on says nothing about which of its holes are mended."""


class Weakness(Struct, frozen=True, kw_only=True):
    """An exposure that holds for a device, before it is known who tries it."""

    fact: ExposureFact
    finding: Finding
    candidates: tuple[Candidate, ...] = ()
    """The CVEs of a product in one version; empty for an exposure of our own list, whose fact names them."""
    because: tuple[str, ...] = ()

    def chance(self, adversary: Adversary, values: Mapping[str, float]) -> float:
        """P(this adversary takes the device by it | it reaches the port): present x tried x works."""
        return self.finding.present * _tried(self, adversary, values) * _works(self, adversary, values)


MOST: Final = 12
"""CVEs that one exposure shows; the rest is a count."""


def exposures(
    device: Device, age: Age, knowledge: Knowledge, now: datetime, values: Mapping[str, float]
) -> tuple[Exposure, ...]:
    """Every exposure that holds for the device, likeliest first."""
    held = weaknesses(device, age, knowledge, now, values)
    return tuple(shown(weakness, device, knowledge, values) for weakness in held)


def weaknesses(
    device: Device,
    age: Age,
    knowledge: Knowledge,
    now: datetime,
    values: Mapping[str, float],
    read: Facts | None = None,
) -> tuple[Weakness, ...]:
    """Every exposure that holds for the device, likeliest first; none for an address that moves between devices.

    `read` is what `facts_of` says of it, where that is known already.
    """
    if device.role is Role.VIRTUAL:
        return ()
    facts = read or facts_of(device)
    checked = [one for one in knowledge.exposures() if one.id in CHECKS]

    def case(fact: ExposureFact) -> Case:
        return Case(device=device, age=age, facts=facts, fact=fact, values=values, now=now)

    found = [
        Weakness(fact=fact, finding=finding)
        for fact in checked
        if (finding := CHECKS[fact.id](case(fact))) and finding.present > 0
    ]
    if not any(weakness.finding.unknown for weakness in found):
        finding = forsaken(case(OUTLIVED))
        if finding and finding.present > 0:
            found.append(Weakness(fact=OUTLIVED, finding=finding))
    told = builds.after_support(case(OUTLIVED), knowledge)
    found = [structs.replace(one, because=told) if one.finding.unknown else one for one in found]
    judged = frozenset(cve for fact in checked for cve in fact.cves)
    found += [
        Weakness(fact=one.fact, finding=one.finding, candidates=one.candidates, because=one.because)
        for one in cves.known(case(OUTLIVED), knowledge, judged)
    ]
    taught = [_taught(one, values) for one in found]
    return tuple(sorted(taught, key=lambda one: (-one.chance(HEADLINE, values), one.fact.id)))


def _taught(one: Weakness, values: Mapping[str, float]) -> Weakness:
    """The weakness as likely as later truth has taught of its row at its grade."""
    present = moved(one.finding.present, one.fact.id, one.finding.grade, values)
    return structs.replace(one, finding=structs.replace(one.finding, present=present))


def shown(weakness: Weakness, device: Device, knowledge: Knowledge, values: Mapping[str, float]) -> Exposure:
    """A weakness as the report shows it: with the chance that the strongest adversary takes the device by it."""
    fact, finding = weakness.fact, weakness.finding
    grade = min(finding.grade, MENDED) if finding.setting else finding.grade
    candidates = weakness.candidates or tuple(
        Candidate(cve=cve, present=finding.present, grade=grade) for cve in fact.cves
    )
    exposed = any(ip_address(leg.address).is_global for leg in device.legs) if candidates else False
    seen = device.first_seen.date()
    holes = tuple(_hole(one, knowledge, exposed=exposed, seen=seen) for one in candidates)
    more = (f"and {len(holes) - MOST} more",) if len(holes) > MOST else ()
    return Exposure(
        id=fact.id,
        name=fact.name,
        gate=fact.gate,
        cves=fact.cves[:MOST],
        probability=round(weakness.chance(HEADLINE, values), 4),
        grade=finding.grade,
        evidence=finding.evidence,
        remedy=fact.remedy,
        deadline=min((one.deadline for one in holes if one.deadline), default=None),
        holes=holes[:MOST],
        because=weakness.because + more,
    )


def _hole(one: Candidate, knowledge: Knowledge, *, exposed: bool, seen: date) -> Hole:
    """What public lists say of one CVE, beside how surely it is here."""
    listed, decided, likely = knowledge.kev(one.cve), knowledge.ssvc(one.cve), knowledge.epss(one.cve)
    points = _points(decided) if decided else ""
    return Hole(
        cve=one.cve,
        grade=one.grade,
        exploited=listed.added if listed else None,
        ransomware=bool(listed and listed.ransomware),
        epss=likely.score if likely else None,
        cvss=knowledge.cvss(one.cve),
        ssvc=points,
        condition=one.condition,
        deadline=deadline(listed, decided, exposed=exposed, seen=seen),
    )


def _points(decided: Decision) -> str:
    words = [decided.exploitation, "automatable" if decided.automatable else "not automatable"]
    return ", ".join((*words, "total" if decided.total else "partial"))


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
