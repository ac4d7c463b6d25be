"""Generate networks of several shapes for the fix planner; every parameter is in `PARAMETERS` and printed by the benchmark.

Zones are joined by rules (who may open which port where) and by devices with two legs. A device runs some of four
services, each with its own chance of being weak; what public lists say of it (CVSS, EPSS) is drawn apart from where it
stands, as it is in life.
"""

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime
from ipaddress import ip_network
from typing import Final

from msgspec import Struct

from scanner.model.device import Attribute, Device, DeviceId, Leg, Service
from scanner.model.kinds import Kind, Profile, Role, Support
from scanner.model.net import Address, Port
from scanner.model.verdict import Age, Forgotten, Horizon
from scanner.scope.file import Engagement, Flags, Network, Scope, Segment

NOW: Final = datetime(2026, 11, 23, 12, tzinfo=UTC)
PARAMETERS: Final = {
    "devices": (40, 120),
    "zones": (3, 8),
    "old": 0.25,
    "services": {"tcp/445": 0.5, "tcp/3389": 0.25, "tcp/23": 0.1, "tcp/22": 0.25},
    "bridges": {"flat": 0, "star": 3, "chain": 3, "walled": 4, "twins": 6, "open": 2},
    "rule": 0.3,
    "cvss": (5.0, 10.0),
    "epss": (0.001, 0.97),
}
SHAPES: Final = ("flat", "star", "chain", "walled", "twins", "open")
"""flat: everybody reaches everybody; star: all to a middle zone; chain: each to the next; walled: no rule, bridges only;
twins: walled, every bridge there twice; open: random rules."""
_KINDS: Final = (Kind.WORKSTATION, Kind.WORKSTATION, Kind.LAPTOP, Kind.SERVER, Kind.NAS, Kind.CAMERA, Kind.PRINTER,
                 Kind.MODALITY, Kind.PLC)  # fmt: skip
Judged = tuple[Device, Age, Forgotten]


class World(Struct, frozen=True, kw_only=True):
    """One network, with what lists say of each device."""

    shape: str
    scope: Scope
    zones: tuple[str, ...]
    devices: tuple[Judged, ...]
    cvss: dict[str, float]
    """The highest of each device."""
    epss: dict[str, float]
    """The sum of each device."""


def world(shape: str, seed: int) -> World:
    """The same shape and seed give the same network."""
    dice = random.Random(f"{shape}/{seed}")
    zones = tuple(f"z{at}" for at in range(dice.randint(*PARAMETERS["zones"])))
    many = dice.randint(*PARAMETERS["devices"])
    stands = [(dice.choice(zones),) for _ in range(many)]
    for at in range(PARAMETERS["bridges"][shape]):
        # twins stand where the one before stands
        stands[at] = stands[at - 1] if shape == "twins" and at % 2 else tuple(sorted(dice.sample(zones, 2)))
    devices = tuple(_device(f"d{at:04}", dice, stood) for at, stood in enumerate(stands))
    cvss, epss = {}, {}
    for device, _, _ in devices:
        low, high = PARAMETERS["epss"]
        cvss[device.id] = max((dice.uniform(*PARAMETERS["cvss"]) for _ in device.services), default=0.0)
        epss[device.id] = sum(low * (high / low) ** dice.random() for _ in device.services)
    scope = _scope(zones, _rules(shape, zones, dice))
    return World(shape=shape, scope=scope, zones=zones, devices=devices, cvss=cvss, epss=epss)


def _rules(shape: str, zones: Sequence[str], dice: random.Random) -> dict[tuple[str, str], tuple[str, ...]]:
    ports = tuple(PARAMETERS["services"])
    out: dict[tuple[str, str], tuple[str, ...]] = {}
    for at, one in enumerate(zones):
        for to, other in enumerate(zones):
            joined = {
                "flat": True,
                "star": 0 in (at, to),
                "chain": to == at + 1,
                "walled": False,
                "twins": False,
                "open": dice.random() < PARAMETERS["rule"],
            }[shape]
            if at != to:
                out[one, other] = tuple(dice.sample(ports, 1 + (shape == "flat"))) if joined else ()
    return out


def _device(name: str, dice: random.Random, zones: Sequence[str]) -> Judged:
    old = dice.random() < PARAMETERS["old"]
    ports = [port for port, share in PARAMETERS["services"].items() if dice.random() < share]
    build = "6.1.7601" if old else "10.0.22631"
    attributes = {"os.family": "Windows", "os.build": build} if dice.random() < 0.6 else {}
    made = Device(
        id=DeviceId(name), names=(name,), kind=dice.choice(_KINDS), kind_confidence=0.9, role=Role.NONE,
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
        support=Support.UNSUPPORTED if old else Support.SUPPORTED, subject=None, hypotheses=(), median=None,
        ends=date(2020, 1, 14) if old else None, evidence=(), settle=None,
        horizon=Horizon(
            not_before=None, not_after=date(2016, 11, 3) if old else None, because=(), evidence=(),
            knots=((date(2011, 2, 22), 0.0), (date(2016, 11, 3), 1.0)) if old else (),
        ),
    )  # fmt: skip
    return made, age, Forgotten(unknown=False, unmanaged=False, stale=False, probability=0.0, signals=())


def _scope(zones: Sequence[str], rules: dict[tuple[str, str], tuple[str, ...]]) -> Scope:
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
