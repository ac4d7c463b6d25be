"""What every single fix would save, all at once: the dominator tree of each world.

In one world, a node that every way from the foothold to a device leads through is a dominator of that device: take it
out, and the device is not lost. So the weight below a node in the dominator tree is exactly what its removal saves in
that world, and one tree answers for every device, every rule between zones and every door at once. A door that needs a
password has two causes (way and password); the tree knows the way only, which makes its sums a lower bound there. The
sums propose; what a plan saves is simulated (`trial`).
"""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from scanner.risk.plan.change import Change
from scanner.risk.plan.trial import Trial, alive, closure
from scanner.risk.spread import Ints

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Savings(Struct, frozen=True, kw_only=True):
    """Mean weight saved by taking one thing out, over the worlds that were looked at."""

    hosts: Floats
    rules: Floats
    """[source zone, target zone]: nothing passes from the one into the other."""
    doors: Floats
    """[pair]: the door into its zone, shut for everybody."""


def savings(trial: Trial, change: Change, most: int) -> Savings:
    """What each single fix saves after a change, from the trees of at most so many worlds, evenly spread."""
    net = trial.on.net
    live = alive(trial, change)
    reached, usable = closure(trial, live, change)
    at = np.linspace(0, trial.worlds - 1, min(most, trial.worlds)).astype(np.int64)
    seen = _Seen(
        trial=trial,
        change=change,
        stands=_flags(reached, at),
        usable=_flags(usable, at),
        open=_flags(trial.open, at),
        live=_flags(live, at),
    )
    hosts = np.zeros(len(net.hosts))
    rules = np.zeros((len(net.zones), len(net.zones)))
    doors = np.zeros(len(net.pairs))
    for column, world in enumerate(at.tolist()):
        if int(trial.foot[world]) not in change.gone:
            _Graph(seen, column, world).add(hosts, rules, doors)
    return Savings(hosts=hosts / len(at), rules=rules / len(at), doors=doors / len(at))


def dominators(successors: Sequence[Sequence[int]], root: int) -> tuple[list[int], list[int]]:
    """Immediate dominators and the order they were found in; -1 where the root does not lead.

    The iterative algorithm of Cooper, Harvey and Kennedy ("A Simple, Fast Dominance Algorithm", Rice, 2001). In the order
    that is given, a node always comes after its dominators.
    """
    order = _reverse_postorder(successors, root)
    rank = [-1] * len(successors)
    for number, node in enumerate(order):
        rank[node] = number
    before: list[list[int]] = [[] for _ in order]
    for number, node in enumerate(order):
        for after in successors[node]:
            before[rank[after]].append(number)
    above = [-1] * len(order)
    above[0] = 0
    moved = True
    while moved:
        moved = False
        for number in range(1, len(order)):
            best = -1
            for one in before[number]:
                if above[one] >= 0:
                    best = one if best < 0 else _meet(above, best, one)
            if above[number] != best:
                above[number] = best
                moved = True
    found = [-1] * len(successors)
    for number, node in enumerate(order):
        found[node] = order[above[number]]
    return found, order


def _meet(above: Sequence[int], one: int, other: int) -> int:
    while one != other:
        while one > other:
            one = above[one]
        while other > one:
            other = above[other]
    return one


def _reverse_postorder(successors: Sequence[Sequence[int]], root: int) -> list[int]:
    seen = [False] * len(successors)
    seen[root] = True
    order: list[int] = []
    stack = [(root, iter(successors[root]))]
    while stack:
        node, rest = stack[-1]
        for after in rest:
            if not seen[after]:
                seen[after] = True
                stack.append((after, iter(successors[after])))
                break
        else:
            order.append(node)
            stack.pop()
    order.reverse()
    return order


class _Seen(Struct, frozen=True, kw_only=True):
    """What holds in the worlds that are looked at, unpacked; the last axis is the world."""

    trial: Trial
    change: Change
    stands: Flags
    usable: Flags
    open: Flags
    live: Flags


