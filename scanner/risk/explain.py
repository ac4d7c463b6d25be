"""Say why a score is what it is: which weakness, which leg, which missing rule brings how many points.

The parts of a score work together (a hole that nobody can reach costs nothing), so a part's points are its Shapley
value: its mean gain over all orders in which the parts could be put together. The points sum to the score. The
highest scores and all bridges are shared out with the device itself taken out of the network, which is exact; for
the rest the parts are fewer and the lines say that they are approximate.
"""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from scanner.model.verdict import Why
from scanner.risk.chance import Bits, share
from scanner.risk.scene import Actor, entered
from scanner.risk.score import FULL, Floats, Measured, Stage, effort, elsewhere, points, whole
from scanner.risk.shapley import MOST, largest_remainder, shapley
from scanner.risk.spread import Seed, World, falls, spread, without
from scanner.risk.words import SHARED, Part, company, word

EXACT: Final = 25
BRIDGES: Final = 25
LEGS: Final = 3
"""Legs with a line of their own; the others share the last."""
FEW: Final = 6
FEWER: Final = 4
"""Parts of a device that is not among them, and in a big network: 64 and 16 evaluations."""


class _View(Struct, frozen=True, kw_only=True):
    """What a network offers one device, with assumed reach open or shut."""

    usable: Bits
    """Doors within reach from a foothold in each zone, [zone, pair, word]."""
    falling: Mapping[Seed, Floats]
    """Foothold -> P(each device falls)."""
    lost: Mapping[Seed, tuple[float, float]]
    """Foothold -> weight and critical weight that fall, the device's own included."""


class _Table(Struct, frozen=True, kw_only=True):
    """One device's parts, ready to be put together in any order."""

    on: Stage
    at: int
    parts: tuple[Part, ...]
    views: tuple[_View, _View]
    """Assumed reach shut, assumed reach open."""
    hits: Mapping[tuple[int, int, int], Bits]
    """(view, gate part, leg part) -> worlds in which it falls, [zone of the foothold, word]."""
    strength: Floats

    def worth(self) -> list[float]:
        """The score of a device that has only some of its parts, for every set of them, as bits."""
        values, actor = self.on.values, self.on.cast[self.at]
        count = len(self.parts)
        has = np.arange(1 << count)[:, None] >> np.arange(count) & 1 > 0
        entry = np.where(has[:, self._which("entry")].any(axis=1), actor.entry(values), 0.0)
        fallen = 1 - (1 - entry) * (1 - self._taken(has))
        stands = np.flatnonzero(has[:, self._which("leg")].any(axis=1))
        blast, critical = self._lost(stands.tolist())
        worth = np.zeros(len(has))
        worth[stands] = points(fallen[stands], blast, critical, values)
        found: list[float] = worth.tolist()
        return found

    def _which(self, sort: str) -> list[int]:
        return [at for at, part in enumerate(self.parts) if part.sort == sort]

    def _taken(self, has: NDArray[np.bool_]) -> Floats:
        """P(it falls by its own gates) with each set of parts."""
        open_ = has[:, self._which("reach")].any(axis=1)
        hit = np.zeros(
            (len(has), *np.shape(next(iter(self.hits.values()), self.strength[:, None]))), np.uint64
        )
        for (view, gate, leg), worlds in self.hits.items():
            hit[has[:, gate] & has[:, leg] & (open_ == bool(view))] |= worlds
        taken: Floats = (self.strength * share(hit)).max(axis=1, initial=0.0)
        return taken

    def _lost(self, sets: Sequence[int]) -> tuple[Floats, Floats]:
        """Weight and critical weight of others that fall from it, by set of parts: only its legs, passwords and reach tell."""
        told = [part.sort in {"leg", "reach"} or bool(_passwords([part])) for part in self.parts]
        mask = sum(1 << at for at, tells in enumerate(told) if tells)
        known = {some: self._lost_with(some) for some in {members & mask for members in sets}}
        found = np.array([known[members & mask] for members in sets]).reshape(len(sets), 2)
        return found[:, 0], found[:, 1]

    def _lost_with(self, members: int) -> tuple[float, float]:
        on, at = self.on, self.at
        chosen = [part for bit, part in enumerate(self.parts) if members >> bit & 1]
        zones = tuple(sorted(zone for part in chosen if part.sort == "leg" for zone in part.names))
        view = self.views[any(part.sort == "reach" for part in chosen)]
        found = []
        for seed in _footholds(on.cast[at], zones, _passwords(chosen)):
            odds, (weight, critical) = view.falling[seed][at], view.lost[seed]
            found.append((weight - odds * on.weight[at], critical - odds * on.critical[at]))
        weight, critical = max(found)
        return max(0.0, float(weight)), max(0.0, float(critical))


