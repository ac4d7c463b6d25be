"""Known holes of a device: from exact versions, from a distribution's revision, or from the patch horizon.

One exposure a product and version, its CVEs inside. Backports are never claimed as certain: a bare upstream version of
something that distributions mend is E3, and a distribution's suffix decides where its advisories are known.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from typing import Final

from msgspec import Struct

from scanner.model.kinds import Support
from scanner.model.knowledge import Affected, Confidence, ExposureFact, Knowledge
from scanner.model.net import Port
from scanner.model.observation import EvidenceId
from scanner.risk.facts import unique
from scanner.risk.finding import Case, Finding
from scanner.risk.programs import Program, programs
from scanner.risk.suites import Told, told

GATE: Final = "known-hole"
_WINDOWS: Final = "microsoft:windows"
_KERNEL: Final = "linux:linux_kernel"
"""Left out: distributions mend it in place, and its holes lift rights on the spot."""
_IN_PLACE: Final = frozenset({"google:android", "oracle:solaris", "oracle:weblogic_server"})
"""Mended by monthly or quarterly patches that do not change the version that shows."""
_BUILD: Final = re.compile(r"(\d+\.\d+\.\d+)(?:\.(\d+))?")
_ORDER: Final = ("E4", "E3", "E2", "E1")
_OLDER: Final = "versions this old have it"
_LEAST: Final = 0.5
"""Judgement: a fix that is more likely there than not is no finding; what is not known is said as not known elsewhere."""
_LOCAL: Final = frozenset({"B", "L"})
"""What of a catalogue line shows outside: the system's build only, or nothing. Such holes mostly lift rights on the spot."""


class Candidate(Struct, frozen=True, kw_only=True):
    """One CVE that a program may have."""

    cve: str
    present: float
    grade: str
    condition: str = ""
    """What else must hold and was not seen."""
    local: bool = False
    """It needs a foothold on the device: it opens no door."""
    unchecked: bool = False
    """It rests on a row that nobody checked against a source."""


class Known(Struct, frozen=True, kw_only=True):
    """The holes of one product in one version, as one weakness."""

    fact: ExposureFact
    finding: Finding
    candidates: tuple[Candidate, ...]
    """The exploited and likeliest first."""
    because: tuple[str, ...]


def known(case: Case, knowledge: Knowledge, judged: Collection[str]) -> Iterator[Known]:
    """Every product's known holes, but for the CVEs in `judged`, which have a check of their own."""
    for program in programs(case.device, knowledge):
        if program.product == _KERNEL:
            continue
        yield from _program(case, knowledge, program, judged)
    yield from _windows(case, knowledge, judged)


def after_support(case: Case, knowledge: Knowledge) -> tuple[str, ...]:
    """A sentence for a Windows that nobody mends: how many exploited Windows holes are younger than its support.

    The year in a CVE's number is when it was assigned, so only later years than that of the end count.
    """
    age, ends = case.age, case.age.ends
    if age.support is not Support.UNSUPPORTED or ends is None or case.facts.windows is None:
        return ()
    later = [
        one
        for one in knowledge.exploited()
        if one.vendor == "Microsoft" and one.readable == "B" and int(one.cve[4:8]) > ends.year
    ]
    if not later:
        return ()
    text = (
        f"{_holes(len(later), 'exploited')} in Windows {'was' if len(later) == 1 else 'were'} numbered after"
        f" {ends.year}, when its support ended;"
        " which of them are in this version was not tested"
    )
    return (text,)


# --- programs


def _program(case: Case, knowledge: Knowledge, program: Program, judged: Collection[str]) -> Iterator[Known]:
    package = knowledge.source_package(program.product)
    revision = told(knowledge, package, program.package) if package and program.package else None
    mended = program.product in _IN_PLACE or (package is not None and case.facts.windows is None)
    found = {one.cve: one for one in _ranges(case, knowledge, program, revision, mended=mended)}
    if revision:
        for fix in revision.missing:
            found[fix.cve] = Candidate(cve=fix.cve, present=case.values["present.e4"], grade="E4")
    kept = [one for one in found.values() if one.cve not in judged]
    if kept:
        yield _weakness(
            case,
            knowledge,
            kept,
            what=f"{program.name} {program.version}",
            key=f"{program.product}@{program.package or program.version}",
            because=tuple(_sentences(program, revision, kept, mended=mended)),
            ports=program.ports or tuple(sorted(case.facts.ports)),
            evidence=program.evidence,
        )


