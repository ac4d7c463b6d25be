"""What observations mean: claims about addresses, joined into devices."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import NewType

from msgspec import Struct

from scanner.model.kinds import Kind, Role
from scanner.model.net import Address, Mac, Port
from scanner.model.observation import EvidenceId, Observation

DeviceId = NewType("DeviceId", str)
"""`dev-` and ten hex digits, made from the device's strongest stable key."""


class Claim(Struct, frozen=True, kw_only=True):
    """One attribute that one rule, or one direct reading, takes out of one observation."""

    attr: str
    """Recog attribute name: `os.product`, `hw.device`, `host.name`; or one of ours: `device.kind`."""
    value: str
    confidence: float
    rule: str | None
    """The rule's id; None when the fact needs no rule (a MAC, a host name)."""
    seen: Observation
    evidence: EvidenceId


class Attribute(Struct, frozen=True, kw_only=True):
    """The value that won among the claims, and who stands behind it."""

    value: str
    confidence: float
    evidence: tuple[EvidenceId, ...]


class Service(Struct, frozen=True, kw_only=True):
    """One open port and what speaks on it."""

    port: Port
    address: Address
    protocol: str | None
    """Name of the probe that understood it; None when nothing did."""
    product: str | None
    version: str | None
    evidence: tuple[EvidenceId, ...]
    also: tuple[str, ...] = ()
    """Other programs that its words name: the web server before an application."""


class Location(Struct, frozen=True, kw_only=True):
    """Where a device was last attached, as a switch, access point or lease says."""

    switch: str | None = None
    port: str | None = None
    description: str | None = None
    access_point: str | None = None
    seen: datetime | None = None


class Leg(Struct, frozen=True, kw_only=True):
    """One address of a device and the zone it lies in."""

    address: Address
    mac: Mac | None
    zone: str | None
    live: bool
    """Answered during the run, rather than known from an import only."""


class Device(Struct, frozen=True, kw_only=True):
    """One physical thing: its legs, what it is, and every claim behind that."""

    id: DeviceId
    names: tuple[str, ...]
    legs: tuple[Leg, ...]
    kind: Kind
    kind_confidence: float
    role: Role
    attributes: Mapping[str, Attribute]
    services: tuple[Service, ...]
    first_seen: datetime
    last_seen: datetime
    presence: str
    """`seen` (answered in the last run), `silent` (known, did not answer), `dormant` (absent for over a month),
    `intermittent` (there on few of the days on which somebody looked, today or not)."""
    location: Location | None
    owner: str | None
    inventories: tuple[str, ...]
    """Directories, leases and registers that know it: `import:dhcp-isc`."""
    joined_by: tuple[str, ...]
    """Why several addresses are one device, in words with the key: `ssh host key SHA256:ab12...`."""
    identity_confidence: float = 0.0
    """How sure it is that all this is one device, that will be known again: `scanner.identify.sureness`."""
    conflicts: tuple[str, ...]
    """Claims that contradict the winners, in words; each lowers confidence."""
    facts: tuple[Claim, ...]
    """Every claim, winners and losers, in a stable order."""
    days: tuple[date, ...] = ()
    """Every day, in UTC, on which it is known to have been there, sorted."""
    site: str | None = None
    """The site whose bundle brought it; None = seen here."""

    @property
    def zones(self) -> tuple[str, ...]:
        """The zones it has a leg in, sorted, each once."""
        return tuple(sorted({leg.zone for leg in self.legs if leg.zone}))

    @property
    def live(self) -> bool:
        """Whether it answered in the last run."""
        return any(leg.live for leg in self.legs)

    @property
    def name(self) -> str:
        """What to call it: its first name, else its first address, else its id."""
        return self.names[0] if self.names else self.legs[0].address if self.legs else self.id
