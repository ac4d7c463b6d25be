"""Make the plan: propose by trees, cuts and causes, choose, and simulate what was chosen in worlds of its own.

What is chosen in one set of worlds looks better there than it is, so the numbers of a plan come from a second set. They
are scaled to the network's expected loss by their share of the loss there (a ratio estimate), so that the plan starts
at the very number that the report shows.
"""

import math
from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from scanner.errors import DataError
from scanner.model.plan import Plan, Point, Step
from scanner.model.verdict import Interval
from scanner.risk.plan import moves
from scanner.risk.plan.change import NOTHING, Change
from scanner.risk.plan.choose import SURE, Chosen, choose, joined
from scanner.risk.plan.cut import Cut, cuts
from scanner.risk.plan.moves import Move
from scanner.risk.plan.tree import savings
from scanner.risk.plan.trial import Trial, losses, rehearse
from scanner.risk.score import Stage

Floats = NDArray[np.float64]

STEPS: Final = 10
"""Steps of the plan in every report; `stalehost plan` makes as many as the budget allows, up to MOST."""
MOST: Final = 40
CHOOSING: Final = 1
SHOWING: Final = 2
"""Salts: the worlds in which a plan is chosen, and those in which it is measured."""
LEVEL: Final = 0.95
HOSTS: Final = 40
RULES: Final = 20
FRONT: Final = 30
"""Devices and rules that the trees propose each time, and single moves that are measured for the front."""


def plan(on: Stage, expected: float, *, budget: float | None = None, steps: int = STEPS) -> Plan:
    """Plan for a network whose expected loss is known; equal arguments give equal plans."""
    if not on.cast or expected <= 0 or steps <= 0:
        return Plan(loss=expected, after=expected, budget=budget)
    trial = rehearse(on, worlds(len(on.cast)), CHOOSING)
    chosen = choose(trial, proposer(trial), math.inf if budget is None else budget, steps)
    del trial
    shown = rehearse(on, worlds(len(on.cast)), SHOWING)
    return _told(shown, chosen, expected, budget)


def checked(budget: float | None) -> float | None:
    """A budget that can be spent; DataError for one that is no number from 0 up."""
    if budget is not None and not (math.isfinite(budget) and budget >= 0):
        raise DataError(f"plan: a budget of {budget} is not a number from 0 up")
    return budget


def worlds(devices: int) -> int:
    """Worlds to try plans in: fewer in a big network, where each holds more footholds' worth of devices."""
    return 4096 if devices <= 300 else 2048 if devices <= 3000 else 1024


def looked(devices: int) -> int:
    """Worlds whose trees are built each time."""
    return 512 if devices <= 300 else 256 if devices <= 3000 else 64