class _Graph:
    """One world as a graph: 0 is the foothold, then zones, then doors, then what this world needs."""

    def __init__(self, seen: _Seen, column: int, world: int) -> None:
        trial = seen.trial
        self._trial = trial
        self._foot = int(trial.foot[world])
        self._zones = len(trial.on.net.zones)
        self._ways: list[list[int]] = [[] for _ in range(1 + self._zones + len(trial.on.net.pairs))]
        self._weight = [0.0] * len(self._ways)
        self._weight[0] = float(trial.on.weight[self._foot])
        self._hosts: dict[int, int] = {}
        self._rules: dict[tuple[int, int], int] = {}
        self._leaves: tuple[Ints, Floats] = (np.empty(0, np.int64), np.empty(0))
        if self._foot not in seen.change.apart:
            pulled = {zone for host, zone in seen.change.unplugged if host == self._foot}
            self._ways[0] = [
                1 + z for z in np.flatnonzero(trial.stands[:, world]).tolist() if z not in pulled
            ]
            self._edges(seen, column)
            self._legs(seen, column)

    def add(self, hosts: Floats, rules: Floats, doors: Floats) -> None:
        """Add what each removal saves in this world."""
        above, order = dominators(self._ways, 0)
        below = list(self._weight)
        for node in reversed(order[1:]):
            below[above[node]] += below[node]
        hosts[self._foot] += below[0]
        for host, node in self._hosts.items():
            if host != self._foot:
                hosts[host] += below[node]
        np.add.at(hosts, *self._leaves)
        for rule, node in self._rules.items():
            rules[rule] += below[node]
        doors += np.array(below[1 + self._zones : 1 + self._zones + len(doors)])

    def _new(self, weight: float = 0.0) -> int:
        self._ways.append([])
        self._weight.append(weight)
        return len(self._ways) - 1

    def _edges(self, seen: _Seen, column: int) -> None:
        """Zones to the doors that they may try; between two zones, by way of their rule."""
        wiring = self._trial.wiring
        on = (
            seen.open[:, column]
            & seen.stands[wiring.edge_zone, column]
            & seen.usable[wiring.edge_pair, column]
        )
        at = np.flatnonzero(on)
        pairs, sources = wiring.edge_pair[at], wiring.edge_zone[at]
        targets = wiring.pair_zone[pairs]
        for pair, source, target in zip(pairs.tolist(), sources.tolist(), targets.tolist(), strict=True):
            if (pair, source) in seen.change.shut:
                continue
            door = 1 + self._zones + pair
            if source == target:
                self._ways[1 + source].append(door)
                continue
            if (source, target) not in self._rules:
                self._rules[source, target] = self._new()
                self._ways[1 + source].append(self._rules[source, target])
            self._ways[self._rules[source, target]].append(door)

    def _legs(self, seen: _Seen, column: int) -> None:
        """Doors to what falls behind them, and from there to where that stands."""
        net, wiring = self._trial.on.net, self._trial.wiring
        legs = np.flatnonzero(seen.live[net.leg_row, column] & seen.usable[net.leg_pair, column])
        hosts, pairs = wiring.leg_host[legs], net.leg_pair[legs]
        if seen.change.unplugged:
            kept = [
                (h, z) not in seen.change.unplugged
                for h, z in zip(hosts, wiring.pair_zone[pairs], strict=True)
            ]
            hosts, pairs = hosts[kept], pairs[kept]
        single = wiring.lone[hosts]
        behind = np.bincount(pairs[single], minlength=len(net.pairs))
        alone = single & (behind[pairs] == 1)
        keys = np.unique(np.concatenate([hosts[alone], hosts[wiring.joining[hosts]]]))
        for host in keys.tolist():
            weight = 0.0 if host == self._foot else float(self._trial.on.weight[host])
            self._hosts[host] = self._new(weight)
            for at in wiring.stood[host]:
                if (host, at) not in seen.change.unplugged:
                    self._ways[self._hosts[host]].append(1 + at)
        for pair in np.flatnonzero(behind > 1).tolist():
            self._ways[1 + self._zones + pair].append(1 + int(wiring.pair_zone[pair]))
        within = np.isin(hosts, keys)
        for host, pair in zip(hosts[within].tolist(), pairs[within].tolist(), strict=True):
            self._ways[1 + self._zones + pair].append(self._hosts[host])
        self._leaf(hosts[~within], pairs[~within])

    def _leaf(self, hosts: Ints, pairs: Ints) -> None:
        """Devices that lead nowhere new: those behind the same doors are one node."""
        apart = hosts != self._foot
        hosts, pairs = hosts[apart], pairs[apart]
        if not len(hosts):
            return
        each, starts, counts = np.unique(hosts, return_index=True, return_counts=True)
        weight = self._trial.on.weight[each]
        self._leaves = each, weight
        mark = np.bitwise_xor.reduceat(_mark(pairs), starts)
        for sort in np.unique(mark).tolist():
            alike = np.flatnonzero(mark == sort)
            first = starts[alike[0]]
            node = self._new(float(weight[alike].sum()))
            for pair in pairs[first : first + counts[alike[0]]].tolist():
                self._ways[1 + self._zones + pair].append(node)


def _mark(pairs: Ints) -> NDArray[np.uint64]:
    """A number for each door, such that two sets of doors hardly ever have the same exclusive or."""
    mixed = (pairs.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(29)
    return mixed * np.uint64(0xBF58476D1CE4E5B9)


def _flags(bits: NDArray[np.uint64], at: Ints) -> Flags:
    if not len(bits):
        return np.zeros((0, len(at)), dtype=bool)
    out: Flags = np.unpackbits(bits.view(np.uint8), axis=-1)[:, at].astype(bool)
    return out
