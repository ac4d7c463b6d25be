"""Findings grouped by cause: one ticket for a cause, not one for each device."""

from typing import Final

from msgspec import Struct

from scanner.model.assessment import Assessment
from scanner.model.device import DeviceId
from scanner.report import words
from scanner.report.line import listed
from scanner.report.register import Finding, register
from scanner.report.text import day, short

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


class Findings(Struct, frozen=True):
    """The register, worst first; what somebody accepts stands apart."""

    entries: tuple[Entry, ...]
    accepted: tuple[Entry, ...] = ()


def findings(found: Assessment) -> Findings:
    """List the causes, worst first."""
    names = {judged.device.id: short(judged.device.name, 40) for judged in found.devices}
    places = listed(found)
    rows = [(one.state == "accepted", _entry(one, names, places)) for one in register(found)]
    return Findings(
        tuple(entry for accepted, entry in rows if not accepted),
        tuple(entry for accepted, entry in rows if accepted),
    )


def _entry(finding: Finding, names: dict[DeviceId, str], places: frozenset[DeviceId]) -> Entry:
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
        remedy=finding.remedy or "No remedy is on record; ask the maker",
        deadline=day(finding.deadline) if finding.deadline else "none set",
        decision=finding.decision,
    )
