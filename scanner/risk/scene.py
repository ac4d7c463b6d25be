"""The devices as risk sees them: what each weighs, how it may be entered first, what is weak on it, who shares what."""

import ipaddress
import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from scanner.errors import DataError
from scanner.model.device import Device
from scanner.model.kinds import Kind, Role, Support
from scanner.model.knowledge import Knowledge
from scanner.model.verdict import Age, Forgotten
from scanner.risk.exposure import HEADLINE, Adversary, Door, Weakness, doors, weaknesses
from scanner.risk.facts import facts_of
from scanner.risk.passwords import Group, domain_of, groups, tries
from scanner.risk.spread import Host, Row, Seed
from scanner.risk.zones import bridges, legs
from scanner.scope.file import Scope

WEIGHTS: Final[Mapping[Kind, float]] = {
    Kind.NAS: 5, Kind.SERVER: 10, Kind.INTERFACE_ENGINE: 30, Kind.MAINFRAME: 80, Kind.HSM: 80,
    Kind.BUILDING_CONTROLLER: 15, Kind.UPS: 15, Kind.PDU: 15, Kind.BMC: 10, Kind.COMPUTE_HOST: 20,
    Kind.SWITCH: 10, Kind.ROUTER: 10, Kind.FIREWALL: 10, Kind.LOAD_BALANCER: 10,
    Kind.INFUSION_GATEWAY: 20, Kind.PATIENT_MONITOR: 20, Kind.NURSE_CALL: 20, Kind.LAB_ANALYSER: 30,
    Kind.MODALITY: 30, Kind.HYPERVISOR: 50, Kind.DOMAIN_CONTROLLER: 80, Kind.PACS: 80,
    Kind.ATM: 20, Kind.POS: 5, Kind.PLC: 30, Kind.RTU: 30, Kind.HMI: 30, Kind.RELAY: 50,
}  # fmt: skip
"""Judgement: what losing one costs, in endpoints; anything else is one endpoint. The scope file wins."""

CRITICAL: Final = 30.0
"""A kind that weighs this much is a critical asset, even when the scope file names none."""

_PEOPLE: Final = frozenset({Kind.LAPTOP, Kind.WORKSTATION})
_CARRIED: Final = frozenset({Kind.LAPTOP, Kind.PHONE})
_PUBLIC: Final = frozenset({Kind.KIOSK, Kind.TV, Kind.ATM, Kind.POS, Kind.NURSE_CALL})
_VENDOR: Final = frozenset({Kind.MODALITY, Kind.LAB_ANALYSER, Kind.PLC, Kind.HMI, Kind.BUILDING_CONTROLLER})


class Actor(Struct, frozen=True, kw_only=True):
    """One device with everything that the simulation needs of it."""

    device: Device
    age: Age
    forgotten: Forgotten
    weight: float
    critical: bool
    zones: tuple[str, ...]
    weaknesses: tuple[Weakness, ...]
    groups: tuple[Group, ...]
    domain: str
    """The Windows domain that it says it belongs to, in lower case; empty = none."""
    told: float | None = None
    """Its entry weight by the scope's own word, which wins."""

    @property
    def seeds(self) -> tuple[Seed, ...]:
        """The footholds that it can be: one that stands in all its zones; for a gateway, one in each."""
        held = tuple(group.name for group in self.groups)
        if len(self.zones) > 1 and not bridges(self.device):
            return tuple(Seed((zone,), held) for zone in self.zones)
        return (Seed(self.zones, held),)

    def host(self, adversary: Adversary, values: Mapping[str, float]) -> Host:
        """The device as spread sees it under one adversary."""
        rows = [Row(door=door, chance=q) for door, q in doors(self.weaknesses, adversary, values).items()]
        rows += [
            Row(
                door=Door(f"cred:{group.name}", group.members[self.device.id]),
                chance=tries(adversary, values),
                group=group.name,
            )
            for group in self.groups
        ]
        return Host(
            key=self.device.id,
            zones=self.zones,
            rows=tuple(rows),
            carries=len(self.seeds) == 1,
            groups=tuple(group.name for group in self.groups),
        )

    @property
    def public(self) -> bool:
        """Whether it answers at an address that the whole internet can send to."""
        return any(_public(leg.address) for leg in self.device.legs if leg.live)

    def entry(self, values: Mapping[str, float]) -> float:
        """P(an intruder's first foothold within a year is here), from what it is, who sees it and how forgotten it is."""
        if self.device.role is Role.VIRTUAL:
            return 0.0
        if self.told is not None:
            return self.told
        kind = self.device.kind
        ways = [values["entry.other"]]
        if kind in _PEOPLE:
            ways.append(values["entry.user"] * (2 if self.age.support is Support.UNSUPPORTED else 1))
        if kind in _CARRIED:
            ways.append(values["entry.roaming"])
        if kind in _PUBLIC:
            ways.append(values["entry.public"])
        if kind in _VENDOR:
            ways.append(values["entry.vendor"])
        if self.public:
            # found by whoever searches, and taken as likely as its own holes allow
            ways.append(values["entry.internet"] * self.taken(values))
        missed = math.prod(1 - min(1.0, way) for way in ways)
        return min(1.0, (1 - missed) * (1 + self.forgotten.probability))

    def taken(self, values: Mapping[str, float]) -> float:
        """P(whoever reaches all its doors takes it), under the adversary that the score is about."""
        return 1 - math.prod(1 - q for q in doors(self.weaknesses, HEADLINE, values).values())


