"""Simulate a plan: what is lost in each world, where every world begins with one foothold of its own.

The score asks what one device would let an intruder do, from every foothold in turn. A plan asks what the network loses
on average, so each world here draws its foothold too, in proportion to the entry weights (systematic sampling: every
device gets its share of worlds, to within one). One evaluation then costs one closure instead of one for every foothold.
All plans meet the same worlds, so that a difference between two plans is the plans' and not the dice's.
"""

import itertools
from collections.abc import Sequence
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from scanner.risk.chance import WORD, Bits, happens, throws
from scanner.risk.exposure import HEADLINE, Weakness
from scanner.risk.plan.change import NOTHING, Change
from scanner.risk.scene import entered
from scanner.risk.score import Stage, shares, world
from scanner.risk.spread import Ints, Seed, odds_of_falling, throw

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

GUARD: Final = "nla.lowers"


class Wiring(Struct, frozen=True, kw_only=True):
    """The lines of a net, each list ordered by what it leads to; the same in every world."""

    edge_pair: Ints
    edge_zone: Ints
    tried: tuple[Ints, Ints]
    """Pairs that some zone may open, and where each one's edges start."""
    locked: tuple[Ints, Ints]
    """Pairs that need a password, and which."""
    leg_host: Ints
    single: Ints
    """Legs of devices that stand in one zone, by pair."""
    fuelled: tuple[Ints, Ints]
    pair_zone: Ints
    joint: Ints
    """Legs of devices that stand in several zones, by device."""
    joints: tuple[Ints, Ints]
    """Those devices, and where each one's legs start."""
    exits: Ints
    """(joint number, zone) for every zone that a device with several legs stands in."""
    holding: tuple[Ints, Ints]
    """(password, host) for everyone who holds one."""
    stood: tuple[tuple[int, ...], ...]
    """The zones of each host."""
    lone: Flags
    """Hosts that stand in one zone and carry an intruder into it."""
    joining: Flags
    """Hosts that join zones."""


class Trial(Struct, frozen=True, kw_only=True):
    """The worlds that plans are tried in."""

    on: Stage
    worlds: int
    rows: NDArray[np.uint16]
    """The dice of every way into every device, [row, world]."""
    live: Bits
    open: Bits
    """[edge, word]: edges as in the wiring."""
    shared: Bits
    wiring: Wiring
    weak: tuple[tuple[int, Weakness], ...]
    """Every weakness with its host."""
    weak_of: tuple[tuple[int, ...], ...]
    """The weaknesses of each host."""
    odds: Floats
    """P(taken by each weakness)."""
    weak_row: Ints
    host_rows: tuple[Ints, ...]
    foot: Ints
    """Which host is the foothold, by world."""
    stands: Flags
    """[zone, world]: where that foothold stands."""
    knows: Flags
    """[password, world]: what it holds."""

    def now(self, change: Change) -> Floats:
        """P(each row lets somebody in) once the change is made."""
        out = self.on.net.chance.copy()
        factor = np.ones(len(self.weak))
        factor[list(change.guarded)] = self.on.values[GUARD]
        factor[list(change.mended)] = 0.0
        touched = np.unique(self.weak_row[factor < 1])
        if len(touched):
            missed = np.ones(len(out))
            np.multiply.at(missed, self.weak_row, 1 - self.odds * factor)
            out[touched] = 1 - missed[touched]
        for host in change.closed:
            out[self.host_rows[host]] = 0.0
        return out


def rehearse(on: Stage, count: int, salt: int) -> Trial:
    """Throw `count` worlds (a multiple of 64) with dice of their own: other `salt`, other worlds."""
    dice = throw(on.net, on.seed + salt, count)
    wiring = wire(on)
    weak = tuple((h, one) for h, actor in enumerate(on.cast) for one in actor.weaknesses)
    weak_of: list[list[int]] = [[] for _ in on.cast]
    for at, (h, _) in enumerate(weak):
        weak_of[h].append(at)
    rows = {
        (h, gate): at for at, (h, gate) in enumerate(zip(on.net.row_host.tolist(), on.net.gates, strict=True))
    }
    foot = _footholds(on, count, salt)
    seeds = _seeds(on)
    zone_at, group_at = ({name: i for i, name in enumerate(of)} for of in (on.net.zones, on.net.groups))
    stands = np.zeros((len(on.net.zones), count), dtype=bool)
    knows = np.zeros((len(on.net.groups), count), dtype=bool)
    for at, host in enumerate(foot.tolist()):
        stands[[zone_at[zone] for zone in seeds[host].zones], at] = True
        knows[[group_at[group] for group in seeds[host].groups], at] = True
    bounds = np.searchsorted(on.net.row_host, np.arange(len(on.cast) + 1))
    target = wiring.pair_zone[wiring.edge_pair]
    return Trial(
        on=on,
        worlds=count,
        rows=dice.rows,
        live=happens(dice.rows, on.net.chance),
        open=happens(dice.reach[target, wiring.edge_zone], on.net.opens[wiring.edge_pair, wiring.edge_zone]),
        shared=happens(dice.groups, shares(on, on.values)),
        wiring=wiring,
        weak=weak,
        weak_of=tuple(map(tuple, weak_of)),
        odds=np.array([one.chance(HEADLINE, on.values) for _, one in weak], dtype=np.float64),
        weak_row=np.array([rows[h, one.fact.gate] for h, one in weak], dtype=np.int64),
        host_rows=tuple(np.arange(a, b) for a, b in itertools.pairwise(bounds)),
        foot=foot,
        stands=stands,
        knows=knows,
    )


