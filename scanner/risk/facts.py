"""What the exposures ask about a device, read from its claims in one place: ports, versions, settings, Windows build."""

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Final

from msgspec import Struct

from scanner.model.device import Claim, Device
from scanner.model.net import Port
from scanner.model.observation import EvidenceId

Version = tuple[int, ...]

_NUMBER: Final = re.compile(r"\d+")
_DOTTED: Final = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{3,5})")
_WINDOWS_NAMES: Final = (
    ("server 2012 r2", (6, 3, 9600)), ("server 2012", (6, 2, 9200)), ("server 2008 r2", (6, 1, 7601)),
    ("server 2008", (6, 0, 6002)), ("server 2003", (5, 2, 3790)), ("server 2016", (10, 0, 14393)),
    ("windows xp", (5, 1, 2600)), ("posready 2009", (5, 1, 2600)), ("windows 2000", (5, 0, 2195)),
    ("windows nt", (4, 0, 1381)), ("windows vista", (6, 0, 6002)), ("windows 7", (6, 1, 7601)),
    ("windows 8.1", (6, 3, 9600)), ("windows 8", (6, 2, 9200)),
)  # fmt: skip
"""The build a Windows name stands for when no build was seen; names that cover several builds are left out."""


class Seen(Struct, frozen=True, kw_only=True):
    """One value with where it was seen."""

    value: str
    port: Port | None
    evidence: tuple[EvidenceId, ...]


class Product(Struct, frozen=True, kw_only=True):
    """A program that listens, with its version as text."""

    name: str
    """Lower case."""
    version: str
    port: Port | None
    evidence: tuple[EvidenceId, ...]


class Facts(Struct, frozen=True, kw_only=True):
    """One device as the exposures see it."""

    ports: dict[Port, tuple[EvidenceId, ...]]
    """Ports seen open, and by what."""
    fields: dict[str, tuple[Seen, ...]]
    """Raw readings and attributes by name: `smb1.accepted`, `hw.vendor`."""
    products: tuple[Product, ...]
    windows: Version | None
    """Major, minor, build: `(6, 1, 7601)`; None for anything that is not known to be Windows."""
    os: tuple[EvidenceId, ...]
    """What says which operating system it is."""

    def says(self, field: str, *values: str) -> Seen | None:
        """The first reading of a field that is, or lists, one of the values (any value, when none is named)."""
        found = self.fields.get(field, ())
        if not found or not values:
            return found[0] if found else None
        wanted = {value.lower() for value in values}
        return next((one for one in found if wanted & _words(one)), None)

    def open(self, ports: Collection[str]) -> tuple[Port, ...]:
        """Those of the ports that are open, sorted."""
        if self.ports.keys().isdisjoint(ports):
            return ()
        return tuple(sorted(Port(port) for port in ports if port in self.ports))

    def because(self, ports: Iterable[Port]) -> tuple[EvidenceId, ...]:
        """The evidence that the ports are open."""
        return unique(one for port in ports for one in self.ports.get(port, ()))


def facts_of(device: Device) -> Facts:
    """Gather what the exposures need; the order of claims does not matter."""
    fields: dict[str, list[Seen]] = {}
    ports: dict[Port, tuple[EvidenceId, ...]] = {}
    for service in device.services:
        ports[service.port] = unique((*ports.get(service.port, ()), *service.evidence))
    for claim in sorted(device.facts, key=lambda one: (one.attr, one.value, one.evidence)):
        for name, seen in _readings(claim):
            fields.setdefault(name, []).append(seen)
        if claim.seen.port and claim.seen.source.startswith("probe:"):
            ports.setdefault(claim.seen.port, (claim.evidence,))
    for name, attribute in device.attributes.items():
        won = Seen(value=attribute.value, port=None, evidence=attribute.evidence)
        fields[name] = [won, *fields.get(name, [])]
    return Facts(
        ports=ports,
        fields={name: tuple(seen) for name, seen in fields.items()},
        products=tuple(_products(device)),
        windows=_windows(device),
        os=unique(one for name in ("os.build", "os.product") for one in _evidence(device, name)),
    )


def numbers(version: str) -> Version:
    """The numbers of a version, `7.2p2` -> (7, 2, 2); empty when there are none."""
    return tuple(int(part[:9]) for part in _NUMBER.findall(version))


def unique(evidence: Iterable[EvidenceId]) -> tuple[EvidenceId, ...]:
    """Each id once, sorted, so that the same evidence always reads the same."""
    return tuple(sorted(set(evidence)))


def _words(one: Seen) -> set[str]:
    return {one.value.lower(), *one.value.lower().split(", ")}


def _readings(claim: Claim) -> Iterator[tuple[str, Seen]]:
    """A claim speaks twice: as the attribute it means, and as the raw fact it was read from."""
    port, evidence = claim.seen.port, (claim.evidence,)
    yield claim.attr, Seen(value=claim.value, port=port, evidence=evidence)
    raw = claim.seen.value
    parts = {"": raw} if isinstance(raw, str) else {f".{name}": part for name, part in raw.items()}
    for name, part in parts.items():
        words = part if isinstance(part, list) else [part]
        for word in words:
            if claim.seen.field + name != claim.attr or str(word) != claim.value:
                yield claim.seen.field + name, Seen(value=str(word), port=port, evidence=evidence)


def _products(device: Device) -> Iterator[Product]:
    for service in device.services:
        if service.product:
            name, version = service.product.lower(), service.version or ""
            yield Product(name=name, version=version, port=service.port, evidence=service.evidence)
    for subject in ("os", "hw"):
        product = device.attributes.get(f"{subject}.product")
        if product:
            known, name = _value(device, f"{subject}.version"), product.value.lower()
            yield Product(name=name, version=known, port=None, evidence=product.evidence)


def _windows(device: Device) -> Version | None:
    product = _value(device, "os.product").lower()
    family = _value(device, "os.family").lower()
    if "windows" not in f"{family} {product}" or "windows ce" in product:
        return None
    for name in ("os.build", "os.version"):
        found = _DOTTED.search(_value(device, name))
        if found:
            return int(found[1]), int(found[2]), int(found[3])
    return next((build for name, build in _WINDOWS_NAMES if name in product), None)


def _value(device: Device, name: str) -> str:
    attribute = device.attributes.get(name)
    return attribute.value if attribute else ""


def _evidence(device: Device, name: str) -> tuple[EvidenceId, ...]:
    attribute = device.attributes.get(name)
    return attribute.evidence if attribute else ()