def explain(on: Stage, held: World, found: Measured) -> list[tuple[Why, ...]]:
    """Each device's lines, most points first; none for a score of 0."""
    entries = entered(on.kin, on.values)
    strength = np.minimum(1.0, elsewhere(on, entries) / on.values["entry.zone"])
    ranked = [int(at) for at in np.argsort(-found.score, kind="stable") if whole(float(found.score[at])) > 0]
    bridging = [at for at in ranked if len(on.cast[at].zones) > 1]
    exact = {*ranked[: effort(len(on.cast), EXACT)], *bridging[: effort(len(on.cast), BRIDGES)]}
    shut = World(live=held.live, open=np.where(on.assumed[:, :, None], 0, held.open), shared=held.shared)
    lines: list[tuple[Why, ...]] = [()] * len(on.cast)
    near = company(on.cast)
    for at in sorted(exact):
        parts = _parts(on.cast[at], MOST, LEGS)
        seeds = _seeds(on.cast[at], parts)
        views = _view(on, without(on.net, shut, [at]), seeds), _view(on, without(on.net, held, [at]), seeds)
        lines[at] = _lines(
            _table(on, held, at, parts, views, strength[:, at]), float(found.score[at]), near, exact=True
        )
    few = FEW if len(on.cast) <= FULL else FEWER
    rest = {at: _parts(on.cast[at], few, 1) for at in ranked if at not in exact}
    if rest:
        wanted = {seed for at, parts in rest.items() for seed in _seeds(on.cast[at], parts)}
        ordered = sorted(wanted, key=lambda one: (one.zones, one.groups))
        views = _view(on, shut, ordered), _view(on, held, ordered)
        for at, parts in rest.items():
            table = _table(on, held, at, parts, views, strength[:, at])
            lines[at] = _lines(table, float(found.score[at]), near, exact=False)
    return lines


def _parts(actor: Actor, most: int, legs: int) -> tuple[Part, ...]:
    """At most `most` parts: legs, entry and reach first, then gates by chance, the smallest joined in the last."""
    zones = list(actor.zones)
    fixed = [Part("leg", (zone,)) for zone in zones[: legs - 1]]
    fixed += [Part("leg", tuple(zones[legs - 1 :]))] if len(zones) >= legs else []
    fixed += [Part("entry", ()), Part("reach", ())]
    gates = list(dict.fromkeys(one.fact.gate for one in actor.weaknesses))
    gates += [f"{SHARED}{group.name}" for group in actor.groups]
    room = most - len(fixed)
    if len(gates) <= room:
        return (*fixed, *(Part("gate", (gate,)) for gate in gates))
    return (
        *fixed,
        *(Part("gate", (gate,)) for gate in gates[: room - 1]),
        Part("gate", tuple(gates[room - 1 :])),
    )


def _passwords(chosen: Iterable[Part]) -> tuple[str, ...]:
    names = (name for part in chosen if part.sort == "gate" for name in part.names)
    return tuple(sorted(name.removeprefix(SHARED) for name in names if name.startswith(SHARED)))


def _footholds(actor: Actor, zones: tuple[str, ...], groups: tuple[str, ...]) -> list[Seed]:
    """As `Actor.seeds`, for some of its zones: a gateway is a foothold in one zone at a time."""
    if len(actor.seeds) > 1:
        return [Seed((zone,), groups) for zone in zones]
    return [Seed(zones, groups)]


def _seeds(actor: Actor, parts: Sequence[Part]) -> list[Seed]:
    """Every foothold that some set of the parts makes."""
    legs = [part for part in parts if part.sort == "leg"]
    keyed = [part for part in parts if _passwords([part])]
    found: dict[Seed, None] = {}
    for some in _subsets(legs):
        zones = tuple(sorted(zone for part in some for zone in part.names))
        for known in _subsets(keyed) if zones else ():
            found.update(dict.fromkeys(_footholds(actor, zones, _passwords(known))))
    return list(found)


def _subsets(parts: Sequence[Part]) -> list[tuple[Part, ...]]:
    return [some for size in range(len(parts) + 1) for some in itertools.combinations(parts, size)]


def _view(on: Stage, held: World, seeds: Sequence[Seed]) -> _View:
    zones = [Seed((zone,)) for zone in on.net.zones]
    usable = spread(on.net, held, [*zones, *seeds])
    falling = {seed: share(falls(on.net, held, usable[len(zones) + i])) for i, seed in enumerate(seeds)}
    lost = {seed: (float(odds @ on.weight), float(odds @ on.critical)) for seed, odds in falling.items()}
    return _View(usable=usable[: len(zones)], falling=falling, lost=lost)


def _table(
    on: Stage, held: World, at: int, parts: tuple[Part, ...], views: tuple[_View, _View], strength: Floats
) -> _Table:
    net = on.net
    first, last = np.searchsorted(net.row_host, [at, at + 1])
    legs = np.arange(*np.searchsorted(net.leg_row, [first, last]))
    hits = {}
    for view, (g, gate), (z, leg) in itertools.product((0, 1), enumerate(parts), enumerate(parts)):
        if gate.sort == "gate" and leg.sort == "leg":
            some = [
                i
                for i in legs
                if net.gates[net.leg_row[i]] in gate.names
                and net.zones[net.pairs[net.leg_pair[i]][0]] in leg.names
            ]
            live = held.live[net.leg_row[some]] & views[view].usable[:, net.leg_pair[some]]
            hits[view, g, z] = np.bitwise_or.reduce(live, axis=1)
    return _Table(on=on, at=at, parts=parts, views=views, hits=hits, strength=strength)


def _lines(
    table: _Table, score: float, near: Mapping[str, Sequence[Actor]], *, exact: bool
) -> tuple[Why, ...]:
    shares = shapley(len(table.parts), table.worth().__getitem__)
    given = largest_remainder(shares, whole(score))
    actor = table.on.cast[table.at]
    lines = []
    for part, got in zip(table.parts, given, strict=True):
        if got:
            text, evidence, removes = word(actor, part, near, table.on.values)
            told = text if exact else f"{text} (approximate)"
            lines.append(Why(points=got, text=told, evidence=evidence, removes=removes))
    return tuple(sorted(lines, key=lambda line: (-line.points, line.text)))
