"""Findings grouped by cause: one ticket for a cause, not one for each device."""

from collections import defaultdict
from typing import Final

from msgspec import Struct

from scanner.model.assessment import Assessment
from scanner.model.device import DeviceId
from scanner.report import words
from scanner.report.line import listed
from scanner.report.register import Finding, register
from scanner.report.text import day, short
from scanner.report.texts import phrase

MOST_NAMED: Final = 40
"""Devices named in one finding at most."""


class Entry(Struct, frozen=True, kw_only=True):
    """One finding as the register shows it."""

    id: str
    title: str
    band: str
    band_word: str
    score: int
    count: int
    devices: tuple[tuple[DeviceId, str, bool], ...]
    """Id, name, and whether a link may lead to it."""
    more: int
    evidence: int
    cves: tuple[str, ...]
    remedy: str
    deadline: str
    decision: str
    short: str
    """Its title, cut to fit a choice."""
    exploited: tuple[str, ...]
    """CVEs of it that are listed as exploited today: what a decision compares with."""


class Findings(Struct, frozen=True):
    """The register, worst first; what somebody accepts stands apart."""

    engagement: str
    entries: tuple[Entry, ...]
    accepted: tuple[Entry, ...] = ()


def findings(found: Assessment) -> Findings:
    """List the causes, worst first."""
    names = {judged.device.id: short(judged.device.name, 40) for judged in found.devices}
    places = listed(found)
    attacked = _exploited(found)
    rows = [(one.state == "accepted", _entry(one, names, places, attacked)) for one in register(found)]
    return Findings(
        found.title,
        tuple(entry for accepted, entry in rows if not accepted),
        tuple(entry for accepted, entry in rows if accepted),
    )


def _exploited(found: Assessment) -> dict[str, tuple[str, ...]]:
    """By cause, the CVEs that are listed as exploited."""
    held: dict[str, set[str]] = defaultdict(set)
    for judged in found.devices:
        for one in judged.exposures:
            held[f"exposure:{one.id}"].update(hole.cve for hole in one.holes if hole.exploited)
    return {cause: tuple(sorted(cves)) for cause, cves in held.items()}


def _entry(
    finding: Finding,
    names: dict[DeviceId, str],
    places: frozenset[DeviceId],
    attacked: dict[str, tuple[str, ...]],
) -> Entry:
    return Entry(
        id=finding.id,
        title=finding.title,
        band=finding.band.value,
        band_word=words.BANDS[finding.band],
        score=finding.score,
        count=len(finding.devices),
        devices=tuple((one, names[one], one in places) for one in finding.devices[:MOST_NAMED]),
        more=max(len(finding.devices) - MOST_NAMED, 0),
        evidence=len(finding.evidence),
        cves=finding.cves,
        remedy=finding.remedy or phrase("findings.no_remedy_is_on_record_ask_the_maker"),
        deadline=day(finding.deadline) if finding.deadline else phrase("findings.none_set"),
        decision=finding.decision,
        short=short(finding.title, 70),
        exploited=attacked.get(finding.cause, ()),
    )