def _ranges(
    case: Case, knowledge: Knowledge, program: Program, revision: Told | None, *, mended: bool
) -> Iterator[Candidate]:
    """Candidates by the product's affected versions; several rows of one CVE: the surest last."""
    rows = [
        (one, grade, condition)
        for one in knowledge.affected(program.product, program.version)
        if not (revision and one.cve in revision.patched)
        and (judged := _row(case, one, program.version, mended=mended))
        for grade, condition in (judged,)
    ]
    for one, grade, condition in sorted(rows, key=lambda row: (row[1], row[0].cve)):
        yield Candidate(
            cve=one.cve,
            present=case.values[f"present.{grade.lower()}"] * (0.5 if condition else 1.0),
            grade=grade,
            condition=condition,
            local="local" in one.condition.split(),
            unchecked=one.confidence is Confidence.UNVERIFIED,
        )


def _row(case: Case, one: Affected, version: str, *, mended: bool) -> tuple[str, str] | None:
    """Grade of one row and the condition that is left open; None when a condition is known not to hold.

    A row that nobody checked never counts as more than E2; a condition that was not seen costs one grade. So does a
    range without a first version for a version of another generation: `all before 14` was hardly tried on 10.3.
    """
    grade = "E3" if mended else "E4"
    if one.confidence is Confidence.UNVERIFIED:
        grade = "E2"
    left = [part for part in _parts(one.condition) if not _met(case, part)]
    bound = one.below or one.upto
    if one.start is None and bound and _first(version) != _first(bound):
        left.append(_OLDER)
    if any(_met(case, part) is False for part in left):
        return None
    if left:
        grade = _ORDER[min(len(_ORDER) - 1, _ORDER.index(grade) + 1)]
    return grade, "; ".join(left)


def _first(version: str) -> str:
    found = re.search(r"\d+", version)
    return found[0] if found else ""


def _parts(condition: str) -> list[str]:
    """`platform=windows edition=home` as its parts; words that only go on with a part stay with it."""
    parts: list[str] = []
    for word in condition.split():
        if "=" in word or not parts:
            parts.append(word)
        else:
            parts[-1] += f" {word}"
    return [part for part in parts if part != "local"]


def _met(case: Case, part: str) -> bool | None:
    """Whether a condition holds; None when nothing seen tells."""
    name, _, wanted = part.partition("=")
    if name == "platform" and wanted in {"windows", "linux"}:
        family = next((one.value.lower() for one in case.facts.fields.get("os.family", ())), None)
        return None if family is None else family == wanted
    if name == "port":
        return True if case.facts.open([f"tcp/{wanted}", f"udp/{wanted}"]) else None
    return None


def _sentences(
    program: Program, revision: Told | None, kept: Sequence[Candidate], *, mended: bool
) -> Iterator[str]:
    if revision and revision.suite:
        lacking = {one.cve for one in revision.missing} & {one.cve for one in kept}
        if lacking:
            latest = revision.missing[-1]
            yield (
                f"the package {program.package} lacks what {revision.suite} mended later, last in {latest.fixed} on"
                f" {latest.day} ({latest.advisory})"
            )
        if revision.patched:
            yield (
                f"{_holes(len(revision.patched), 'other')} {'is' if len(revision.patched) == 1 else 'are'} patched in"
                f" this revision, as {revision.suite}'s advisories say"
            )
    elif program.package:
        yield f"its distribution may have mended these in {program.package} without changing the version"
    elif program.product in _IN_PLACE:
        yield "its maker's patches do not change the version that it shows"
    elif mended:
        yield "if a distribution built it, it may be mended without a change of the version"
    if any(one.condition for one in kept):
        yield "some need a condition that was not seen"
    if unchecked := sum(one.unchecked for one in kept):
        yield f"{unchecked} of them by a row of ours that nobody checked"


# --- Windows


