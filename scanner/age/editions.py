"""The readings of a device as edition hypotheses: which products, branches and support contracts fit what was seen."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from itertools import takewhile
from typing import Final

from msgspec import Struct

from scanner.age import answers, evidence
from scanner.model.device import Claim, Device
from scanner.model.kinds import Kind
from scanner.model.knowledge import Branch, Confidence, Knowledge
from scanner.model.observation import EvidenceId


class Reading(Struct, frozen=True, kw_only=True):
    """One edition hypothesis and the observations that allow it."""

    branch: Branch
    evidence: tuple[EvidenceId, ...]


NAMES_EDITION: Final = frozenset({"ldap.search_result", "smb.native_os", "snmp.sys_description"})
"""Fields in which Windows spells out its own edition; a build number alone never tells client from server."""

TOLD: Final = "told"
"""The edition of an end that its owner has in writing."""
STACK: Final = frozenset({"dhcp.options", "icmp.echo", "nmap.osmatch", "tcp.syn", "tcp.timestamps"})
"""Fields that show a system's habits and not its name: a new kernel may answer as an old one does."""

PAID: Final = frozenset(
    {"azure", "elts", "els", "esm", "esu", "esu-consumer", "extended", "legacy", "ltsc-esu", "ltss", "premium", "subscription"}
)  # fmt: skip
"""Support contracts that cost extra: most devices do not have them."""

_WORDS: Final[Mapping[str, frozenset[str]]] = {
    "esu": frozenset({"esu", "esu-consumer", "ltsc-esu", "azure"}),
    "ltsc": frozenset({"ltsc", "ltsc-esu", "iot"}),
    "ltsb": frozenset({"ltsc", "ltsc-esu", "iot"}),
    "iot": frozenset({"iot", "ltsc"}),
    "home": frozenset({"standard", "pro", "esu", "esu-consumer"}),
    "pro": frozenset({"standard", "pro", "esu", "esu-consumer"}),
    "professional": frozenset({"standard", "pro", "esu", "esu-consumer"}),
}
"""A word of an edition's name -> the support contracts that it leaves possible."""


def system(device: Device, knowledge: Knowledge) -> tuple[Reading, ...]:
    """Every reading of the operating system or firmware, oldest end first; empty when no table knows it."""
    found = _sorted([*_windows(device, knowledge)] or [*_named(device, knowledge)])
    return _told_end(device, _contracted(device, found))


def tables(readings: Sequence[Reading]) -> tuple[str, ...]:
    """The tables behind the readings: none behind what people told."""
    told = [one for one in readings if one.branch.edition != TOLD]
    builds = any(one.branch.product.startswith("microsoft:windows") for one in told)
    return (*(("branches",) if told else ()), *(("windows_builds",) if builds else ()))


def guessed(device: Device, readings: Sequence[Reading]) -> bool:
    """Whether all readings rest on how the network stack behaves: such a guess alone never gives a verdict."""
    fields = {claim.evidence: claim.seen.field for claim in device.facts}
    shown = {fields.get(name, "") for reading in readings for name in reading.evidence}
    return bool(shown) and shown <= STACK


def programs(device: Device, knowledge: Knowledge) -> tuple[tuple[Reading, ...], ...]:
    """The readings of each program that it runs, one tuple a program and version."""
    found = (
        _sorted(Reading(branch=b, evidence=p.evidence) for b in knowledge.branches(p.product, p.version))
        for p in evidence.programs(device, knowledge)
        if p.version
    )
    return tuple(readings for readings in found if readings)


def subject(readings: Sequence[Reading]) -> str:
    """What the readings are about, for people: `Windows 7 SP1 or another edition`."""
    return _subject(tuple((one.branch.product, one.branch.label) for one in readings))


@lru_cache(maxsize=1024)
def _subject(branches: tuple[tuple[str, str], ...]) -> str:
    by_product: dict[str, list[str]] = {}
    for product, label in branches:
        by_product.setdefault(product, []).append(label)
    names = list(dict.fromkeys(_common(labels) for labels in by_product.values()))
    if len(names) > 2:
        return f"{names[0]} or another edition"
    return " or ".join(names)


def _windows(device: Device, knowledge: Knowledge) -> Iterator[Reading]:
    """The editions of each build; less those that a field which names the edition rules out."""
    for build, shown in evidence.builds(device).items():
        branches = knowledge.windows(build)
        kept, because = _narrow(branches, device, knowledge)
        for branch in kept:
            yield Reading(branch=branch, evidence=tuple(sorted({*shown, *because})))


