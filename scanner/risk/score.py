"""The pivot score: how likely a device falls, how much else falls from it, and what is critical among that.

    F = P(it falls | one foothold elsewhere in scope, or it is itself the way in)
    b = expected weight of OTHER devices that fall when it is the foothold, in endpoints
    c = expected critical weight among them (its own excluded);  r = 1 - exp(-c / 100)
    S = 100 (1 - (1 - ln(1 + F b) / ln(1 + 300)) (1 - F r))

Nothing in it is divided by the size of the network, so a device or a hole elsewhere never lowers a score.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from scanner.risk.blast import CHUNK, lost, odds_of
from scanner.risk.chance import turns
from scanner.risk.chances import GRADES, OVERRIDE, Chances, chances
from scanner.risk.exposure import HEADLINE, Adversary
from scanner.risk.parameters import shaken
from scanner.risk.scene import Actor, Kin, entered, kin, weights
from scanner.risk.spread import (
    Dice,
    Net,
    Seed,
    Ways,
    World,
    lay,
    odds_of_falling,
    throw,
    ways,
    without,
    worlds,
)
from scanner.risk.zones import Policy

Floats = NDArray[np.float64]

WORLDS: Final = 512
"""Worlds of the central estimate: one half is known to about 2 points. The same in every network, so that a bigger
one is not judged by fewer dice."""
DRAWS: Final = 24
DRAW_WORLDS: Final = 128
FULL: Final = 1000
"""Up to this many devices nothing is spared."""
LEAST: Final = 5
TRIED: Final = 40
"""Devices whose fix is simulated; for the others the fix counts what they lose themselves, a lower bound."""
TOP: Final = 10


class Stage(Struct, frozen=True, kw_only=True):
    """A network ready to be simulated: actor i is host i of the net."""

    cast: tuple[Actor, ...]
    net: Net
    dice: Dice
    chances: Chances
    weight: Floats
    critical: Floats
    """Weight of critical assets, 0 elsewhere."""
    marked: Floats
    """1 for critical assets, 0 elsewhere."""
    seeds: tuple[Seed, ...]
    """One in each zone, then every foothold that a device can be."""
    own: tuple[tuple[int, ...], ...]
    """Which of the seeds each device is."""
    several: tuple[int, ...]
    """The devices that are several seeds, as a gateway is."""
    kin: Kin
    alone: tuple[NDArray[np.int64], ...]
    """Of each zone, the devices that stand in no other."""
    assumed: NDArray[np.bool_]
    """Where reach is only assumed, [pair, zone]."""
    policy: Policy
    unknown: str
    """The parameter that says how likely an assumed pair is open."""
    values: Mapping[str, float]
    seed: int


class Measured(Struct, frozen=True, kw_only=True):
    """What a simulation says of every device, and of the network."""

    compromised: Floats
    blast: Floats
    critical: Floats
    """Expected critical weight of others reached."""
    score: Floats
    entry: Floats
    """Probability that each is the first foothold, given one: sums to 1."""
    chosen: NDArray[np.int64]
    """Which of the stage's seeds each is: for a gateway, the leg that reaches most."""
    loss: float
    reached: float
    """Expected number of critical assets that fall."""


def stage(
    cast: Sequence[Actor], zones: Iterable[str], policy: Policy, values: Mapping[str, float], seed: int
) -> Stage:
    """Lay the network out and throw its dice."""
    net = lay([actor.host(HEADLINE, values) for actor in cast], zones, policy.opens)
    first = [Seed((zone,)) for zone in net.zones]
    index = {one: at for at, one in reversed(list(enumerate(first)))}
    for actor in cast:
        for one in actor.seeds:
            index.setdefault(one, len(index))
    own = tuple(tuple(index[one] for one in actor.seeds) for actor in cast)
    weight, marked = weights(cast), np.array([actor.critical for actor in cast], dtype=np.float64)
    assumed = [
        [not policy.known(source, net.zones[zone]) for source in net.zones] for zone, _, _ in net.pairs
    ]
    return Stage(
        cast=tuple(cast),
        net=net,
        dice=throw(net, seed, WORLDS),
        chances=chances(cast, net),
        weight=weight,
        critical=weight * marked,
        marked=marked,
        seeds=tuple(sorted(index, key=index.__getitem__)),
        own=own,
        several=tuple(at for at, ones in enumerate(own) if len(ones) > 1),
        kin=kin(cast),
        alone=_alone(cast, net.zones),
        assumed=np.array(assumed, dtype=bool).reshape(len(net.pairs), len(net.zones)),
        policy=policy,
        unknown=policy.unknown,
        values=values,
        seed=seed,
    )