class Proposer(Struct, frozen=True, kw_only=True):
    """What may help, given what is already done."""

    trial: Trial
    fixed: tuple[Move, ...]
    """Campaigns, which need no tree to be thought of."""

    def __call__(self, change: Change) -> Iterator[tuple[Move, float]]:
        """Moves with a first guess; what the trees cannot value is simulated."""
        trial = self.trial
        found = savings(trial, change, looked(len(trial.on.cast)))
        if change == NOTHING:
            yield from ((move, math.inf) for move in self.fixed)
            yield from ((move, math.inf) for move in parting(trial))
        for host in _highest(found.hosts, HOSTS):
            yield from ((move, float(found.hosts[host])) for move in moves.on_device(trial, host))
        many = len(trial.on.net.zones)
        for rule in _highest(found.rules.ravel(), RULES):
            value = float(found.rules.flat[rule])
            yield from ((move, value) for move in moves.rules(trial, rule // many, rule % many))


def proposer(trial: Trial) -> Proposer:
    """A proposer for these worlds."""
    return Proposer(trial=trial, fixed=moves.campaigns(trial))


def parting(trial: Trial) -> Iterator[Move]:
    """The sets that minimum cuts find, as moves: redundant bridges, and the walls that replace them."""
    cheapest = [moves.cheapest(trial, host) for host in range(len(trial.on.cast))]
    costs = np.array([math.inf if one is None else one.cost for one in cheapest])
    few = 8 if len(trial.on.cast) <= 3000 else 2
    for one in cuts(trial, NOTHING, costs, trial.on.values["cost.rule_used"], few):
        parts = [move for host in sorted(one.hosts) if (move := cheapest[host]) is not None]
        parts += [
            move
            for source, target in sorted(one.rules)
            if (move := moves.deny(trial, source, target)) is not None
        ]
        yield moves.together(parts, _parts(trial, one))


def _parts(trial: Trial, one: Cut) -> str:
    zones = trial.on.net.zones
    return f"Part {zones[one.source]} from {zones[one.target]}, all of these together"


def _highest(values: Floats, most: int) -> list[int]:
    return [int(at) for at in np.argsort(-values, kind="stable")[:most] if values[at] > 0]


def _told(shown: Trial, chosen: Chosen, expected: float, budget: float | None) -> Plan:
    """The plan with its numbers, all from worlds that it was not chosen in."""
    base = losses(shown)
    after = [base, *(losses(shown, joined(chosen.moves[: k + 1])) for k in range(len(chosen.moves)))]
    scale = expected / float(base.mean()) if base.mean() > 0 else 0.0
    steps = tuple(
        _step(shown, move, after[k], after[k + 1], base, scale) for k, move in enumerate(chosen.moves)
    )
    costs = np.cumsum([0.0, *(move.cost for move in chosen.moves)])
    words = [move.text for move in chosen.moves]
    curve = tuple(
        _point(k, float(costs[k]), base, one, expected, words[k - 1] if k else "Do nothing")
        for k, one in enumerate(after)
    )
    return Plan(
        loss=round(expected, 3),
        after=curve[-1].loss,
        saved=_saved(base, after[-1], expected),
        cost=round(float(costs[-1]), 3),
        budget=budget,
        steps=steps,
        curve=curve,
        front=_front([*curve, *_alone(shown, chosen, base, expected)]),
        ends=chosen.why,
        spared=sum(moves.forbidden(actor.device) for actor in shown.on.cast),
        worlds=shown.worlds,
    )


def _step(shown: Trial, move: Move, before: Floats, after: Floats, base: Floats, scale: float) -> Step:
    saved = (before - after) * scale
    lo, hi = _bounds(saved)
    alone = float((base - losses(shown, move.change)).mean()) * scale
    return Step(
        action=move.action,
        text=move.text,
        devices=tuple(shown.on.cast[host].device.id for host in move.hosts),
        cost=round(move.cost, 3),
        saves=round(float(saved.mean()), 3),
        interval=Interval(lo=round(max(0.0, lo), 3), hi=round(hi, 3), level=LEVEL),
        alone=round(alone, 3),
    )


def _point(steps: int, cost: float, base: Floats, after: Floats, expected: float, what: str) -> Point:
    share, lo, hi = _share(base, after)
    return Point(
        steps=steps,
        cost=round(cost, 3),
        loss=round(expected * share, 3),
        interval=Interval(lo=round(expected * lo, 3), hi=round(expected * hi, 3), level=LEVEL),
        what=what,
    )


def _saved(base: Floats, after: Floats, expected: float) -> Interval:
    _, lo, hi = _share(base, after)
    return Interval(lo=round(expected * (1 - hi), 3), hi=round(expected * (1 - lo), 3), level=LEVEL)


def _share(base: Floats, after: Floats) -> tuple[float, float, float]:
    """The share of the loss that is left, with its 95 % interval: a ratio of means over the same worlds."""
    mean = float(base.mean())
    if mean <= 0:
        return 1.0, 1.0, 1.0
    share = float(after.mean()) / mean
    error = SURE * float((after - share * base).std(ddof=1)) / math.sqrt(len(base)) / mean
    return share, max(0.0, share - error), min(1.0, share + error)


def _bounds(saved: Floats) -> tuple[float, float]:
    error = SURE * float(saved.std(ddof=1)) / math.sqrt(len(saved))
    return float(saved.mean()) - error, float(saved.mean()) + error


def _alone(shown: Trial, chosen: Chosen, base: Floats, expected: float) -> Iterator[Point]:
    """The single moves that looked best for little, measured in these worlds."""
    told = sorted(chosen.alone.values(), key=lambda one: (-one[1] / one[0].cost, one[0].key))[:FRONT]
    for move, _ in told:
        yield _point(1, move.cost, base, losses(shown, move.change), expected, move.text)


def _front(points: Iterable[Point]) -> tuple[Point, ...]:
    """Those that no other beats in cost and loss, by cost."""
    kept: list[Point] = []
    for one in sorted(points, key=lambda point: (point.cost, point.loss, point.steps, point.what)):
        if not kept or one.loss < kept[-1].loss:
            kept.append(one)
    return tuple(kept)
