"""How often does the score's 80 % interval hold the truth, were the judgements wrong as far as they say they may be?

`python benchmarks/bench_interval.py [truths a network]` prints aim, measured and PASS or MISS from one run. Truth: every
judgement is moved on its own, its odds (or itself, where it is no probability) by a factor between half and double,
uniform on the logarithm, with numpy's dice and not the model's; the score of each device is worked out anew under the
moved judgements in worlds of their own, eight times as many as a draw has. The networks are those of the plan's
benchmark. Devices that score less than 1 either way are left out: there is nothing to hold.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import sys
from collections.abc import Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np

from benchmarks.bench_risk import Facts
from benchmarks.plan.world import NOW, SHAPES, world
from scanner.risk.chances import GRADES, OVERRIDE
from scanner.risk.exposure import HEADLINE
from scanner.risk.judge import interval
from scanner.risk.parameters import PARAMETERS, resolve
from scanner.risk.scene import actors
from scanner.risk.score import Stage, draws, measure, shares, stage
from scanner.risk.score import world as held_in
from scanner.risk.spread import throw, worlds
from scanner.risk.zones import policy

AIM = 0.76, 0.84
WORLDS = 1024
SEEDS = range(6)
MOST = {one.name: one.most for one in PARAMETERS}


def laid(shape: str, seed: int) -> Stage:
    """A generated network, ready to be simulated."""
    of, values = world(shape, seed), resolve({})
    cast = actors(of.devices, of.scope, Facts(), NOW, values)  # type: ignore[arg-type]  # what is asked of it is there
    return stage(cast, of.zones, policy(of.scope, (), values), values, 100 * SHAPES.index(shape) + seed)


def moved(values: Mapping[str, float], dice: np.random.Generator) -> dict[str, float]:
    """Each judgement as it might really be; what scales the score is a definition and stays."""
    out = {}
    for name, value in values.items():
        factor = 2.0 ** dice.uniform(-1, 1)
        if name.startswith("score."):
            out[name] = value
        elif MOST[name] == 1.0:
            out[name] = value * factor / (1 - value + value * factor)
        else:
            out[name] = value * factor
    return out


def truth(on: Stage, dice: np.random.Generator, seed: int) -> tuple[np.ndarray, float]:
    """Scores and expected loss were the judgements others."""
    values = moved(on.values, dice)
    turn = {key: dice.uniform(-1, 1) for key in (*GRADES, OVERRIDE)}
    chance = on.chances.under(HEADLINE, values, turn)
    opens = np.where(on.assumed, values[on.unknown], on.net.opens)
    held = worlds(on.net, throw(on.net, seed, WORLDS), chance, opens, shares(on, values), WORLDS)
    found = measure(on, held, values)
    return found.score, found.loss


def covered(shape: str, seed: int, truths: int) -> tuple[int, int, int, float]:
    """Scores held, scores judged, losses held, and the mean width of the intervals."""
    on = laid(shape, seed)
    chief = measure(on, held_in(on, HEADLINE), on.values)
    scores, losses = draws(on)
    bounds = [interval(float(one), scores[:, at]) for at, one in enumerate(chief.score)]
    low, high = (np.array([getattr(one, side) for one in bounds]) for side in ("lo", "hi"))
    loss = interval(chief.loss, losses)
    dice = np.random.default_rng([seed, SHAPES.index(shape)])
    held = judged = lost = 0
    for at in range(truths):
        real, cost = truth(on, dice, 10_000 + at)
        counts = (chief.score >= 1) | (real >= 1)
        held += int(((low <= real) & (real <= high))[counts].sum())
        judged += int(counts.sum())
        lost += loss.lo <= cost <= loss.hi
    return held, judged, lost, float((high - low).mean())


def main() -> int:
    """Run and print; 1 when the aim was missed."""
    truths = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    print(f"{len(SEEDS)} networks of each shape: {', '.join(SHAPES)}; {truths} truths each")
    print(f"{'what':44}{'aim':>14}{'measured':>12}{'judged':>12}{'width':>9}")
    rows = [(shape, *covered(shape, seed, truths)) for shape in SHAPES for seed in SEEDS]
    for shape in SHAPES:
        own = [one for one in rows if one[0] == shape]
        judged, width = sum(one[2] for one in own), np.mean([one[4] for one in own])
        print(
            f"{'  ' + shape:44}{'':>14}{sum(one[1] for one in own) / judged:>12.1%}{judged:>12,}{width:>9.1f}"
        )
    ok = True
    both = (
        ("scores that their interval holds", sum(one[1] for one in rows), sum(one[2] for one in rows)),
        ("expected losses that their interval holds", sum(one[3] for one in rows), len(rows) * truths),
    )
    for what, held, judged in both:
        passed = AIM[0] <= held / judged <= AIM[1]
        ok &= passed
        aim = f"{AIM[0]:.0%} .. {AIM[1]:.0%}"
        print(f"{what:44}{aim:>14}{held / judged:>12.1%}{judged:>12,}{'':>9}  {'PASS' if passed else 'MISS'}")
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
