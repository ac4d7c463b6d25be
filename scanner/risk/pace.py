"""How long until the first critical asset falls, under each adversary: the spread of one world, with a clock.

The model, written down before it was compared with anything:
- an intruder on a device tries c addresses a second at random (`pace.contacts`), so that among A addresses one device in
  particular is found after A / c seconds, and the first of n after A / (c n);
- what is found takes a dwell d to take over (`pace.dwell.*`): seconds for a worm of known holes, hours for one that thinks;
- so a zone is crossed in d + A / (c n), n = devices there that let this world's intruder in, and the times of a way add up.
One intruder is counted where there may be many, and the mean stands for each time: rather too slow than too fast.

Two growth curves tie it to what was published: `grown` is the logistic curve of random scanning (Staniford, Paxson, Weaver
2002) and `depth` the height of the tree of who infected whom. docs/risk-model.md has the figures, fitted and checked.
"""

import math
import random
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from scanner.risk.chance import WORD, Bits
from scanner.risk.exposure import Adversary
from scanner.risk.spread import Floats, Net, World

WORLDS: Final = 64
"""Worlds that are timed."""


class Pace(Struct, frozen=True, kw_only=True):
    """How soon the first critical asset falls from a foothold, as likely as each is."""

    probability: float
    """P(any critical asset falls)."""
    median: float | None
    """Seconds until the first does, where one does; None where none ever does."""
    low: float | None
    high: float | None
    """The middle 80 % of those times."""
    first: int | None
    """The device that is most often the first."""


def dwell(adversary: Adversary, values: Mapping[str, float]) -> float:
    """Seconds that an adversary needs on a device that it has found."""
    return values[f"pace.dwell.{adversary}"]


def pace(
    net: Net,
    world: World,
    entry: Floats,
    critical: Sequence[int],
    sizes: Sequence[float],
    times: tuple[float, float],
) -> Pace:
    """Time the first critical asset; `entry` is P(a device is the foothold), `sizes` the addresses of each zone, and
    `times` are contacts a second and the dwell in seconds.
    """
    contacts, stay = times
    here = np.array(sizes, dtype=np.float64) / contacts
    crossing = _crossing(net, world, here, stay)
    for zone in range(len(net.zones)):
        np.minimum(crossing, crossing[:, zone, None] + crossing[None, zone], out=crossing)
    reached = _reached(net, world, crossing, critical, here + stay)
    starts: dict[tuple[str, ...], float] = {}
    for host, weight in zip(net.hosts, entry.tolist(), strict=True):
        starts[host.zones] = starts.get(host.zones, 0.0) + weight
    at = {name: index for index, name in enumerate(net.zones)}
    seen, weights, who = [], [], []
    for zones, weight in sorted(starts.items()):
        if weight > 0 and zones and len(critical):
            soonest = reached[:, [at[zone] for zone in zones]].min(axis=1)
            seen.append(soonest.min(axis=0))
            who.append(soonest.argmin(axis=0))
            weights.append(np.full(soonest.shape[1], weight / soonest.shape[1]))
    if not seen:
        return Pace(probability=0.0, median=None, low=None, high=None, first=None)
    return _told(np.concatenate(seen), np.concatenate(weights), np.concatenate(who), critical)


def grown(rate: float, hosts: float, time: float) -> float:
    """Infected after a time from one, by the logistic curve of random scanning: di/dt = rate i (1 - i / hosts)."""
    return hosts / (1 + (hosts - 1) * math.exp(-rate * time))


def rate(hosts: float, infected: float, time: float) -> float:
    """The growth rate by which one becomes `infected` of `hosts` within a time: `grown` turned round."""
    return math.log((hosts - 1) * infected / (hosts - infected)) / time


def duration(rate: float, hosts: float, share: float) -> float:
    """The time until a share (0..1) of the hosts is infected."""
    return math.log((hosts - 1) * share / (1 - share)) / rate


def depth(infected: int, seed: int) -> int:
    """How many generations there are when each new host is taken by one of those before it, all as likely."""
    dice = random.Random(seed)  # noqa: S311  # a simulation
    generation = [0]
    for _ in range(infected - 1):
        generation.append(generation[dice.randrange(len(generation))] + 1)
    return max(generation)


def _crossing(net: Net, world: World, here: Floats, stay: float) -> Floats:
    """Seconds from a foothold in one zone to one in another, by one device at most, [zone, zone, world]."""
    many = min(WORLDS, world.live.shape[-1] * WORD)
    live, opens = _bits(world.live, many), _bits(world.open, many)
    out = np.full((len(net.zones), len(net.zones), many), np.inf)
    out[np.arange(len(net.zones)), np.arange(len(net.zones))] = 0.0
    count = np.zeros((len(net.pairs), many))
    np.add.at(count, net.leg_pair[net.carrying], live[net.leg_row[net.carrying]])
    for pair, (zone, _, group) in enumerate(net.pairs):
        if group < 0:
            with np.errstate(divide="ignore"):
                took = stay + here[zone] / count[pair]
            out[:, zone] = np.minimum(out[:, zone], np.where(opens[pair], took, np.inf))
    for zones, legs in net.bridges.values():
        for leg in legs.tolist():
            pair = int(net.leg_pair[leg])
            zone, _, group = net.pairs[pair]
            if group < 0:
                through = opens[pair] & live[net.leg_row[leg]]
                took = np.where(through, stay + here[zone], np.inf)
                for other in zones:
                    out[:, other] = np.minimum(out[:, other], took)
    return out


def _reached(net: Net, world: World, crossing: Floats, critical: Sequence[int], last: Floats) -> Floats:
    """Seconds from a foothold in a zone until each asset falls, [asset, zone, world]; `last` by the asset's zone."""
    many = crossing.shape[-1]
    live, opens = _bits(world.live, many), _bits(world.open, many)
    out = np.full((len(critical), len(net.zones), many), np.inf)
    owner = net.row_host[net.leg_row]
    for at, asset in enumerate(critical):
        for leg in np.flatnonzero(owner == asset).tolist():
            pair = int(net.leg_pair[leg])
            zone, _, group = net.pairs[pair]
            if group < 0:
                open_ = np.where(opens[pair] & live[net.leg_row[leg]], last[zone], np.inf)
                out[at] = np.minimum(out[at], (crossing + open_[None]).min(axis=1))
    return out


def _bits(bits: Bits, many: int) -> NDArray[np.bool_]:
    """The first worlds, a flag each, on the last axis."""
    some = np.ascontiguousarray(bits[..., : many // WORD])
    return np.unpackbits(some.view(np.uint8), axis=-1).astype(np.bool_)


def _told(times: Floats, weights: Floats, who: NDArray[np.int64], critical: Sequence[int]) -> Pace:
    falls = np.isfinite(times)
    probability = float(weights[falls].sum() / weights.sum())
    if not falls.any():
        return Pace(probability=0.0, median=None, low=None, high=None, first=None)
    order = np.argsort(times[falls], kind="stable")
    sorted_, share = times[falls][order], np.cumsum(weights[falls][order])
    low, median, high = (float(sorted_[np.searchsorted(share, share[-1] * part)]) for part in (0.1, 0.5, 0.9))
    often = np.bincount(who[falls], weights=weights[falls], minlength=len(critical))
    return Pace(
        probability=probability, median=median, low=low, high=high, first=int(critical[int(np.argmax(often))])
    )