def _windows(case: Case, knowledge: Knowledge, judged: Collection[str]) -> Iterator[Known]:
    """Exploited holes of a Windows build: exact where its update revision was said, else by the patch horizon."""
    build = case.device.attributes.get("os.build")
    found = _BUILD.search(build.value) if build else None
    if build is None or found is None:
        return
    number, revision = found[1], found[2]
    if revision:
        rows: Iterable[Affected] = knowledge.affected(_WINDOWS, f"{number}.{revision}")
        kept = [Candidate(cve=one.cve, present=case.values["present.e4"], grade="E4") for one in rows]
        because = f"update revision {revision} is older than the fixes"
    else:
        rows = [one for one in knowledge.affected(_WINDOWS) if one.start == number]
        kept = list(_by_horizon(case, knowledge, rows))
        because = "by its patch horizon: how likely each fix is younger than its last update"
    kept = [one for one in {one.cve: one for one in kept}.values() if one.cve not in judged]
    if kept and case.facts.ports:
        yield _weakness(
            case,
            knowledge,
            kept,
            what=f"Windows {build.value}",
            sort="known" if revision else "probable",
            key=f"{_WINDOWS}@{build.value}",
            because=(because,),
            ports=tuple(sorted(case.facts.ports)),
            evidence=unique((*build.evidence, *(() if revision else case.age.horizon.evidence))),
        )


def _by_horizon(case: Case, knowledge: Knowledge, rows: Iterable[Affected]) -> Iterator[Candidate]:
    for one in rows:
        day = fixed_on(knowledge, one)
        belief = case.age.horizon.before(day) if day else None
        if belief is not None and belief >= _LEAST:
            yield Candidate(cve=one.cve, present=belief, grade="E2")


def fixed_on(knowledge: Knowledge, one: Affected) -> date | None:
    """The day of a Windows fix: of the update revision that holds it, else the first day of the CVE's year.

    The second is too early, never too late: P(last update before it) then never overstates.
    """
    found = _BUILD.fullmatch(one.below or "")
    if found is None or found[2] is None:
        return None
    held = [update.day for update in knowledge.updates(found[1]) if update.revision >= int(found[2])]
    return min(held) if held else date(int(one.cve[4:8]), 1, 1)


# --- joining


def _weakness(
    case: Case,
    knowledge: Knowledge,
    candidates: Iterable[Candidate],
    *,
    what: str,
    sort: str = "known",
    key: str,
    because: tuple[str, ...],
    ports: tuple[Port, ...],
    evidence: tuple[EvidenceId, ...],
) -> Known:
    """One weakness out of a product's holes: as likely and as useful as the most useful of them."""
    ranked = sorted(candidates, key=lambda one: _rank(knowledge, one))
    lead = max(ranked, key=lambda one: case.values[f"success.{_tier(knowledge, one)}"] * one.present)
    tier = _tier(knowledge, lead)
    listed = [one for one in ranked if knowledge.kev(one.cve)]
    exploited = f", {len(listed)} exploited" if listed else ""
    fact = ExposureFact(
        id=f"known:{key}",
        name=f"{what}: {_holes(len(ranked), sort)}{exploited}",
        gate=GATE,
        tier=tier,
        cves=tuple(one.cve for one in ranked),
        ports=(),
        fixed=None,
        in_kev=knowledge.kev(lead.cve) is not None,
        malware=(),
        default_present=lead.present,
        default_success=case.values[f"success.{tier}"],
        never_do="",
        pitfalls="",
        remedy=f"Update {what.rpartition(' ')[0]}, or allow only the peers it needs to reach it",
        source="affected versions, fixes of distributions, and the patch horizon",
        confidence=Confidence.HIGH,
    )
    finding = Finding(present=lead.present, grade=lead.grade, evidence=unique(evidence), ports=ports)
    return Known(fact=fact, finding=finding, candidates=tuple(ranked), because=because)


def _holes(count: int, sort: str) -> str:
    return f"{count} {sort} hole{'s' * (count != 1)}"


def _rank(knowledge: Knowledge, one: Candidate) -> tuple[bool, int, float, str]:
    """Exploited before the rest, sure before doubtful, then by EPSS."""
    likely = knowledge.epss(one.cve)
    likelihood = likely.score if likely else 0.0
    return knowledge.kev(one.cve) is None, _ORDER.index(one.grade), -likelihood, one.cve


def _tier(knowledge: Knowledge, one: Candidate) -> int:
    """As in exposures.csv: 2 unauthenticated and automatable, 1 plausible from the network, 0 helps an intruder.

    The catalogue does not say by which way a hole is used: what shows itself to the network is taken to be attacked
    over it.
    """
    listed, decided = knowledge.kev(one.cve), knowledge.ssvc(one.cve)
    if one.local or (decided is not None and not decided.total):
        return 0  # a denial of service, a leak: it takes nothing over
    automatable = decided is not None and decided.automatable
    if listed is not None and listed.readable not in _LOCAL:
        return 2 if automatable else 1
    return 1 if automatable else 0
