"""Share a score among its reasons, exactly: the Shapley value over at most eight, in whole points."""

import math
from collections.abc import Callable, Sequence
from typing import Final

MOST: Final = 8
"""Reasons that are shared among exactly: 256 evaluations."""


def shapley(count: int, value: Callable[[int], float]) -> list[float]:
    """Each reason's mean gain over every order in which reasons can join; `value` takes a set of reasons as bits."""
    worth = [value(members) for members in range(1 << count)]
    weight = [
        math.factorial(size) * math.factorial(count - size - 1) / math.factorial(count)
        for size in range(count)
    ]
    shares = [0.0] * count
    for members, before in enumerate(worth):
        for one in range(count):
            if not members >> one & 1:
                shares[one] += weight[members.bit_count()] * (worth[members | 1 << one] - before)
    return shares


def largest_remainder(shares: Sequence[float], total: int) -> list[int]:
    """Whole points that sum to `total`, each share rounded down or up; the largest fractions go up first.

    Shares that are scaled to the total first may be of any size; all zero gives all points to the first.
    """
    if not shares:
        return []
    lost = [max(0.0, share) for share in shares]
    whole = sum(lost)
    exact = (
        [total * share / whole for share in lost] if whole > 0 else [float(total)] + [0.0] * (len(lost) - 1)
    )
    down = [math.floor(share + 1e-9) for share in exact]
    order = sorted(range(len(exact)), key=lambda at: (down[at] - exact[at], at))
    for at in order[: total - sum(down)]:
        down[at] += 1
    return down
