"""Known holes of a device: from exact versions, from a distribution's revision, or from the patch horizon.

One exposure a product and version, its CVEs inside. Backports are never claimed as certain: a bare upstream version of
something that distributions mend is E3, and a distribution's suffix decides where its advisories are known.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Final

from scanner.model.knowledge import Affected, Confidence, Knowledge
from scanner.risk.builds import windows
from scanner.risk.candidate import GRADES, Candidate, Known, holes, weakness
from scanner.risk.finding import Case
from scanner.risk.programs import Program, programs
from scanner.risk.suites import Told, told

_KERNEL: Final = "linux:linux_kernel"
"""Left out: distributions mend it in place, and its holes lift rights on the spot."""
_IN_PLACE: Final = frozenset({"google:android", "oracle:solaris", "oracle:weblogic_server"})
"""Mended by monthly or quarterly patches that do not change the version that shows."""
_OLDER: Final = "versions this old have it"


def known(case: Case, knowledge: Knowledge, judged: Collection[str]) -> Iterator[Known]:
    """Every product's known holes, but for the CVEs in `judged`, which have a check of their own."""
    for program in programs(case.device, knowledge):
        if program.product == _KERNEL:
            continue
        yield from _program(case, knowledge, program, judged)
    yield from windows(case, knowledge, judged)


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
        yield weakness(
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
        grade = GRADES[min(len(GRADES) - 1, GRADES.index(grade) + 1)]
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
                f"{holes(len(revision.patched), 'other')} {'is' if len(revision.patched) == 1 else 'are'} patched in"
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
