"""How sure we are that a device is one thing, and will be known again: a number that more agreement never lowers.

Two strengths, in the units in which `join` weighs marks; the weaker counts, and S of them give 1 - 2^-S:
- the weakest link: of all that holds several addresses together, the link that would break first. One address alone has none
  to break. A person's "same" is a link that cannot break.
- what it is pinned by: the marks by which it is known again wherever it turns up. A card with its maker's number gives 3 (a
  random one, or one that a router lends, 1 and 0), the best mark of each family (image, name) its weight, an address half.
So an address alone has 0.29, a card 0.91, a card and a name 0.96; a laptop in two zones that shows its SMB GUID and its
name in a domain has 0.94. The numbers are a judgement, not a measured frequency; benchmarks/bench_presence.py measures merges.
"""

import math
from collections.abc import Collection, Sequence
from typing import Final

from scanner.identify import keys
from scanner.identify.places import Place
from scanner.model.net import Mac

UNBROKEN: Final = math.inf
"""Strength of a link that a person made, and of a device that has none to break."""
CARD: Final = 3.0
RANDOM: Final = 1.0
ADDRESS: Final = 0.5
LASTING: Final = frozenset({"image", "name"})
"""Families of marks that outlive a restart."""


def sure(held: Sequence[Place], weakest: float, lent: Collection[Mac] = ()) -> float:
    """The number, from 0 to 1: of places that are one device by links of which the weakest has that strength.

    `lent` are cards that answer for others.
    """
    return round(1.0 - math.pow(2.0, -min(weakest, pinned(held, lent))), 4)


def pinned(held: Sequence[Place], lent: Collection[Mac] = ()) -> float:
    """By how much it is known again."""
    own = [one.mac for one in held if one.mac and one.mac not in lent and not keys.virtual(one.mac)]
    card = max((CARD if keys.burnt_in(one) else RANDOM for one in own), default=0.0)
    best: dict[str, int] = {}
    for key in (key for place in held for key in place.keys if key.family in LASTING):
        best[key.family] = max(best.get(key.family, 0), key.weight)
    return card + sum(best.values()) + (ADDRESS if any(one.address for one in held) else 0.0)
