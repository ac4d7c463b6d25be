"""CVEs that a device may have, and how those of one product in one version become one weakness."""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from scanner.model.knowledge import Confidence, ExposureFact, Knowledge
from scanner.model.net import Port
from scanner.model.observation import EvidenceId
from scanner.risk.facts import unique
from scanner.risk.finding import Case, Finding

GATE: Final = "known-hole"
GRADES: Final = ("E4", "E3", "E2", "E1")
"""The surest first."""
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


def weakness(
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
        name=f"{what}: {holes(len(ranked), sort)}{exploited}",
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


def holes(count: int, sort: str) -> str:
    """A count of holes, for people: `1 known hole`."""
    return f"{count} {sort} hole{'s' * (count != 1)}"


def _rank(knowledge: Knowledge, one: Candidate) -> tuple[bool, int, float, str]:
    """Exploited before the rest, sure before doubtful, then by EPSS."""
    likely = knowledge.epss(one.cve)
    likelihood = likely.score if likely else 0.0
    return knowledge.kev(one.cve) is None, GRADES.index(one.grade), -likelihood, one.cve


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
