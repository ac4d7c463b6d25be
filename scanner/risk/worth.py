"""Where to measure next: the zone pair that nobody knows about, and whose test would narrow the expected loss most.

In the simulated worlds each such pair is open or shut. A first look compares the worlds in which it is open with those
in which it is shut; the most telling ones are then simulated both ways with the same dice.
"""

from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from scanner.risk.blast import by_world
from scanner.risk.exposure import HEADLINE
from scanner.risk.score import WORLDS, Measured, Stage, loss_in, measure, shares, world
from scanner.risk.spread import Floats, ways, worlds

TRIED: Final = 16
"""Pairs that are simulated both ways."""


class Worth(Struct, frozen=True, kw_only=True):
    """What a test of one pair would tell."""

    source: str
    target: str
    shut: float
    """Expected loss if it turns out shut, in endpoints."""
    open: float
    narrows: float
    """Standard deviation of the expected loss that the test takes away, in endpoints."""


def worth(on: Stage, found: Measured | None = None) -> tuple[Worth, ...]:
    """The most telling pairs first; those whose answer changes nothing are left out."""
    if not on.assumed.any():
        return ()
    odds = float(on.values[on.unknown])
    chief = found or measure(on, world(on, HEADLINE), on.values)
    told = []
    for source, target in _telling(on, chief, odds):
        shut, opened = (_forced(on, source, target, to) for to in (0.0, 1.0))
        narrows = (odds * (1 - odds)) ** 0.5 * abs(opened - shut)
        names = on.net.zones[source], on.net.zones[target]
        told.append(
            Worth(
                source=names[0], target=names[1], shut=round(shut, 3), open=round(opened, 3),
                narrows=round(narrows, 3),
            )
        )  # fmt: skip
    return tuple(
        sorted(
            (one for one in told if one.narrows > 0), key=lambda one: (-one.narrows, one.source, one.target)
        )
    )


def _telling(on: Stage, found: Measured, odds: float) -> list[tuple[int, int]]:
    """The pairs with which the loss of a world goes up and down most, by index."""
    held = world(on, HEADLINE)
    parts = np.bincount(found.chosen, weights=found.entry, minlength=len(on.seeds)).astype(np.float64)
    lost = by_world(on.net, held, ways(on.net, held), on.seeds, parts, on.weight)
    ranked: list[tuple[float, int, int]] = []
    for source, target in _unknown(on):
        opened: NDArray[np.bool_] = on.dice.reach[target, source, :WORLDS] < odds * 65536
        apart = 0.0
        if opened.any() and not opened.all():
            apart = float(lost[opened].mean() - lost[~opened].mean())
        ranked.append((-apart, source, target))
    return [(source, target) for _, source, target in sorted(ranked)[:TRIED]]


def _unknown(on: Stage) -> list[tuple[int, int]]:
    """Pairs of zones that are only assumed and have a door behind them."""
    return sorted({
        (source, zone)
        for pair, (zone, _, _) in enumerate(on.net.pairs)
        for source in np.flatnonzero(on.assumed[pair]).tolist()
    })  # fmt: skip


def _forced(on: Stage, source: int, target: int, to: float) -> float:
    """The expected loss with one pair open or shut, everything else as it was."""
    opens: Floats = np.array(on.net.opens)
    here = np.array([zone == target for zone, _, _ in on.net.pairs], dtype=bool)
    opens[here, source] = to
    chance = on.chances.under(HEADLINE, on.values, {})
    return loss_in(on, worlds(on.net, on.dice, chance, opens, shares(on, on.values), WORLDS))
