"""What in a device can be dated: its Windows build, its system and version, its programs and their packages."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Final

from msgspec import Struct

from scanner.model.device import Claim, Device
from scanner.model.knowledge import Knowledge
from scanner.model.observation import EvidenceId


class Reading(Struct, frozen=True, kw_only=True):
    """One product, as one or more observations name it."""

    product: str
    """`vendor:product`, as the knowledge base spells it."""
    name: str
    """As the device or a rule spells it, for people."""
    version: str | None
    evidence: tuple[EvidenceId, ...]


KERNELS: Final = frozenset({"linux:linux_kernel"})
"""Kernels outlive their makers' support inside distributions, so alone they say nothing about support."""
RIVAL: Final = 0.6
"""A claim this sure counts as a reading of its own, even when another product won."""

Groups = Mapping[EvidenceId, Mapping[str, Claim]]


def builds(device: Device) -> Mapping[str, tuple[EvidenceId, ...]]:
    """Every Windows build that is credibly claimed, with what shows it; the winning one comes first."""
    found: dict[str, set[EvidenceId]] = {}
    if won := device.attributes.get("os.build"):
        found[won.value] = set(won.evidence)
    for claim in device.facts:
        if claim.attr == "os.build" and (claim.value in found or claim.confidence >= RIVAL):
            found.setdefault(claim.value, set()).add(claim.evidence)
    return {build: tuple(sorted(shown)) for build, shown in found.items()}


def systems(device: Device, knowledge: Knowledge) -> tuple[Reading, ...]:
    """Operating systems that are credibly claimed, the winner first; several when claims contradict each other."""
    return _readings(device, knowledge, "os") or _readings(device, knowledge, "hw")


def programs(device: Device, knowledge: Knowledge) -> tuple[Reading, ...]:
    """Programs that speak on its ports and that the knowledge base knows, by product and version."""
    found: dict[tuple[str, str | None], Reading] = {}
    for service in device.services:
        if service.product:
            _add(
                found, knowledge.product(service.product), service.product, service.version, service.evidence
            )
    for shown, group in _groups(device, "service").items():
        if named := _product(group, "service", knowledge):
            _add(found, *named, _value(group, "service.version"), (shown,))
    return tuple(found[key] for key in sorted(found, key=lambda key: (key[0], key[1] or "")))


def packaged(device: Device, knowledge: Knowledge) -> Iterator[tuple[str, str, EvidenceId]]:
    """Each program whose banner shows a distribution's package: its product, the revision, and what shows it."""
    for shown, group in sorted(_groups(device, "service").items()):
        whole, named = _value(group, "service.package"), _product(group, "service", knowledge)
        if whole is not None and named is not None:
            yield named[0], whole.rpartition(":")[2], shown


def boot(device: Device, now: datetime) -> tuple[date, EvidenceId] | None:
    """When Windows last started, as its file sharing says; None when unsaid, or impossible."""
    if not builds(device) and _value(_won(device), "os.family") != "Windows":
        return None  # a Samba server fills this field as it likes
    for claim in device.facts:
        if claim.seen.field != "smb2.boot_time" or not isinstance(claim.seen.value, str):
            continue
        try:
            started = datetime.fromisoformat(claim.seen.value)
        except ValueError:
            continue
        started = started if started.tzinfo else started.replace(tzinfo=UTC)
        if datetime(1995, 1, 1, tzinfo=UTC) <= started <= now:
            return started.astimezone(UTC).date(), claim.evidence
    return None


def _add(
    found: dict[tuple[str, str | None], Reading],
    product: str | None,
    name: str,
    version: str | None,
    shown: tuple[EvidenceId, ...],
) -> None:
    if product is None:
        return
    before = found.get((product, version))
    evidence = tuple(sorted({*shown, *(before.evidence if before else ())}))
    found[product, version] = Reading(product=product, name=name, version=version, evidence=evidence)


def _readings(device: Device, knowledge: Knowledge, subject: str) -> tuple[Reading, ...]:
    """Each product under `os.*` or `hw.*`: the winner's, and every credible rival's."""
    won = _won(device)
    winner = _product(won, subject, knowledge)
    version = _value(won, f"{subject}.version")
    found: dict[tuple[str, str | None], Reading] = {}
    if winner:
        attribute = device.attributes.get(f"{subject}.product") or device.attributes[f"{subject}.cpe23"]
        _add(found, *winner, version, attribute.evidence)
    for shown, group in _groups(device, subject).items():
        named = _product(group, subject, knowledge)
        if named is None or named[0] in KERNELS:
            continue
        same = winner is not None and named[0] == winner[0]
        own = _value(group, f"{subject}.version")
        # What the winner says less fully, or doubtfully in another way, is no reading of its own.
        if own is None and same:
            _add(found, *named, version, (shown,))
        elif _sure(group, subject):
            _add(found, *named, own, (shown,))
    return tuple(reading for reading in found.values() if reading.product not in KERNELS)


def _sure(group: Mapping[str, Claim], subject: str) -> bool:
    return any(
        group[attr].confidence >= RIVAL
        for attr in (f"{subject}.product", f"{subject}.cpe23")
        if attr in group
    )


def _groups(device: Device, subject: str) -> Groups:
    """The claims on one subject, by the observation that they come from: those belong together."""
    groups: dict[EvidenceId, dict[str, Claim]] = defaultdict(dict)
    begins = f"{subject}."
    for claim in [one for one in device.facts if one.attr.startswith(begins)]:
        group = groups[claim.evidence]
        before = group.get(claim.attr)
        if before is None or claim.confidence > before.confidence:
            group[claim.attr] = claim
    return groups


def _won(device: Device) -> Mapping[str, str]:
    return {attr: attribute.value for attr, attribute in device.attributes.items()}


def _value(group: Mapping[str, Claim] | Mapping[str, str], attr: str) -> str | None:
    found = group.get(attr)
    text = found.value if isinstance(found, Claim) else found
    return text or None


def _product(
    group: Mapping[str, Claim] | Mapping[str, str], subject: str, knowledge: Knowledge
) -> tuple[str, str] | None:
    """The product that a group of attributes names, and its name for people: by CPE where there is one."""
    name, cpe = _value(group, f"{subject}.product"), _value(group, f"{subject}.cpe23")
    product = knowledge.product(cpe) if cpe else None
    if product is None and name:
        product = knowledge.product(name, _value(group, f"{subject}.vendor"))
    return None if product is None else (product, name or product.partition(":")[2].replace("_", " "))
