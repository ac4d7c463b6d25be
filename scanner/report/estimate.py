"""How many were there besides those that were found: capture and recapture, on counts alone. Pure.

Two questions. `by_passes`: everybody would answer if asked at the right moment (ARP in our own segment); the passes
over those that stayed silent, and the few known ones that were asked again, tell loss (each answer is lost by itself)
from sleep (a device that missed one question misses the next too). `by_methods`: some never answer one way of asking
(a firewall drops echo); who was found by one way and is then asked by another tells how many answered neither.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from scanner.model.verdict import Interval

LEVEL: Final = 0.9
"""Belief that an interval holds."""

LEAST: Final = 5
"""Devices found, and questions to devices that were known to be there: with fewer, nothing is said."""

ALIKE: Final = 4.0
"""Who ignores one way of asking ignores another up to so many times more often than others do: both are what a strict
firewall does. No data of one run can tell, so the interval allows for all from 1 to this."""

_DRAWS: Final = 4000
_MEANS: Final = 1 / (1 + np.exp(-np.linspace(-2.0, 8.0, 51)))
"""Mean answer probabilities that are held possible: 12 % to 99.97 %."""
_TIES: Final = np.linspace(0.02, 0.75, 18) ** 2
"""How much a device's answers hang together (0 = loss alone, towards 1 = it is awake or it is not), as held possible;
even in the root: small ones are likelier."""

Floats = NDArray[np.float64]


class Pattern(Struct, frozen=True, order=True):
    """What became of the questions to one device: how many it answered and how many it did not, in one run."""

    yes: int
    no: int


class Guess(Struct, frozen=True, kw_only=True):
    """What is believed of a zone."""

    share: float
    """Of those that were on during the run, the share that was found, 0..1: the middle of the belief."""
    interval: Interval
    missed: Interval
    """Devices that were on and were not found."""
    tie: float
    """0 = answers were lost one by one, towards 1 = whole devices were asleep."""


def by_passes(found: Mapping[Pattern, int], passes: int, seed: int = 0) -> Guess | None:
    """Judge from the answers of those found, each asked at least until its first answer; None when data is too thin.

    A beta-binomial model on a grid: answer probabilities differ between devices, so that sleep shows as answers that
    hang together. `found` counts devices by their pattern; `passes` is how often one that never answered was asked.
    """
    many = sum(found.values())
    again = sum((one.yes + one.no - _first(one)) * count for one, count in found.items())
    if many < LEAST or again < LEAST:
        return None
    means, ties = (grid.ravel() for grid in np.meshgrid(_MEANS, _TIES, indexing="ij"))
    a, b = means * (1 / ties - 1), (1 - means) * (1 / ties - 1)
    miss = np.exp(_log(a, b, Pattern(0, passes)))
    like = -many * np.log1p(-miss)
    for one, count in sorted(found.items()):
        like = like + count * _log(a, b, one)
    belief = np.exp(like - like.max())
    belief /= belief.sum()
    dice = np.random.default_rng(seed)
    drawn = dice.choice(len(belief), _DRAWS, p=belief)
    missed = dice.poisson(dice.gamma(many, miss[drawn] / (1 - miss[drawn])))
    return _guess(many, missed, float(belief @ ties))


def by_methods(many: int, asked: int, answered: int, others: int, seed: int = 0) -> Guess | None:
    """Judge from two ways of asking: `many` were found in all, `others` of them by the second way only.

    `asked` of those found by the first way were also asked the second way, and `answered` of them did. None when too
    few were asked, or none answered.
    """
    if many < LEAST or asked < LEAST or not answered:
        return None
    dice = np.random.default_rng(seed)
    chance = dice.beta(answered + 0.5, asked - answered + 0.5, _DRAWS)
    # so many did not answer the second way for each that did: a negative binomial, drawn as a mixed Poisson
    ratio = (1 - chance) / chance * dice.gamma(others + 0.5, 1.0, _DRAWS)
    least, middle, most = (dice.poisson(np.minimum(ratio * by, 1e12)) for by in (1.0, ALIKE**0.5, ALIKE))
    ends = _guess(many, least, 0.0), _guess(many, middle, 0.0), _guess(many, most, 0.0)
    return Guess(
        share=ends[1].share,
        interval=Interval(lo=ends[2].interval.lo, hi=ends[0].interval.hi, level=LEVEL),
        missed=Interval(lo=ends[0].missed.lo, hi=ends[2].missed.hi, level=LEVEL),
        tie=0.0,
    )


def _guess(many: int, missed: NDArray[np.int64], tie: float) -> Guess:
    low, high = (1 - LEVEL) / 2, (1 + LEVEL) / 2
    share: Floats = many / (many + missed)
    at = np.quantile(share, [low, 0.5, high])
    most = np.quantile(missed, [low, high])
    return Guess(
        share=float(at[1]),
        interval=Interval(lo=float(at[0]), hi=float(at[2]), level=LEVEL),
        missed=Interval(lo=float(most[0]), hi=float(most[1]), level=LEVEL),
        tie=tie,
    )


def _first(one: Pattern) -> int:
    """Questions up to the first answer tell nothing of a second: every one that was found has one answer."""
    return 1 if one.yes else 0


def _log(a: Floats, b: Floats, one: Pattern) -> Floats:
    """The logarithm of B(a + yes, b + no) / B(a, b): one order of so many answers and silences."""
    total: Floats = np.zeros_like(a)
    for at in range(one.yes):
        total += np.log(a + at)
    for at in range(one.no):
        total += np.log(b + at)
    for at in range(one.yes + one.no):
        total -= np.log(a + b + at)
    return total
