"""Choose moves one by one: the most saved for its cost, on the same worlds, with what was chosen before in place.

Savings are not submodular here (two redundant bridges are worth more together than apart), so no bound is proved: the
greedy order is lazy (a move is simulated again only when its last value could still win, or when the trees say that it
has become worth more), earlier choices are tried against later ones (swap), and what is printed is simulated anew.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from scanner.risk.plan.change import NOTHING, Change
from scanner.risk.plan.moves import Move, fits
from scanner.risk.plan.trial import Trial, loss, losses

Floats = NDArray[np.float64]
Guess = tuple[Move, float]
Propose = Callable[[Change], Iterable[Guess]]
"""Moves that may help after a change, each with a first guess of what it saves; inf = simulate it."""

SURE: Final = 1.96
"""Standard errors on each side of a 95 % interval."""
DOUBTS: Final = 8
"""Moves whose saving may be luck that are passed over before the plan ends."""
WORTH: Final = 0.001
"""Of the whole loss: what surely saves less is no step of a plan."""
SWAPS: Final = 4
"""Moves that are tried in the place of each earlier one."""


class Chosen(Struct, frozen=True, kw_only=True):
    """What was chosen, in order, and what each move saved when it alone was simulated first."""

    moves: tuple[Move, ...]
    alone: Mapping[tuple[str, ...], Guess]
    """Every move that was simulated before anything was chosen, by key, with its saving."""
    why: str
    """Why it ends there: `steps`, `budget`, `noise` or `nothing`."""


def joined(moves: Sequence[Move]) -> Change:
    """All of them together."""
    change = NOTHING
    for one in moves:
        change |= one.change
    return change


def interval(saved: Floats) -> tuple[float, float, float]:
    """The mean of a paired difference over worlds and its 95 % interval."""
    mean = float(saved.mean()) if len(saved) else 0.0
    error = float(saved.std(ddof=1)) / math.sqrt(len(saved)) if len(saved) > 1 else 0.0
    return mean, mean - SURE * error, mean + SURE * error


def choose(trial: Trial, propose: Propose, budget: float, steps: int) -> Chosen:
    """Choose at most so many moves within the budget; ends when no move saves something for sure."""
    picked: list[Move] = []
    alone: dict[tuple[str, ...], Guess] = {}
    guess: dict[tuple[str, ...], Guess] = {}
    before = losses(trial)
    whole = float(before.mean())
    noisy: set[tuple[str, ...]] = set()
    why = "steps"
    while len(picked) < steps:
        change = joined(picked)
        if not noisy:
            _propose(propose(change), guess)
        now = float(before.mean())
        left = budget - sum(one.cost for one in picked)
        best = _best(
            trial, change, now, guess, left, {one.key for one in picked} | noisy, {} if picked else alone
        )
        if best is None:
            spent = bool(guess) and not any(one.cost <= left for one, _ in guess.values())
            why = "noise" if noisy else "budget" if spent else "nothing"
            break
        after = losses(trial, change | best.change)
        if interval(before - after)[1] <= WORTH * whole:
            noisy.add(best.key)
            if len(noisy) > DOUBTS:
                why = "noise"
                break
            continue
        noisy.clear()
        picked, before = _swapped(trial, [*picked, best], after, guess)
    return Chosen(moves=_ordered(trial, picked), alone=alone, why=why)


def _ordered(trial: Trial, picked: Sequence[Move]) -> tuple[Move, ...]:
    """What was chosen, most saved for its cost first: swaps may have left another order."""
    left, done, now = list(picked), list[Move](), loss(trial)
    while left:
        worth = [((now - loss(trial, joined([*done, one]))) / one.cost, one) for one in left]
        first = max(worth, key=lambda pair: pair[0])[1]
        left.remove(first)
        done.append(first)
        now = loss(trial, joined(done))
    return tuple(done)


def _propose(proposed: Iterable[Guess], guess: dict[tuple[str, ...], Guess]) -> None:
    """A guess only rises: what was simulated before may have become worth more, as the second of two bridges does."""
    for move, value in proposed:
        known = guess.get(move.key)
        guess[move.key] = (move, max(value, known[1]) if known else value)


def _best(
    trial: Trial,
    change: Change,
    now: float,
    guess: dict[tuple[str, ...], Guess],
    left: float,
    taken: set[tuple[str, ...]],
    told: dict[tuple[str, ...], Guess],
) -> Move | None:
    """The move that saves most for its cost; moves are simulated from the best guess down, while they could win."""
    able = [
        (move, value)
        for key, (move, value) in guess.items()
        if key not in taken and move.cost <= left and fits(trial, change, move)
    ]
    able.sort(key=lambda one: (-one[1] / one[0].cost, one[0].cost, one[0].key))
    best, most = None, 0.0
    for move, value in able:
        if value / move.cost <= most:
            break
        saved = now - loss(trial, change | move.change)
        guess[move.key] = told[move.key] = (move, saved)
        # a world's worth of weight apart is no difference: the first in order wins
        if saved / move.cost > most + 1e-9:
            best, most = move, saved / move.cost
    return best


def _swapped(
    trial: Trial, picked: list[Move], after: Floats, guess: Mapping[tuple[str, ...], Guess]
) -> tuple[list[Move], Floats]:
    """Drop what later moves made needless, and put another in its place where that saves more and costs no more."""
    taken = {one.key for one in picked}
    spare = sorted(
        (one for one in guess.values() if one[0].key not in taken and math.isfinite(one[1])),
        key=lambda one: (-one[1], one[0].key),
    )
    for old in list(picked[:-1]):
        rest = [one for one in picked if one is not old]
        without = losses(trial, joined(rest))
        if interval(without - after)[1] <= 0:
            picked, after = rest, without
            continue
        able = [move for move, _ in spare if move.cost <= old.cost and fits(trial, joined(rest), move)]
        for move in able[:SWAPS]:
            other = losses(trial, joined([*rest, move]))
            if interval(after - other)[1] > 0:
                picked, after = [move if one is old else one for one in picked], other
                break
    return picked, after
