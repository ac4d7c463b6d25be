"""Judge the fix planner: is what it fixes first better than what others fix first, and how long does a full plan take?

`python benchmarks/bench_plan.py [networks a shape]` prints aim, measured, peer and ratio, and PASS or MISS, from one run.
Each fix is one device hardened, so that all orders spend the same; the area under loss against number of fixes is
measured by the score's own simulation of every foothold (`score.measure`), which is not what the planner chooses with.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np

from benchmarks.bench_risk import Facts, device, site
from benchmarks.plan.rivals import RIVALS, orders
from benchmarks.plan.world import NOW, PARAMETERS, SHAPES, World, world
from scanner.risk.exposure import HEADLINE
from scanner.risk.parameters import resolve
from scanner.risk.plan.change import NOTHING, Change
from scanner.risk.plan.choose import choose
from scanner.risk.plan.cut import cuts
from scanner.risk.plan.moves import Move, together
from scanner.risk.plan.planner import CHOOSING, plan
from scanner.risk.plan.tree import savings
from scanner.risk.plan.trial import Trial, rehearse
from scanner.risk.scene import actors
from scanner.risk.score import Stage, measure, stage
from scanner.risk.score import world as held_in
from scanner.risk.zones import policy

FIXES = 10
SHARE, WORSE = 0.95, 0.02


def laid(of: World) -> Stage:
    """A generated network, ready to be simulated."""
    values = resolve({})
    cast = actors(of.devices, of.scope, Facts(), NOW, values)  # type: ignore[arg-type]  # what is asked of it is there
    return stage(cast, of.zones, policy(of.scope, (), values), values, 1)


def chosen(on: Stage) -> list[int]:
    """The planner's first devices, when all it may do is to harden one device at a time."""
    trial = rehearse(on, 4096, CHOOSING)

    def harden(host: int) -> Move:
        gone = Change(gone=frozenset({host}))
        return Move(key=(f"{host:05}",), action="remove", text="", hosts=(host,), cost=1.0, change=gone)

    def propose(change: Change) -> Iterator[tuple[Move, float]]:
        found = savings(trial, change, 1024).hosts
        yield from (
            (harden(int(host)), float(found[host])) for host in np.argsort(-found, kind="stable")[:40]
        )
        if change == NOTHING:
            for one in cuts(trial, change, np.ones(len(on.cast)), 1e12):
                yield together([harden(host) for host in sorted(one.hosts)], "cut"), float("inf")

    picked = choose(trial, propose, float(FIXES), FIXES).moves
    first = list(dict.fromkeys(host for move in picked for host in _inside(trial, move)))
    rest = np.argsort(-savings(trial, Change(gone=frozenset(first)), 512).hosts, kind="stable").tolist()
    return [*first, *(host for host in rest if host not in first)][:FIXES]


def _inside(trial: Trial, move: Move) -> Sequence[int]:
    """The devices of one move: those that save most alone first."""
    alone = savings(trial, NOTHING, 512).hosts
    return sorted(move.hosts, key=lambda host: -alone[host])


def area(on: Stage, order: Sequence[int]) -> float:
    """The area under loss against number of fixes, 1 = nothing is ever saved."""
    held = held_in(on, HEADLINE)
    now = measure(on, held, on.values).loss
    return float(np.mean([measure(on, held, on.values, order[: k + 1]).loss / now for k in range(FIXES)]))


def areas(each: int) -> dict[str, list[float]]:
    """Every way's area on every network."""
    found: dict[str, list[float]] = {name: [] for name in ("planner", *RIVALS)}
    for shape in SHAPES:
        for seed in range(each):
            of = world(shape, seed)
            on = laid(of)
            told = {**orders(of, on, FIXES), "planner": chosen(on)}
            for name, order in told.items():
                found[name].append(area(on, order))
    return found


def timing() -> float:
    """Seconds for a full plan of 10,000 devices in 60 zones: campaigns, rules, cuts, ten steps, curve and front."""
    import random

    dice, values, zones = random.Random(1), resolve({}), [f"z{z}" for z in range(60)]
    scope = site(60, dice)
    network = [device(f"d{at:05}", dice, zones) for at in range(10_000)]
    cast = actors(network, scope, Facts(), NOW, values)  # type: ignore[arg-type]  # what is asked of it is there
    on = stage(cast, zones, policy(scope, (), values), values, 1)
    expected = measure(on, held_in(on, HEADLINE), values).loss
    start = time.perf_counter()
    plan(on, expected)
    return time.perf_counter() - start


def main() -> int:
    """Run and print; 1 when an aim was missed."""
    each = int(sys.argv[1]) if len(sys.argv) > 1 else 8
    print("generator:", "; ".join(f"{name} {value}" for name, value in PARAMETERS.items()))
    print(
        f"{each} networks of each shape: {', '.join(SHAPES)}; {FIXES} fixes; area 1 = nothing saved, less is better"
    )
    print(f"{'what':44}{'aim':>14}{'measured':>12}{'peer':>12}{'ratio':>9}")
    found, ok = areas(each), True
    ours = np.array(found["planner"])
    for name in RIVALS:
        theirs = np.array(found[name])
        better, worst = float((ours <= theirs + 1e-9).mean()), float((ours / theirs - 1).max())
        passed = better >= SHARE and worst <= WORSE
        ok &= passed
        print(
            f"{f'area, mean, against {name}':44}{'':>14}{ours.mean():>12.3f}{theirs.mean():>12.3f}{theirs.mean() / ours.mean():>8.2f}x"
        )
        print(
            f"{'  better or equal in':44}{f'>= {SHARE:.0%}':>14}{better:>12.1%}{'':>21}  {'PASS' if passed else 'MISS'}"
        )
        print(f"{'  worst network':44}{f'<= +{WORSE:.0%}':>14}{worst:>+12.1%}")
    seconds = timing()
    ok &= seconds <= 30
    print(
        f"{'10,000 devices, 60 zones, full plan':44}{'<= 30 s':>14}{seconds:>10.1f} s{'-':>12}{'-':>9}  {'PASS' if seconds <= 30 else 'MISS'}"
    )
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
