"""Devices and scopes that benchmarks of the risk model are made of; nothing of the model is asked how a network looks."""

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from ipaddress import ip_network
from typing import Final

from scanner.model.device import Attribute, Device, DeviceId, Leg, Service
from scanner.model.kinds import Kind, Profile, Role, Support
from scanner.model.net import Address, Port
from scanner.model.verdict import Age, Forgotten, Horizon
from scanner.scope.file import Engagement, Flags, Network, Scope, Segment

NOW: Final = datetime(2026, 11, 23, 12, tzinfo=UTC)
Judged = tuple[Device, Age, Forgotten]


def device(
    name: str,
    dice: random.Random,
    zones: Sequence[str],
    old: float,
    services: Mapping[str, float],
    kinds: Sequence[Kind],
) -> Judged:
    """One device with a leg in each zone: out of support with chance `old`, each service with its own, 60 % Windows."""
    late = dice.random() < old
    ports = [port for port, share in services.items() if dice.random() < share]
    build = "6.1.7601" if late else "10.0.22631"
    attributes = {"os.family": "Windows", "os.build": build} if dice.random() < 0.6 else {}
    made = Device(
        id=DeviceId(name), names=(name,), kind=dice.choice(kinds), kind_confidence=0.9, role=Role.NONE,
        legs=tuple(Leg(address=Address(f"10.{at}.0.1"), mac=None, zone=zone, live=True) for at, zone in enumerate(zones)),
        attributes={k: Attribute(value=v, confidence=0.9, evidence=()) for k, v in attributes.items()},
        services=tuple(
            Service(port=Port(port), address=Address("10.0.0.1"), protocol=None, product=None, version=None, evidence=())
            for port in ports
        ),
        first_seen=NOW, last_seen=NOW, presence="seen", location=None, owner=None, inventories=(), joined_by=(),
        conflicts=(), facts=(),
    )  # fmt: skip
    age = Age(
        support=Support.UNSUPPORTED if late else Support.SUPPORTED, subject=None, hypotheses=(), median=None,
        ends=date(2020, 1, 14) if late else None, evidence=(), settle=None,
        horizon=Horizon(
            not_before=None, not_after=date(2016, 11, 3) if late else None, because=(), evidence=(),
            knots=((date(2011, 2, 22), 0.0), (date(2016, 11, 3), 1.0)) if late else (),
        ),
    )  # fmt: skip
    return made, age, Forgotten(unknown=False, unmanaged=False, stale=False, probability=0.0, signals=())


def scope(zones: Sequence[str], rules: Mapping[tuple[str, str], tuple[str, ...]]) -> Scope:
    """A site of these zones, a /16 each, with what is declared between them."""
    return Scope(
        engagement=Engagement(
            name="b", owner="b", authorized_by="b", contact="b", reference="b", valid_from=NOW, valid_until=NOW,
            sector="hospital",
        ),
        flags=Flags(), exclusions=(), critical=(), text="",
        networks=tuple(
            Network(cidr=ip_network(f"10.{at}.0.0/16"), zone=zone, profile=Profile.OFFICE, criticality=None,
                    windows=(), vlan=None)
            for at, zone in enumerate(zones)
        ),
        segments=tuple(
            Segment(source=one, target=other, allow=ports, known="declared") for (one, other), ports in rules.items()
        ),
    )  # fmt: skip