def actors(
    judged: Iterable[tuple[Device, Age, Forgotten]],
    scope: Scope,
    knowledge: Knowledge,
    now: datetime,
    values: Mapping[str, float],
) -> tuple[Actor, ...]:
    """Every device, by id, whatever the order they came in; DataError for a repeated id or an impossible weight."""
    ordered = sorted(judged, key=lambda one: one[0].id)
    for (one, _, _), (other, _, _) in itertools.pairwise(ordered):
        if one.id == other.id:
            raise DataError(f"devices: {one.id} is there twice; merge its observations first")
    _check(scope)
    read = [facts_of(device) for device, _, _ in ordered]
    shared = groups([(device, facts) for (device, _, _), facts in zip(ordered, read, strict=True)])
    of: dict[str, list[Group]] = {}
    for group in shared:
        for member in group.members:
            of.setdefault(member, []).append(group)
    return tuple(
        Actor(
            device=device,
            age=age,
            forgotten=forgotten,
            weight=_weight(device, scope),
            critical=_critical(device, scope),
            zones=legs(device),
            weaknesses=weaknesses(device, age, knowledge, now, values, facts),
            groups=tuple(of.get(device.id, ())),
            domain=domain_of(facts),
            told=_told(device, scope),
        )
        for (device, age, forgotten), facts in zip(ordered, read, strict=True)
    )


class Kin(Struct, frozen=True):
    """Devices that are entered alike, whatever the parameters say."""

    first: tuple[Actor, ...]
    """One of each kind."""
    of: NDArray[np.int64]
    """The kind of each device, in order."""


def kin(cast: Iterable[Actor]) -> Kin:
    """Sort the devices by what `Actor.entry` reads of them."""
    known: dict[tuple[object, ...], int] = {}
    first: list[Actor] = []
    of: list[int] = []
    for actor in cast:
        device = actor.device
        # what is found from the internet depends on its own holes too
        key = (
            device.role,
            actor.told,
            device.kind,
            actor.age.support,
            actor.forgotten.probability,
            device.id if actor.public else None,
        )
        of.append(known.setdefault(key, len(known)))
        if len(known) > len(first):
            first.append(actor)
    return Kin(tuple(first), np.array(of, dtype=np.int64))


def entered(alike: Kin, values: Mapping[str, float]) -> NDArray[np.float64]:
    """P(the first foothold is here) of each, in order; worked out once for all that are alike."""
    return np.array([actor.entry(values) for actor in alike.first], dtype=np.float64)[alike.of]


def weights(cast: Sequence[Actor]) -> NDArray[np.float64]:
    """What each weighs, in order."""
    return np.array([actor.weight for actor in cast], dtype=np.float64)


@lru_cache(maxsize=1 << 16)
def _public(address: str) -> bool:
    return ipaddress.ip_address(address).is_global


def _check(scope: Scope) -> None:
    for network in scope.networks:
        if network.criticality is not None and not (
            math.isfinite(network.criticality) and network.criticality >= 0
        ):
            raise DataError(
                f"scope: criticality of {network.cidr} is {network.criticality}, not a number from 0 up"
            )
        if network.entry is not None and not 0 <= network.entry <= 1:
            raise DataError(
                f"scope: entry of {network.cidr} is {network.entry}, not a probability from 0 to 1"
            )
    for one in scope.critical:
        if not (math.isfinite(one.weight) and one.weight >= 0):
            raise DataError(f"scope: weight of {one.name} is {one.weight}, not a number from 0 up")


def _weight(device: Device, scope: Scope) -> float:
    """The scope's word on this very device, else on its network, else what its kind weighs."""
    if device.role is Role.VIRTUAL:
        return 0.0
    addresses = {leg.address for leg in device.legs}
    named = [one.weight for one in scope.critical if one.address in addresses and one.site == device.site]
    if named:
        return max(named)
    declared = [
        net.criticality
        for net in scope.networks
        if net.criticality is not None
        and net.site == device.site
        and any(ipaddress.ip_address(one) in net.cidr for one in addresses)
    ]
    return max(declared) if declared else WEIGHTS.get(device.kind, 1.0)


def _told(device: Device, scope: Scope) -> float | None:
    """The entry weight that the scope gives its networks, the highest of several; None where it says nothing."""
    addresses = [ipaddress.ip_address(leg.address) for leg in device.legs if leg.live]
    said = [
        net.entry
        for net in scope.networks
        if net.entry is not None and net.site == device.site and any(one in net.cidr for one in addresses)
    ]
    return max(said, default=None)


def _critical(device: Device, scope: Scope) -> bool:
    if device.role is Role.VIRTUAL:
        return False
    addresses = {leg.address for leg in device.legs}
    return (
        any(one.address in addresses and one.site == device.site for one in scope.critical)
        or WEIGHTS.get(device.kind, 1.0) >= CRITICAL
    )
