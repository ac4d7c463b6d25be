"""When updates stopped coming out: each day on which they may have, with how likely that is.

Whoever tried to update later is level with that day, so the prior of the patch horizon piles those tries up there.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from scanner.age.editions import PAID
from scanner.model.knowledge import Branch, Confidence

Ends = tuple[tuple[date, float], ...]
"""Days with weights above 0, oldest first; today where updates still come."""

PAID_SHARE: Final = 0.15
"""Judgement: how often such a contract was bought, against 1 for the usual one."""
RARE: Final = 0.1
"""Judgement: how often a build is an embedded edition, against 1 for the plain one that answers alike."""
SHORTEST, LONGEST = timedelta(days=2 * 365), timedelta(days=13 * 365)
"""Judgement: lives of distributions and appliances after the program that they keep had a successor."""
STEPS: Final = 40
"""How finely those lives are told apart."""


def of_branches(branches: Sequence[Branch], today: date) -> Ends:
    """Under each contract that it may have; today where no contract is known.

    Unverified dates count for nothing here: an end that may be wrong must not draw the belief to itself.
    """
    sure = [one for one in branches if one.confidence is not Confidence.UNVERIFIED]
    free = {(one.product, one.branch) for one in sure if one.edition == "lts"}
    found: dict[date, float] = {}
    for one in sure:
        if one.edition == "standard" and (one.product, one.branch) in free:
            continue  # its archive goes on under the long-term team
        day = min(one.ends, today) if one.ends is not None else today
        weight = PAID_SHARE if one.edition in PAID else 1.0
        found[day] = found.get(day, 0.0) + weight * (RARE if "embedded" in one.product else 1.0)
    return tuple(sorted(found.items())) or ((today, 1.0),)


@lru_cache(maxsize=1024)
def of_unknown(successor: date, today: date) -> Ends:
    """Of a channel that nobody named and that keeps a program after its maker's next version of the day `successor`."""
    step = (LONGEST - SHORTEST) / STEPS
    found: dict[date, float] = {}
    for number in range(STEPS + 1):
        day = min(successor + SHORTEST + number * step, today)
        found[day] = found.get(day, 0.0) + 1.0
    return tuple(sorted(found.items()))
