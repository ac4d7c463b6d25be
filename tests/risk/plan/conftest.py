"""Networks whose losses are known in closed form: telnet falls with 0.686, and nothing else is weak."""

from collections.abc import Sequence

import pytest

from scanner.model.kinds import Kind, Role
from scanner.risk.exposure import HEADLINE
from scanner.risk.parameters import resolve
from scanner.risk.scene import actors
from scanner.risk.score import Stage, loss_in, stage, world
from scanner.risk.zones import policy

FALLS = 0.98 * 0.70
"""P(a camera with telnet falls): a setting that was read, and spread by known malware."""


class Stages:
    """Lays networks out."""

    def __init__(self, make) -> None:
        self.make = make
        self.values = resolve({})

    def of(self, network, *zones: str, segments=(), critical=(), seed: int = 5) -> Stage:
        closed = [(a, b, [], "declared") for a in zones for b in zones if a != b]
        told = {(one[0], one[1]) for one in segments}
        rules = [*segments, *(one for one in closed if (one[0], one[1]) not in told)]
        scope = self.make.scope(*zones, segments=rules, critical=critical)
        cast = actors(network, scope, self.make.known, self.make.now, self.values)
        return stage(cast, zones, policy(scope, (), self.values), self.values, seed)

    def loss(self, on: Stage, hardened: Sequence[int] = ()) -> float:
        return loss_in(on, world(on, HEADLINE), hardened)

    def camera(self, name: str, *zones: str, kind: Kind = Kind.CAMERA, role: Role = Role.NONE):
        return self.make.plain(name, *zones, kind=kind, role=role, ports=("tcp/23",))

    def pc(self, name: str):
        """Patched, with nothing but the domain's image, whose password it may share."""
        device = self.make.device(
            name, "x", ports=("tcp/445",),
            attributes={"os.family": "Windows", "os.product": "Windows 11", "os.build": "10.0.22631"},
            readings=(("host.domain", "clinic.example", "tcp/445"),),
        )  # fmt: skip
        return device, self.make.age(), self.make.kept()

    def bridged(self, bridges: int, kind: Kind = Kind.CAMERA, joining: Kind = Kind.CAMERA) -> Stage:
        """Ten devices in the office and twenty behind; so many bridges join the two, and no rule does."""
        network = [self.camera(f"o{at}", "office", kind=kind) for at in range(10)]
        network += [self.camera(f"w{at:02}", "ward", kind=kind) for at in range(20)]
        network += [self.camera(f"x{at}", "office", "ward", kind=joining) for at in range(bridges)]
        return self.of(network, "office", "ward")


@pytest.fixture
def stages(make) -> Stages:
    """The maker of stages."""
    return Stages(make)


def host(on: Stage, name: str) -> int:
    """Where a device stands."""
    return [actor.device.id for actor in on.cast].index(name)