def losses(trial: Trial, change: Change = NOTHING) -> Floats:
    """The weight that is lost in each world once the change is made."""
    out = np.zeros(trial.worlds)
    fell = fallen(trial, change)
    step = 4096
    for at in range(0, len(fell), step):
        bits = np.unpackbits(fell[at : at + step].view(np.uint8), axis=-1).astype(np.float32)
        out += trial.on.weight[at : at + step] @ bits
    return out


def loss(trial: Trial, change: Change = NOTHING) -> float:
    """The mean loss over all worlds."""
    fell = fallen(trial, change)
    return float(np.bitwise_count(fell).sum(axis=-1, dtype=np.int64) @ trial.on.weight) / trial.worlds


def fallen(trial: Trial, change: Change = NOTHING) -> Bits:
    """The worlds in which each host is lost, the foothold included, [host, word]."""
    net = trial.on.net
    live = alive(trial, change)
    _, usable = closure(trial, live, change)
    out = np.zeros((len(net.hosts), trial.worlds // WORD), dtype=np.uint64)
    if len(net.leg_row):
        hit = live[net.leg_row] & usable[net.leg_pair]
        _pull(hit, trial, np.arange(len(net.leg_row)), change)
        out[net.falling] = np.bitwise_or.reduceat(hit, net.starts, axis=0)
    begun = np.ones(len(trial.foot), dtype=bool) if not change.gone else ~_among(trial, change.gone)
    at = np.flatnonzero(begun)
    word, bit = at // WORD, _BIT[at % WORD]
    np.bitwise_or.at(out, (trial.foot[at], word), bit)
    return out


def alive(trial: Trial, change: Change) -> Bits:
    """The rows that let somebody in once the change is made, [row, word]."""
    if not (change.closed or change.mended or change.guarded):
        return trial.live
    chance = trial.now(change)
    touched = np.flatnonzero(chance != trial.on.net.chance)
    live = trial.live.copy()
    live[touched] = happens(trial.rows[touched], chance[touched])
    return live


def closure(trial: Trial, live: Bits, change: Change) -> tuple[Bits, Bits]:
    """The zones that an intruder stands in and the doors that it may open, [zone, word] and [pair, word]."""
    net, wiring = trial.on.net, trial.wiring
    words = trial.worlds // WORD
    reached, held = _begin(trial, change)
    shared = trial.shared.copy()
    shared[list(change.unshared)] = 0
    held &= shared
    opened = _opened(trial, change)
    fuel = _by(live[net.leg_row[wiring.single]], wiring.fuelled, len(net.pairs), words)
    joint = live[net.leg_row[wiring.joint]]
    _pull(joint, trial, wiring.joint, change)
    exits = np.array(
        [(j, z) for j, z in wiring.exits.tolist() if (int(wiring.joints[0][j]), z) not in change.unplugged],
        dtype=np.int64,
    ).reshape(-1, 2)
    while True:
        usable = _by(reached[wiring.edge_zone] & opened, wiring.tried, len(net.pairs), words)
        usable[wiring.locked[0]] &= held[wiring.locked[1]]
        now = reached.copy()
        np.bitwise_or.at(now, wiring.pair_zone, usable & fuel)
        if len(exits):
            legs = usable[net.leg_pair[wiring.joint]] & joint
            fell = np.bitwise_or.reduceat(legs, wiring.joints[1], axis=0)
            np.bitwise_or.at(now, exits[:, 1], fell[exits[:, 0]])
        known = _learned(trial, live, usable, held, shared, change)
        if np.array_equal(now, reached) and np.array_equal(known, held):
            return reached, usable
        reached, held = now, known


def _learned(trial: Trial, live: Bits, usable: Bits, held: Bits, shared: Bits, change: Change) -> Bits:
    """The passwords held once everyone whose door stands open has fallen."""
    net, (groups, hosts) = trial.on.net, trial.wiring.holding
    if not len(groups):
        return held
    known = held.copy()
    hit = live[net.leg_row] & usable[net.leg_pair]
    _pull(hit, trial, np.arange(len(net.leg_row)), change)
    fell = np.zeros((len(net.hosts), usable.shape[-1]), dtype=np.uint64)
    fell[net.falling] = np.bitwise_or.reduceat(hit, net.starts, axis=0)
    np.bitwise_or.at(known, groups, fell[hosts])
    return known & shared


def _begin(trial: Trial, change: Change) -> tuple[Bits, Bits]:
    out = change.gone | change.apart
    stands, knows = trial.stands, trial.knows
    if out or change.unplugged:
        stands, knows = stands.copy(), knows.copy()
        off = _among(trial, out)
        stands[:, off] = False
        knows[:, off] = False
        for host, zone in change.unplugged:
            stands[zone, trial.foot == host] = False
    return _packed(stands), _packed(knows)


def _opened(trial: Trial, change: Change) -> Bits:
    if not change.shut:
        return trial.open
    closed = {pair * len(trial.on.net.zones) + zone for pair, zone in change.shut}
    code = trial.wiring.edge_pair * len(trial.on.net.zones) + trial.wiring.edge_zone
    opened = trial.open.copy()
    opened[np.isin(code, list(closed))] = 0
    return opened


def _pull(hit: Bits, trial: Trial, legs: Ints, change: Change) -> None:
    """Nothing comes in by a leg that is pulled."""
    if change.unplugged and len(legs):
        net, many = trial.on.net, len(trial.on.net.zones)
        code = trial.wiring.leg_host[legs] * many + trial.wiring.pair_zone[net.leg_pair[legs]]
        hit[np.isin(code, [host * many + zone for host, zone in change.unplugged])] = 0


def _among(trial: Trial, hosts: frozenset[int]) -> Flags:
    return np.isin(trial.foot, list(hosts))


def _by(lines: Bits, into: tuple[Ints, Ints], many: int, words: int) -> Bits:
    """Join lines by what they lead to."""
    out = np.zeros((many, words), dtype=np.uint64)
    if len(lines):
        out[into[0]] = np.bitwise_or.reduceat(lines, into[1], axis=0)
    return out


def _packed(flags: Flags) -> Bits:
    return np.packbits(flags, axis=-1).view(np.uint64)


_BIT: Final = _packed(np.eye(WORD, dtype=bool))[:, 0]
"""The bit of each world within its word, in the order that packing gives."""


def wire(on: Stage) -> Wiring:
    """Lay out a net's lines."""
    net = on.net
    pair, zone = np.nonzero(net.opens > 0)
    leg_host = net.row_host[net.leg_row] if len(net.leg_row) else np.empty(0, np.int64)
    locked = [(at, group) for at, (_, _, group) in enumerate(net.pairs) if group >= 0]
    joint_legs = [legs for _, legs in net.bridges.values()]
    sizes = np.array([0, *(len(legs) for legs in joint_legs)], dtype=np.int64)
    exits = [(at, zone) for at, (zones, _) in enumerate(net.bridges.values()) for zone in zones]
    holding = [
        (group, h)
        for group, name in enumerate(net.groups)
        for h, host in enumerate(net.hosts)
        if name in host.groups
    ]
    zone_at = {name: at for at, name in enumerate(net.zones)}
    return Wiring(
        stood=tuple(tuple(zone_at[name] for name in host.zones) for host in net.hosts),
        lone=np.array([host.carries and len(host.zones) == 1 for host in net.hosts], dtype=bool),
        joining=np.isin(np.arange(len(net.hosts)), list(net.bridges)),
        edge_pair=pair,
        edge_zone=zone,
        tried=np.unique(pair, return_index=True),
        locked=(_ints([at for at, _ in locked]), _ints([group for _, group in locked])),
        leg_host=leg_host,
        single=net.carrying,
        fuelled=(net.carried, net.carried_starts),
        pair_zone=_ints([zone for zone, _, _ in net.pairs]),
        joint=np.concatenate(joint_legs) if joint_legs else _ints([]),
        joints=(_ints(list(net.bridges)), np.cumsum(sizes)[:-1]),
        exits=np.array(exits, dtype=np.int64).reshape(-1, 2),
        holding=(_ints([group for group, _ in holding]), _ints([h for _, h in holding])),
    )


def _ints(of: Sequence[int]) -> Ints:
    return np.array(of, dtype=np.int64)


def _footholds(on: Stage, count: int, salt: int) -> Ints:
    """The host that each world begins with: systematic sampling of the entry weights."""
    entries = entered(on.kin, on.values)
    if not len(entries) or entries.sum() <= 0:
        return np.zeros(count, dtype=np.int64) if len(entries) else _ints([])
    start = float(throws(on.seed + salt, ["foothold"], 1)[0, 0]) / 65536
    at = (np.arange(count) + start) / count * entries.sum()
    found: Ints = np.minimum(np.searchsorted(np.cumsum(entries), at, side="right"), len(entries) - 1)
    return found


def _seeds(on: Stage) -> tuple[Seed, ...]:
    """What each device is as a foothold: for a gateway, standing where most is lost."""
    several = {seed for actor in on.cast if len(actor.seeds) > 1 for seed in actor.seeds}
    cost: dict[Seed, float] = {}
    if several:
        ordered = sorted(several, key=lambda seed: (seed.zones, seed.groups))
        held = world(on, HEADLINE)
        cost = dict(zip(ordered, (odds_of_falling(on.net, held, ordered) @ on.weight).tolist(), strict=True))
    return tuple(max(actor.seeds, key=lambda seed: cost.get(seed, 0.0)) for actor in on.cast)