def world(on: Stage, adversary: Adversary) -> World:
    """The worlds of the central estimate under one adversary."""
    chance = on.chances.under(adversary, on.values, {})
    return worlds(on.net, on.dice, chance, on.net.opens, shares(on, on.values), WORLDS)


def shares(on: Stage, values: Mapping[str, float]) -> Floats:
    """P(the password of each group really is shared)."""
    of = {group.name: values[group.parameter] for actor in on.cast for group in actor.groups}
    return np.array([of[name] for name in on.net.groups], dtype=np.float64)


class _Lost(Struct, frozen=True, kw_only=True):
    """What the footholds cost, before it is asked how each is come by."""

    entries: Floats
    entry: Floats
    chosen: NDArray[np.int64]
    blast: Floats
    critical: Floats
    loss: float
    reached: float


def measure(on: Stage, held: World, values: Mapping[str, float]) -> Measured:
    """Simulate from every foothold."""
    known = ways(on.net, held)
    found = _lost(on, held, known, values)
    zones = odds_of_falling(on.net, held, on.seeds[: len(on.net.zones)], known)
    compromised = 1 - (1 - found.entries) * (1 - reach_in(on, zones, found.entries, values))
    return Measured(
        compromised=compromised,
        blast=found.blast,
        critical=found.critical,
        score=points(compromised, found.blast, found.critical, values),
        entry=found.entry,
        chosen=found.chosen,
        loss=found.loss,
        reached=found.reached,
    )


def loss_in(on: Stage, held: World, hardened: Sequence[int] = ()) -> float:
    """The expected loss in these worlds; hardened devices cannot be the foothold, fall or spread."""
    if hardened:
        held = without(on.net, held, hardened)
    return _lost(on, held, ways(on.net, held), on.values, hardened).loss


def _lost(
    on: Stage, held: World, known: Ways, values: Mapping[str, float], hardened: Sequence[int] = ()
) -> _Lost:
    entries = entered(on.kin, values)
    measures = np.stack([on.weight, on.critical, on.marked])
    fallen = lost(on.net, held, known, on.seeds, measures)
    chosen = _chosen(on, fallen[0])
    own = odds_of(on.net, held, known, on.seeds, chosen) * measures
    blast, critical, others = np.maximum(0.0, fallen[:, chosen] - own)
    total = entries.sum()
    entry = entries / total if total > 0 else entries
    paid = np.array(entry)
    paid[list(hardened)] = 0.0
    return _Lost(
        entries=entries,
        entry=entry,
        chosen=chosen,
        blast=blast,
        critical=critical,
        loss=float(paid @ (on.weight + blast)),
        reached=float(paid @ (on.marked + others)),
    )


def falling(on: Stage, held: World, found: Measured) -> Floats:
    """P(each device falls | the first foothold is somewhere else, as likely as each is)."""
    share = np.bincount(found.chosen, weights=found.entry, minlength=len(on.seeds))
    out = -found.entry * odds_of(on.net, held, ways(on.net, held), on.seeds, found.chosen)
    for start in range(0, len(on.seeds), CHUNK):
        out += share[start : start + CHUNK] @ odds_of_falling(on.net, held, on.seeds[start : start + CHUNK])
    return np.maximum(0.0, out)


def reach_in(on: Stage, odds: Floats, entries: Floats, values: Mapping[str, float]) -> Floats:
    """P(falls | a foothold in the zone that is worst for it), counting only zones that others would be entered in."""
    zones = len(on.net.zones)
    if not zones or not on.cast:
        return np.zeros(len(on.cast))
    strength = np.minimum(1.0, elsewhere(on, entries) / values["entry.zone"])
    worst: Floats = (strength * odds[:zones]).max(axis=0)
    return worst


