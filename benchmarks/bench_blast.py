"""Time the blast radius of every host of a big site on one core, with the memory it took.

Prints aim, measured, peer and ratio, and PASS or MISS, from one run: `python benchmarks/bench_blast.py [HOSTS ZONES]`.
The site is made by `risk_world` (its parameters stand there). The peer is the plain way: one foothold in one world, host by
host, in Python, timed for a second and multiplied; that both say the same is checked on a small site first.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import resource
import sys
import time

import numpy as np
from risk_world import site

from scanner.risk import blast
from scanner.risk.chance import WORD
from scanner.risk.spread import Host, Seed, lay, odds_of_falling, ways

WORLDS = 512
AIM_SECONDS, AIM_MEGABYTES = 20.0, 500.0


def radii(hosts: list[Host], zones: list[str], opens: object, seed: int) -> np.ndarray:
    """The blast radius of every host, in hosts: from its zones, itself not counted."""
    net = lay(hosts, zones, opens)  # type: ignore[arg-type]  # what site gives
    world = blast.sampled(net, seed, np.zeros(0), WORLDS)
    known = ways(net, world)
    index: dict[tuple[str, ...], int] = {}
    which = np.array([index.setdefault(host.zones, len(index)) for host in net.hosts])
    seeds = [Seed(one) for one in index]
    lost = blast.lost(net, world, known, seeds, np.ones((1, len(net.hosts))))[0]
    return np.maximum(0.0, lost[which] - blast.odds_of(net, world, known, seeds, which))


def plain(hosts: list[Host], zones: list[str], opens: object, seconds: float) -> float:
    """Seconds for one foothold in one world, host by host."""
    dice, start, done = np.random.default_rng(1), time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        live = [(host, row.door) for host in hosts for row in host.rows if dice.random() < row.chance]
        # each unknown pair is open or not in this world
        rule = {(s, t): dice.random() for s in zones for t in zones}
        first = hosts[done % len(hosts)]
        fallen, seen, todo = {first.key}, set(first.zones), list(first.zones)
        while todo:
            source = todo.pop()
            for host, door in live:
                if host.key not in fallen and any(
                    rule[source, t] < opens(source, t, door) for t in host.zones
                ):  # type: ignore[operator]  # what site gives
                    fallen.add(host.key)
                    new = [zone for zone in host.zones if zone not in seen]
                    seen.update(new)
                    todo += new
        done += 1
    return (time.perf_counter() - start) / done


def agree() -> bool:
    """Whether the fast way and one host after the other say the same of a small site."""
    hosts, zones, opens = site(300, 8, 3)
    net = lay(hosts, zones, opens)
    world = blast.sampled(net, 3, np.zeros(0), WORLDS)
    odds = odds_of_falling(net, world, [Seed(host.zones) for host in net.hosts])
    np.fill_diagonal(odds, 0.0)
    return bool(np.allclose(odds.sum(axis=1), radii(hosts, zones, opens, 3)))


def main() -> int:
    """Run and print the table; 1 when an aim was missed."""
    many, wide = (int(sys.argv[1]), int(sys.argv[2])) if len(sys.argv) > 2 else (100_000, 200)
    same = agree()
    hosts, zones, opens = site(many, wide)
    made = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    start = time.process_time()
    found = radii(hosts, zones, opens, 1)
    seconds = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    theirs = plain(hosts, zones, opens, 1.0) * many * WORLDS
    print(
        f"site: {many} hosts, {wide} zones, 24 classes, {WORLDS} worlds in words of {WORD}; made by risk_world.py"
    )
    print(
        f"mean blast radius {found.mean():.1f} hosts, largest {found.max():.1f}; agrees with host by host: {same}"
    )
    print("peer: host by host in Python, extrapolated from one second")
    print(f"{'what':44}{'aim':>10}{'measured':>12}{'peer':>18}{'ratio':>12}")
    ok = same and seconds <= AIM_SECONDS and peak <= AIM_MEGABYTES
    print(
        f"{'blast radius of every host, CPU seconds':44}{AIM_SECONDS:>8.0f} s{seconds:>10.2f} s{theirs:>16.0f} s"
        f"{theirs / seconds:>11.0f}x  {'PASS' if seconds <= AIM_SECONDS else 'MISS'}"
    )
    print(
        f"{'peak memory of the whole process':44}{AIM_MEGABYTES:>7.0f} MB{peak:>9.0f} MB{'-':>18}{'-':>12}"
        f"  {'PASS' if peak <= AIM_MEGABYTES else 'MISS'} (the site itself {made:.0f} MB)"
    )
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
