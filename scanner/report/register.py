"""The findings register: devices grouped by cause, each cause with an id that stays the same over runs."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date

from msgspec import Struct

from scanner.model.assessment import Assessment, Judged
from scanner.model.device import DeviceId
from scanner.model.kinds import Band, Role, Support, band
from scanner.model.observation import EvidenceId
from scanner.report.decided import Bad, Standing, standing
from scanner.report.text import listing
from scanner.report.texts import phrase


class Finding(Struct, frozen=True, kw_only=True):
    """One cause, and every device that has it."""

    id: str
    """`F-` and five digits made from the cause alone: new findings never renumber old ones."""
    cause: str
    """The key that the id is made from: `exposure:smb1`, `unsupported:Windows 7 SP1`, `bridge:management+office`."""
    title: str
    band: Band
    score: int
    """The highest pivot score among its devices."""
    devices: tuple[DeviceId, ...]
    evidence: tuple[EvidenceId, ...]
    remedy: str
    deadline: date | None
    cves: tuple[str, ...]
    state: str = "open"
    """`open`, `accepted` or `reopened`, by what people decided; see `report.decided`."""
    accepted: tuple[DeviceId, ...] = ()
    """Those of its devices that somebody accepts."""
    decision: str = ""
    """Who accepts it, until when and why, or why it is open again."""


class _Draft(Struct):
    title: str
    remedy: str
    cves: tuple[str, ...]
    found: list[tuple[Judged, tuple[EvidenceId, ...], date | None]]


def register(found: Assessment) -> tuple[Finding, ...]:
    """Group every device's troubles by cause, worst first."""
    drafts: dict[str, _Draft] = {}
    for judged in found.devices:
        for collect in (_exposures, _unsupported, _bridge, _forgotten, _unknown, _harmed):
            for cause, title, remedy, cves, evidence, deadline in collect(judged):
                draft = drafts.setdefault(cause, _Draft(title, remedy, cves, []))
                draft.found.append((judged, evidence, deadline))
    ids = _ids(sorted(drafts))
    findings = [_finding(ids[cause], cause, draft, found) for cause, draft in drafts.items()]
    return tuple(sorted(findings, key=lambda one: (-one.score, -len(one.devices), one.cause)))


def bad(finding: Finding, found: Assessment) -> dict[DeviceId, Bad]:
    """How bad each device of a finding is, for decisions to compare with."""
    those = {judged.device.id: judged for judged in found.devices}
    return {name: _bad(finding.cause, those[name]) for name in finding.devices}


def by_device(findings: Iterable[Finding]) -> dict[DeviceId, tuple[Finding, ...]]:
    """Turn the register round: which findings name a device."""
    named: dict[DeviceId, list[Finding]] = defaultdict(list)
    for finding in findings:
        for device in finding.devices:
            named[device].append(finding)
    return {device: tuple(those) for device, those in named.items()}


_Row = tuple[str, str, str, tuple[str, ...], tuple[EvidenceId, ...], date | None]
_Collect = Callable[[Judged], Iterable[_Row]]


def _exposures(of: Judged) -> Iterable[_Row]:
    for one in of.exposures:
        yield f"exposure:{one.id}", one.name, one.remedy, one.cves, one.evidence, one.deadline


def _unsupported(of: Judged) -> Iterable[_Row]:
    if of.age.support is Support.UNSUPPORTED:
        what = of.age.subject or phrase("register.software_of_unknown_name")
        remedy = phrase("register.replace_it_buy_extended_support_where_it_is")
        yield (
            f"unsupported:{what}",
            phrase("register.is_no_longer_supported", what=what),
            remedy,
            (),
            of.age.evidence,
            None,
        )


def _bridge(of: Judged) -> Iterable[_Row]:
    zones = of.device.zones
    if len(zones) > 1 and of.device.role is Role.NONE:
        remedy = phrase("register.unplug_all_legs_but_one_or_put_a_firewall")
        yield (
            f"bridge:{'+'.join(zones)}",
            phrase("register.device_joins", zones=listing(zones)),
            remedy,
            (),
            _legs(of),
            None,
        )


def _forgotten(of: Judged) -> Iterable[_Row]:
    if of.forgotten.unknown and of.forgotten.unmanaged:
        evidence = tuple(dict.fromkeys(name for one in of.forgotten.signals for name in one.evidence))
        remedy = phrase("register.find_the_device_name_an_owner_then_manage")
        yield (
            "forgotten",
            phrase("register.nobody_looks_after_it_unknown_to_every"),
            remedy,
            (),
            evidence,
            None,
        )


def _unknown(of: Judged) -> Iterable[_Row]:
    if of.age.support is Support.UNKNOWN:
        question = of.age.settle or phrase("register.ask_its_owner_what_it_runs")
        yield (
            f"question:{question}",
            phrase("register.support_of_could_not_be_told", what=of.age.subject)
            if of.age.subject
            else phrase("register.support_could_not_be_told"),
            question,
            (),
            of.age.evidence,
            None,
        )


def _harmed(of: Judged) -> Iterable[_Row]:
    """A device that fared badly while it was looked at: the breaker stopped for it."""
    for fact in of.device.facts:
        if fact.attr == "setting.breaker":
            title = phrase("register.could_not_stand_being_looked_at", value=fact.value)
            remedy = phrase("register.see_with_its_owner_and_maker_that_it_works")
            yield f"breaker:{of.device.id}", title, remedy, (), (fact.evidence,), None


def _legs(of: Judged) -> tuple[EvidenceId, ...]:
    return tuple(dict.fromkeys(name for service in of.device.services for name in service.evidence))


def _finding(name: str, cause: str, draft: _Draft, found: Assessment) -> Finding:
    stands = _standing(name, cause, draft, found)
    score = max(judged.risk.score for judged, _, _ in draft.found)
    deadlines = [deadline for _, _, deadline in draft.found if deadline]
    return Finding(
        id=name,
        cause=cause,
        title=draft.title,
        band=band(score),
        score=score,
        devices=tuple(judged.device.id for judged, _, _ in draft.found),
        evidence=tuple(dict.fromkeys(name for _, evidence, _ in draft.found for name in evidence)),
        remedy=draft.remedy,
        deadline=min(deadlines, default=None),
        cves=draft.cves,
        state=stands.state,
        accepted=stands.accepted,
        decision=stands.said,
    )


def _standing(name: str, cause: str, draft: _Draft, found: Assessment) -> Standing:
    """What people decided, as the last run has it, and whether it holds today."""
    decisions = found.runs[-1].decisions if found.runs else ()
    devices = {judged.device.id: _bad(cause, judged) for judged, _, _ in draft.found} if decisions else {}
    return standing(decisions, frozenset({name, cause}), devices, found.now.date())


def _bad(cause: str, of: Judged) -> Bad:
    holes = (hole for one in of.exposures if cause == f"exposure:{one.id}" for hole in one.holes)
    return Bad(of.risk.score, frozenset(hole.cve for hole in holes if hole.exploited))


def _ids(causes: list[str]) -> dict[str, str]:
    """Number causes by their own hash; where two meet in one number, the later in the alphabet steps on."""
    taken: dict[str, str] = {}
    for cause in causes:
        number = int.from_bytes(hashlib.sha256(cause.encode("utf-8", "replace")).digest()[:8], "big")
        while (name := f"F-{number % 100_000:05d}") in taken:
            number += 1
        taken[name] = cause
    return {cause: name for name, cause in taken.items()}
