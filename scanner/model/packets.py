"""A packet plan: what a scan would send, to whom, how fast and for how long. Made by observe, shown by cli and report."""

from datetime import datetime

from msgspec import Struct

from scanner.model.kinds import Kind, Profile
from scanner.model.net import Address, Port


class Ask(Struct, frozen=True, kw_only=True):
    """What one port is asked when it is open."""

    port: Port
    probe: str
    """Name of the probe, or `listen` where the device speaks first or not at all."""
    connections: int
    """At most so many, the one that found the port open included."""
    permit: str | None = None
    """The flag by which the scope's signer permits it; None where it needs none."""


class Question(Struct, frozen=True, kw_only=True):
    """What a probe sends."""

    probe: str
    words: str
    opening: bytes
    """Its first message, byte by byte, to a device that says nothing by itself; parts of it may be drawn at random."""


class HostPlan(Struct, frozen=True, kw_only=True):
    """One address that the log knows already."""

    address: Address
    kind: Kind | None
    connections: int
    """At most; zero for an excluded one."""
    refused: str | None
    """Why it is sent nothing."""
    care: str | None = None
    """Why it gets less than its network's profile allows; None where it does not."""
    fragile: tuple[str, ...] = ()
    """Its rows of the fragile list."""


class NetworkPlan(Struct, frozen=True, kw_only=True):
    """One network of the scope."""

    cidr: str
    zone: str
    profile: Profile
    addresses: int
    known: tuple[HostPlan, ...]
    """Hosts that the log knows; where it knows none, every address counts as one."""
    asks: tuple[Ask, ...]
    """What each host is asked, port by port, in this order."""
    connections: int
    """To all hosts together, at most."""
    per_host: int
    arp: int
    """ARP requests at most; only where the scanner stands in the network."""
    arp_rate: float
    rate_total: float
    rate_host: float
    gap: float
    at_once: int
    budget: int | None
    seconds: float
    """How long it takes at most, when every host answers as slowly as it may."""
    starts: datetime | None
    """When its first window opens; None when none does while the engagement lasts."""
    ends: datetime | None
    """When it is over, closed windows waited out; None when that is after the engagement."""


class PacketPlan(Struct, frozen=True, kw_only=True):
    """The whole plan, and what it rests on."""

    title: str
    owner: str
    authorized_by: str
    contact: str
    reference: str
    valid_from: datetime
    valid_until: datetime
    made: datetime
    networks: tuple[NetworkPlan, ...]
    questions: tuple[Question, ...]
    exclusions: tuple[tuple[str, str], ...]
    """What is never touched, and why."""
    sources: tuple[str, ...]
    """Addresses that it will be sent from, for those who watch the network."""
    agent: str
    """How it names itself where a protocol has a place for a name."""
    fingerprint: str
    """SHA-256 of all that does not depend on the hour or on what was found so far: what is approved."""

    @property
    def connections(self) -> int:
        """To all hosts of all networks, at most."""
        return sum(network.connections for network in self.networks)

    @property
    def initiations(self) -> int:
        """Connections and ARP requests, at most."""
        return self.connections + sum(network.arp for network in self.networks)

    @property
    def seconds(self) -> float:
        """How long it takes at most: the networks are looked at side by side."""
        return max((network.seconds for network in self.networks), default=0.0)
