"""How one exposure is looked for: small checks that answer from a device's facts, and the odds of a missing fix."""

import math
import re
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta

from msgspec import Struct

from scanner.model.device import Device
from scanner.model.kinds import Kind, Support
from scanner.model.knowledge import ExposureFact
from scanner.model.net import Port
from scanner.model.observation import EvidenceId
from scanner.model.verdict import Age
from scanner.risk.facts import Facts, Version, numbers, unique


class Case(Struct, frozen=True, kw_only=True):
    """One question: does this exposure hold for this device?"""

    device: Device
    age: Age
    facts: Facts
    fact: ExposureFact
    values: Mapping[str, float]
    now: datetime

    @property
    def ports(self) -> tuple[Port, ...]:
        """The exposure's ports that are open here; every open port, where the exposure names none that can be."""
        named = [port for port in self.fact.ports if re.fullmatch(r"(tcp|udp)/\d+", port)]
        return self.facts.open(named) if named else tuple(sorted(self.facts.ports))


class Finding(Struct, frozen=True, kw_only=True):
    """It holds, with this probability, on this evidence."""

    present: float
    grade: str
    evidence: tuple[EvidenceId, ...]
    ports: tuple[Port, ...]
    """Where it is open; empty = anywhere the device can be reached."""
    success: float | None = None
    """P(it works | it is there) on this platform, where that differs from the exposure's tier."""
    unknown: bool = False
    """Stands for holes found after support ended, which no list names: a commodity worm carries none of them."""
    setting: bool = False
    """A setting was seen and no version: it is there as surely as seen, what was found in it may have been mended."""


Check = Callable[[Case], Finding | None]


def listens(*ports: str, grade: str = "config", kinds: Collection[Kind] = (), vendor: str = "") -> Check:
    """An open port is the exposure itself (`config`), or hints at it (`E1`, `E2`)."""

    def check(case: Case) -> Finding | None:
        found = case.facts.open(ports)
        made = case.facts.fields.get("hw.vendor", ())
        if not found or (kinds and case.device.kind not in kinds):
            return None
        if vendor and not any(re.search(vendor, one.value, re.IGNORECASE) for one in made):
            return None
        evidence = case.facts.because(found) + tuple(e for one in made if vendor for e in one.evidence)
        return _graded(case, grade, unique(evidence), found)

    return check


def says(field: str, *values: str, on: tuple[str, ...] = ()) -> Check:
    """The device's own reading has one of the values."""

    def check(case: Case) -> Finding | None:
        seen = case.facts.says(field, *values)
        if not seen:
            return None
        where = (seen.port,) if seen.port else case.facts.open(on) or case.ports
        return _graded(case, "config", seen.evidence, where)

    return check


def runs(product: str, below: str = "", at_least: str = "", grade: str = "E3") -> Check:
    """A program whose version lies in `at_least` <= version < `below`."""
    pattern, low, high = re.compile(product), numbers(at_least), numbers(below)

    def check(case: Case) -> Finding | None:
        for one in case.facts.products:
            version = numbers(one.version) if pattern.search(one.name) else ()
            if version and low <= version and (not high or version < high):
                return _graded(case, grade, one.evidence, (one.port,) if one.port else case.ports)
        return None

    return check


def windows(*builds: tuple[Version, Version], ports: tuple[str, ...], grade: str = "E2") -> Check:
    """A Windows in one of the build ranges (both ends count) with a port open, and its fix probably missing."""

    def check(case: Case) -> Finding | None:
        build = case.facts.windows
        if not build or not any(low <= build <= high for low, high in builds):
            return None
        found = case.facts.open(ports)
        if not found:
            return None
        evidence = unique((*case.facts.os, *case.facts.because(found), *case.age.horizon.evidence))
        missing = unfixed(case)
        if not missing:
            return None
        most = 1.0 if grade == "E2" else case.values[f"present.{grade.lower()}"]
        return Finding(present=missing * most, grade=grade, evidence=evidence, ports=found)

    return check


def outlived(*builds: tuple[Version, Version], family: str = "", product: str = "") -> Check:
    """Support ended, so that holes found since then stay open: more of them with each year."""

    def check(case: Case) -> Finding | None:
        build = case.facts.windows
        if builds and not (build and any(low <= build <= high for low, high in builds)):
            return None
        if family and not case.facts.says("os.family", family):
            return None
        if product and not any(re.search(product, one.name) for one in case.facts.products):
            return None
        return forsaken(case)

    return check


def forsaken(case: Case) -> Finding | None:
    """Unknown open holes by the years since support ended; None while it runs or nothing is open.

    A device may be one of several editions, each with an end of its own: the mean over them counts, since the
    longest-lived one is seldom the one that stands there.
    """
    share = {
        Support.UNSUPPORTED: 1.0,
        Support.UNKNOWN: case.values["unknown.undecided"],
        Support.SUPPORTED: 0.0,
    }[case.age.support]
    present = share * _open_by_now(case)
    if not present or not case.ports:
        return None
    return Finding(
        present=present,
        grade="E4" if case.age.support is Support.UNSUPPORTED else "E2",
        evidence=unique((*case.age.evidence, *case.facts.because(case.ports))),
        ports=case.ports,
        unknown=True,
        success=case.values["success.adaptive"],
    )


def unfixed(case: Case) -> float:
    """P(the last update is older than the fix), as the patch horizon believes; the generation alone where nothing is dated.

    Who keeps a system past its end, and how often anybody updates, is the horizon's business (`scanner.age.habits`).
    """
    belief = case.age.horizon.before(case.fact.fixed) if case.fact.fixed else None
    return case.values["present.e2"] if belief is None else belief


def _graded(case: Case, grade: str, evidence: tuple[EvidenceId, ...], ports: tuple[Port, ...]) -> Finding:
    present = case.values[f"present.{grade.lower()}"]
    shown = "E4" if grade == "config" else grade
    return Finding(present=present, grade=shown, evidence=evidence, ports=ports, setting=grade == "config")


def _open_by_now(case: Case) -> float:
    """P(a hole was found since the end of support): mean over the editions; a year where no end is known."""
    ends = [one.ends for one in case.age.hypotheses if one.ended and one.ends]
    known = sum(one.ended is not None for one in case.age.hypotheses)
    if not ends:
        ends = [case.age.ends or case.now.date() - timedelta(days=365)] if _decided(case.age) else []
        known = len(ends)
    years = [max(0.0, (case.now.date() - end).days / 365.25) for end in ends]
    return sum(1 - math.exp(-case.values["unknown.per_year"] * year) for year in years) / max(1, known)


def _decided(age: Age) -> bool:
    return age.support is Support.UNSUPPORTED
