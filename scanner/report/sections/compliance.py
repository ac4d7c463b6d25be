"""For auditors: which clauses the findings support evidence for, and what was tested for it; never a verdict on compliance."""

from typing import Final

from msgspec import Struct

from scanner.model.assessment import Assessment
from scanner.report.assets import templates_dir
from scanner.report.clauses import MEMORY, Topic, table
from scanner.report.register import Finding, register
from scanner.report.text import plural
from scanner.report.texts import phrase

MOST: Final = 12
"""Findings named for one topic at most; the register holds all."""


class Row(Struct, frozen=True, kw_only=True):
    """One topic."""

    name: str
    clauses: tuple[tuple[str, str], ...]
    """Framework, clauses."""
    tested: bool
    how: str
    result: str
    findings: tuple[str, ...]
    """Ids in the register."""
    more: int
    checked: str
    """When and where the clause numbers were looked up; empty where nobody did."""


class Compliance(Struct, frozen=True):
    """The annex."""

    rows: tuple[Row, ...]
    notes: tuple[tuple[str, str], ...]
    """Framework, what to know about it."""
    evidence: int
    """Observations that the findings cite."""


def compliance(found: Assessment) -> Compliance:
    """Map each topic to the clauses of the sector's frameworks."""
    known = table(templates_dir() / "compliance.toml")
    asked = [one for one in known.framework if found.sector in one.sectors]
    names = {one.id: one.name for one in asked}
    findings = register(found)
    return Compliance(
        tuple(_row(topic, names, findings, found) for topic in known.topic),
        tuple((one.name, one.note) for one in asked if one.note),
        len({name for finding in findings for name in finding.evidence}),
    )


def _row(topic: Topic, names: dict[str, str], findings: tuple[Finding, ...], found: Assessment) -> Row:
    gates = {hole.id: hole.gate for one in found.devices for hole in one.exposures}
    those = [one for one in findings if _belongs(one, topic, gates)]
    devices = {device for one in those for device in one.devices}
    tested, how = _tested(topic, found)
    nothing = (
        phrase("compliance.nothing_found_which_is_no_proof_that_there")
        if tested
        else phrase("compliance.no_statement")
    )
    return Row(
        name=topic.name,
        clauses=tuple((names[id_], text) for id_, text in topic.clauses.items() if id_ in names),
        tested=tested,
        how=how,
        result=phrase(
            "compliance.on", findings=plural(len(those), "finding"), devices=plural(len(devices), "device")
        )
        if those
        else nothing,
        findings=tuple(one.id for one in those[:MOST]),
        more=max(len(those) - MOST, 0),
        checked="" if topic.checked == MEMORY else topic.checked,
    )


def _belongs(finding: Finding, topic: Topic, gates: dict[str, str]) -> bool:
    exposure = finding.cause.removeprefix("exposure:") if finding.cause.startswith("exposure:") else ""
    return (
        any(finding.cause.startswith(start) for start in topic.causes)
        or exposure in topic.ids
        or (exposure in gates and gates[exposure] in topic.gates)
    )


def _tested(topic: Topic, found: Assessment) -> tuple[bool, str]:
    """Whether this assessment could have seen such a finding at all, and by what."""
    if not found.devices:
        return False, phrase("compliance.no_device_was_seen")
    if topic.always:
        return True, phrase("compliance.each_of_that_was_seen", devices=plural(len(found.devices), "device"))
    if topic.needs == "zones":
        inside = sum(zone.scanned_from_inside for zone in found.zones)
        told = phrase(
            "compliance.of_scanned_from_inside", inside=inside, zones=plural(len(found.zones), "zone")
        )
        return inside > 0, told
    asked = sum(one.count for one in found.exchanges if one.outcome == "ok")
    return asked > 0, phrase(
        "compliance.from_services", answers=plural(asked, "answer")
    ) if asked else phrase("compliance.no_service_was_asked")