def elsewhere(on: Stage, entries: Floats) -> Floats:
    """The greatest entry weight in each zone among the OTHER devices that stand in it alone, [zone, device].

    A bridge makes no zone an entered one: that an intruder comes by it is what the simulation says, and what its own
    score counts.
    """
    out = np.zeros((len(on.net.zones), len(on.cast)))
    for row, inside in enumerate(on.alone):
        ranked = inside[np.argsort(-entries[inside], kind="stable")[:2]]
        if len(ranked):
            out[row] = entries[ranked[0]]
            out[row, ranked[0]] = entries[ranked[1]] if len(ranked) > 1 else 0.0
    return out


def points(compromised: Floats, blast: Floats, critical: Floats, values: Mapping[str, float]) -> Floats:
    """The score before rounding, 0 .. 100."""
    spread = np.minimum(1.0, np.log1p(compromised * blast) / math.log1p(values["score.blast"]))
    assets = compromised * (1 - np.exp(-critical / values["score.critical"]))
    return np.asarray(100 * (1 - (1 - spread) * (1 - assets)), dtype=np.float64)


def effort(devices: int, most: int) -> int:
    """How many devices are simulated one by one: each simulation costs in proportion to the network."""
    return max(LEAST, min(most, most * FULL // max(1, devices)))


def whole(score: float) -> int:
    """A score as a whole number, halves up."""
    return math.floor(score + 0.5)


def draws(on: Stage) -> tuple[Floats, Floats]:
    """Scores and losses with every judgement moved between half and double, [draw, device] and [draw]."""
    names = [name for name in on.values if not name.startswith("score.")]
    keys = [*names, *GRADES, OVERRIDE]
    moved = turns(on.seed, [f"draw\0{key}" for key in keys], DRAWS)
    scores, losses = np.zeros((DRAWS, len(on.cast))), np.zeros(DRAWS)
    for at in range(DRAWS):
        turn = dict(zip(keys, moved[:, at].tolist(), strict=True))
        values = {**on.values, **shaken({name: on.values[name] for name in names}, turn)}
        chance = on.chances.under(HEADLINE, values, turn)
        opens = np.where(on.assumed, values[on.unknown], on.net.opens)
        found = measure(on, worlds(on.net, on.dice, chance, opens, shares(on, values), DRAW_WORLDS), values)
        scores[at], losses[at] = found.score, found.loss
    return scores, losses


def top_ten(scores: Floats) -> Floats:
    """The share of draws in which each device is among the ten highest; ties go to the earlier id."""
    ranks = np.argsort(np.argsort(-scores, axis=1, kind="stable"), axis=1, kind="stable")
    share: Floats = ((ranks < TOP) & (scores > 0)).mean(axis=0)
    return share


def fix_values(on: Stage, held: World, found: Measured) -> Floats:
    """Expected loss that hardening each device removes, in endpoints.

    Simulated for the devices with the highest F x b; for the others what they themselves lose or start.
    """
    saved: Floats = found.entry * (on.weight + found.blast) + on.weight * falling(on, held, found)
    push = found.compromised * found.blast
    for at in np.argsort(-push, kind="stable")[: effort(len(on.cast), TRIED)]:
        if push[at] > 0:
            saved[at] = max(saved[at], found.loss - loss_in(on, held, (int(at),)))
    return saved


def _chosen(on: Stage, lost: Floats) -> NDArray[np.int64]:
    found = np.array([own[0] for own in on.own], dtype=np.int64)
    for at in on.several:
        found[at] = max(on.own[at], key=lambda seed: float(lost[seed]))
    return found


def _alone(cast: Sequence[Actor], zones: Sequence[str]) -> tuple[NDArray[np.int64], ...]:
    inside: dict[str, list[int]] = {}
    for at, actor in enumerate(cast):
        if len(actor.zones) == 1:
            inside.setdefault(actor.zones[0], []).append(at)
    return tuple(np.array(inside.get(zone, ()), dtype=np.int64) for zone in zones)
