"""Programs and firmware as holes are looked up for them: product, exact version, package revision, and where it listens."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from msgspec import Struct

from scanner.model.device import Claim, Device
from scanner.model.knowledge import Knowledge
from scanner.model.net import Port
from scanner.model.observation import EvidenceId
from scanner.risk.facts import unique


class Program(Struct, frozen=True, kw_only=True):
    """One program, or the system itself, in one version."""

    product: str
    """`vendor:product`, as the knowledge base spells it."""
    name: str
    """As the device or a rule spells it."""
    version: str
    package: str | None
    """The distribution's whole revision, `1:7.4p1-10+deb9u5`; None when its banner shows none."""
    ports: tuple[Port, ...]
    """Empty for the system itself."""
    evidence: tuple[EvidenceId, ...]


def programs(device: Device, knowledge: Knowledge) -> tuple[Program, ...]:
    """Everything on the device whose product is known and whose version was said, by product and version."""
    found: dict[tuple[str, str], Program] = {}
    for one in (*_services(device, knowledge), *_claimed(device, knowledge), *_systems(device, knowledge)):
        before = found.get((one.product, one.version))
        found[one.product, one.version] = _joined(before, one) if before else one
    return tuple(found[key] for key in sorted(found))


def _joined(one: Program, other: Program) -> Program:
    return Program(
        product=one.product,
        name=one.name,
        version=one.version,
        package=one.package or other.package,
        ports=tuple(sorted({*one.ports, *other.ports})),
        evidence=unique((*one.evidence, *other.evidence)),
    )


def _services(device: Device, knowledge: Knowledge) -> Iterator[Program]:
    for service in device.services:
        product = knowledge.product(service.product) if service.product else None
        if product and service.product and service.version:
            yield Program(
                product=product,
                name=service.product,
                version=service.version,
                package=None,
                ports=(service.port,),
                evidence=service.evidence,
            )


def _claimed(device: Device, knowledge: Knowledge) -> Iterator[Program]:
    """Programs out of the claims of one observation, which belong together."""
    for shown, group in _groups(device, "service").items():
        named, version = _named(group, "service", knowledge), group.get("service.version")
        if named and version:
            package = group.get("service.package")
            yield Program(
                product=named[0],
                name=named[1],
                version=version.value,
                package=package.value if package else None,
                ports=(version.seen.port,) if version.seen.port else (),
                evidence=(shown,),
            )


def _systems(device: Device, knowledge: Knowledge) -> Iterator[Program]:
    """The system and the hardware's firmware, where one observation names product and version both."""
    for subject in ("os", "hw"):
        for shown, group in _groups(device, subject).items():
            named, version = _named(group, subject, knowledge), group.get(f"{subject}.version")
            if named and version:
                yield Program(
                    product=named[0],
                    name=named[1],
                    version=version.value,
                    package=None,
                    ports=(),
                    evidence=(shown,),
                )


def _groups(device: Device, subject: str) -> Mapping[EvidenceId, Mapping[str, Claim]]:
    groups: dict[EvidenceId, dict[str, Claim]] = defaultdict(dict)
    for claim in sorted(device.facts, key=lambda one: (one.confidence, one.attr, one.value)):
        if claim.attr.startswith(f"{subject}.") and claim.value:
            groups[claim.evidence][claim.attr] = claim
    return dict(sorted(groups.items()))


def _named(group: Mapping[str, Claim], subject: str, knowledge: Knowledge) -> tuple[str, str] | None:
    """Product and its name for people: by CPE where there is one."""
    said = {
        name: claim.value
        for name in ("cpe23", "product", "vendor")
        if (claim := group.get(f"{subject}.{name}"))
    }
    product = knowledge.product(said["cpe23"]) if "cpe23" in said else None
    if product is None and "product" in said:
        product = knowledge.product(said["product"], said.get("vendor"))
    if product is None:
        return None
    return product, said.get("product") or product.partition(":")[2].replace("_", " ")
