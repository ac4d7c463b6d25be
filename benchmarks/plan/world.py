"""Generate networks of several shapes for the fix planner; every parameter is in `PARAMETERS` and printed by the benchmark.

Zones are joined by rules (who may open which port where) and by devices with two legs. A device runs some of four
services, each with its own chance of being weak; what public lists say of it (CVSS, EPSS) is drawn apart from where it
stands, as it is in life.
"""

import random
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from benchmarks.fleet import NOW, Judged, device, scope
from scanner.model.kinds import Kind
from scanner.scope.file import Scope

__all__ = ["NOW", "PARAMETERS", "SHAPES", "World", "world"]

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
    old, services = PARAMETERS["old"], PARAMETERS["services"]
    devices = tuple(
        device(f"d{at:04}", dice, stood, old, services, _KINDS) for at, stood in enumerate(stands)
    )
    cvss, epss = {}, {}
    for one, _, _ in devices:
        low, high = PARAMETERS["epss"]
        cvss[one.id] = max((dice.uniform(*PARAMETERS["cvss"]) for _ in one.services), default=0.0)
        epss[one.id] = sum(low * (high / low) ** dice.random() for _ in one.services)
    rules = _rules(shape, zones, dice)
    return World(shape=shape, scope=scope(zones, rules), zones=zones, devices=devices, cvss=cvss, epss=epss)


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
