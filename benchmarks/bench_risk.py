"""Time the risk model on one core: 45 and 1,000 devices judged in full, 10,000 hosts spread and scored.

Prints aim, measured, peer and ratio, and PASS or MISS, from one run: `python benchmarks/bench_risk.py`. The peer is the
plain way to do the same spread: host by host, one world at a time, in Python (the reference that the tests check
against), one world from one foothold timed for a second and multiplied by footholds and worlds.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import random
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np

from benchmarks import fleet
from benchmarks.fleet import NOW, Judged
from scanner.model.kinds import Kind
from scanner.model.knowledge import Confidence, ExposureFact
from scanner.risk.exposure import HEADLINE, Door
from scanner.risk.judge import judge
from scanner.risk.parameters import resolve
from scanner.risk.scene import actors
from scanner.risk.score import WORLDS, measure, stage, world
from scanner.risk.spread import Host, Net
from scanner.risk.zones import policy
from scanner.scope.file import Scope

OLD = 0.2
SERVICES = {"tcp/445": 0.5, "tcp/3389": 0.2, "tcp/23": 0.08, "tcp/22": 0.2}
"""Share of devices out of support, and of those that have each port open."""


class Facts:
    """Four exposures are enough to make holes of every tier."""

    def exposures(self) -> Sequence[ExposureFact]:
        """The exposures."""
        rows = (
            ("ms17-010", "smb-rce", 3, ("tcp/445",), date(2017, 3, 14)),
            ("bluekeep", "rdp-rce", 2, ("tcp/3389",), date(2019, 5, 14)),
            ("telnet", "default-cred", 3, ("tcp/23",), None),
            ("dropbear-2016", "mgmt-rce", 1, ("tcp/22",), date(2016, 7, 21)),
        )
        return [
            ExposureFact(
                id=name, name=name, gate=gate, tier=tier, cves=(), ports=ports, fixed=fixed, in_kev=False, malware=(),
                default_present=0.5, default_success=0.5, never_do="", pitfalls="", remedy="mend it", source="bench",
                confidence=Confidence.HIGH,
            )
            for name, gate, tier, ports, fixed in rows
        ]  # fmt: skip

    def product(self, *_: object) -> None:
        """None: no product, and so no known hole of one."""

    def exploited(self) -> tuple[()]:
        """Nothing listed."""
        return ()

    kev = epss = cvss = ssvc = product

    def affected(self, *_: object) -> tuple[()]:
        """No ranges, no advisories."""
        return ()

    advisories = sources = affected


def device(name: str, dice: random.Random, zones: Sequence[str]) -> Judged:
    """One device of a mixed fleet: half clean, one in twenty with legs in two zones."""
    legs = dice.sample(list(zones), 2 if dice.random() < 0.05 and len(zones) > 1 else 1)
    return fleet.device(name, dice, legs, OLD, SERVICES, list(Kind))


def site(zones: int, dice: random.Random) -> Scope:
    """A site in which one zone pair in thirty is declared open for SMB, and every other one closed."""
    names = [f"z{at}" for at in range(zones)]
    pairs = ((s, t) for s in names for t in names if s != t)
    return fleet.scope(names, {pair: ("tcp/445",) if dice.random() < 1 / 30 else () for pair in pairs})


def timed(work: Callable[[], object]) -> float:
    """Seconds of one run."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def whole(devices: int, zones: int) -> float:
    """Seconds to judge a network in full: three adversaries, draws, fixes, explanations, cohorts."""
    dice = random.Random(1)
    scope = site(zones, dice)
    network = [device(f"d{at:05}", dice, [f"z{z}" for z in range(zones)]) for at in range(devices)]
    return timed(lambda: judge(network, scope, Facts(), {}, 1, NOW, ()))  # type: ignore[arg-type]  # what judge asks is there


def spread_only(devices: int, zones: int) -> tuple[float, float]:
    """Seconds per world: ours for the blast of every device, and the plain way for one foothold."""
    dice = random.Random(1)
    scope, values = site(zones, dice), resolve({})
    network = [device(f"d{at:05}", dice, [f"z{z}" for z in range(zones)]) for at in range(devices)]
    cast = actors(network, scope, Facts(), NOW, values)
    rules = policy(scope, (), values)
    on = stage(cast, [f"z{z}" for z in range(zones)], rules, values, 1)
    held = world(on, HEADLINE)
    ours = timed(lambda: measure(on, held, values)) / WORLDS
    start, done = time.perf_counter(), 0
    while time.perf_counter() - start < 1.0 or not done:
        plain(on.net, on.net.hosts[done % len(on.net.hosts)], rules.opens, np.random.default_rng(done))
        done += 1
    return ours, (time.perf_counter() - start) / done


def plain(net: Net, start: Host, opens: Callable[[str, str, Door], float], dice: np.random.Generator) -> int:
    """One world from one foothold, host by host: what falls."""
    live = [(host, row) for host in net.hosts for row in host.rows if dice.random() < row.chance]
    fallen, held, todo = {start.key}, set(), list(start.zones)
    while todo:
        source = todo.pop()
        held.add(source)
        for host, row in live:
            if host.key not in fallen and any(opens(source, target, row.door) == 1 for target in host.zones):
                fallen.add(host.key)
                todo += [zone for zone in host.zones if zone not in held and zone not in todo]
    return len(fallen)


def main() -> int:
    """Run and print the table; 1 when an aim was missed."""
    print("peer: host by host in Python, extrapolated from one second")
    print(f"{'what':58}{'aim':>10}{'measured':>12}{'peer':>12}{'ratio':>9}")
    ok = True
    for label, aim, got, peer in rows():
        passed = got <= aim
        ok &= passed
        told = f"{peer:>10.0f} s{peer / got:>8.0f}x" if peer else f"{'-':>12}{'-':>9}"
        print(f"{label:58}{aim:>8.2f} s{got:>10.3f} s{told}  {'PASS' if passed else 'MISS'}")
    return 0 if ok else 1


def rows() -> Sequence[tuple[str, float, float, float]]:
    """What is measured: label, aim, seconds, seconds of the peer (0 = there is none)."""
    small, large = whole(45, 6), whole(1000, 20)
    ours, theirs = spread_only(10_000, 60)
    everyone = theirs * 10_000 * WORLDS
    return (
        ("45 devices, 6 zones, judged in full", 3.0, small, 0.0),
        ("1,000 devices, 20 zones, judged in full", 15.0, large, 0.0),
        ("10,000 devices, 60 zones, every blast radius, 512 worlds", 10.0, ours * WORLDS, everyone),
    )


if __name__ == "__main__":
    sys.exit(main())