def _contracted(device: Device, readings: tuple[Reading, ...]) -> tuple[Reading, ...]:
    """The readings under the contracts that people say it has; under every one of them where they disagree.

    `standard` and `none` are the contract that everyone has. A word that fits no reading narrows nothing.
    """
    words = {claim.value.lower(): claim.evidence for claim in device.facts if claim.attr == answers.CONTRACT}
    known = {reading.branch.edition for reading in readings}
    kept = []
    for one in readings:
        shown = [name for word, name in words.items() if _under(one.branch.edition, word, known)]
        if shown:
            kept.append(Reading(branch=one.branch, evidence=tuple(sorted({*one.evidence, *shown}))))
    return tuple(kept) or readings


def _under(edition: str, word: str, known: Collection[str]) -> bool:
    """Whether an edition's support is what a person calls by this word; `esu` is `ltsc-esu` only where that is all."""
    if word in {"standard", "none", "no"}:
        return edition not in PAID and edition not in {"iot", "ltsc"}
    return edition == word if word in known else word in edition.split("-")


def _told_end(device: Device, readings: tuple[Reading, ...]) -> tuple[Reading, ...]:
    """The readings with the ends that people told instead of the tables': what a maker signed is in no table."""
    told = [claim for claim in device.facts if claim.attr == answers.ENDS]
    if not told:
        return readings
    named = subject(readings) if readings else device.name
    days = [reading.branch.released for reading in readings if reading.branch.released]
    return _sorted(
        Reading(
            branch=Branch(
                product=readings[0].branch.product if readings else "",
                branch="",
                edition=TOLD,
                label=f"{named}, as its owner has it in writing",
                released=min(days) if days else None,
                ends=date.fromisoformat(claim.value),
                open_ended=False,
                source=f"{claim.seen.source}, {claim.seen.last.date()}",
                confidence=Confidence.HIGH,
            ),
            evidence=tuple(sorted({claim.evidence, *(name for one in readings for name in one.evidence)})),
        )
        for claim in told
    )


def _named(device: Device, knowledge: Knowledge) -> Iterator[Reading]:
    """The editions of each system that is named, of its version where that is known."""
    for reading in evidence.systems(device, knowledge):
        for branch in knowledge.branches(reading.product, reading.version):
            yield Reading(branch=branch, evidence=reading.evidence)


def _narrow(
    branches: Sequence[Branch], device: Device, knowledge: Knowledge
) -> tuple[Sequence[Branch], tuple[EvidenceId, ...]]:
    """Leave out what cannot be; a word that would leave nothing is a contradiction and narrows nothing."""
    spoken = [claim for claim in device.facts if _speaks(claim)]
    named = {
        _product(claim, knowledge): claim for claim in spoken if claim.attr in {"os.product", "os.cpe23"}
    }
    because: list[EvidenceId] = []
    if device.kind is Kind.DOMAIN_CONTROLLER:
        branches = [branch for branch in branches if "server" in branch.product] or branches
    # Windows XP Embedded and POSReady call themselves `Windows 5.1` as XP does: only a server's name rules them out.
    servers = any("server" in product for product in named if product)
    kept = [
        branch
        for branch in branches
        if branch.product in named or ("embedded" in branch.product and not servers)
    ]
    kept = kept if any(branch.product in named for branch in kept) else []
    if kept:
        because += [named[branch.product].evidence for branch in kept if branch.product in named]
        branches = kept
    for claim in spoken:
        contracts = _contracts(claim.value) if claim.attr == "os.edition" else None
        kept = [branch for branch in branches if contracts and branch.edition in contracts]
        if kept:
            because.append(claim.evidence)
            branches = kept
    return branches, tuple(because)


def _speaks(claim: Claim) -> bool:
    """Whether a claim may rule editions out: a person's word, or a text in which Windows names its edition."""
    return claim.seen.source.startswith("person:") or claim.seen.field in NAMES_EDITION


def _product(claim: Claim, knowledge: Knowledge) -> str | None:
    return knowledge.product(claim.value)


def _contracts(edition: str) -> frozenset[str] | None:
    """The contracts that an edition's words leave possible; the most special word decides."""
    words = set(edition.lower().replace("-", " ").split())
    return next((contracts for word, contracts in _WORDS.items() if word in words), None)


def _common(labels: Sequence[str]) -> str:
    """The words that all labels of a product begin with: its name and branch without the contract."""
    columns = zip(*([word.rstrip(",") for word in label.split()] for label in labels), strict=False)
    shared = takewhile(lambda words: len(set(words)) == 1, columns)
    return " ".join(words[0] for words in shared) or min(labels)


def _sorted(readings: Iterable[Reading]) -> tuple[Reading, ...]:
    """Oldest end first, open ones last; in an order that depends on nothing else but the readings."""
    return tuple(sorted(readings, key=lambda one: (*_last(one.branch), one.branch.label, one.branch.edition)))


def _last(branch: Branch) -> tuple[bool, str]:
    return branch.ends is None, str(branch.ends or "")
