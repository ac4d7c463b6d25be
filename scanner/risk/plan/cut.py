"""The cheapest set that parts two zones: what single fixes cannot show when bridges stand in for one another.

Where two devices join the same zones, mending either saves next to nothing, and mending both saves nearly all. A minimum
cut finds such sets: every device is split into an entrance and an exit with its cost between them, zones and doors cost
nothing to pass, and the maximum flow from one zone to another (E. A. Dinic, 1970) is what parting them costs.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from scanner.risk.plan.change import Change
from scanner.risk.plan.trial import Trial

Floats = NDArray[np.float64]

CHANCES: Final = (0.3, 0.1, 0.02)
"""A way in counts when its chance is above this: the likeliest ways alone first, then the less likely too."""
ENDLESS: Final = 1e12
ENDS: Final = 8
"""Zones at each end that are tried: the likeliest to be entered, and those where most would be lost."""


class Cut(Struct, frozen=True, kw_only=True):
    """Devices and rules that together part one zone from another, of ways likelier than `chance`."""

    hosts: frozenset[int]
    rules: frozenset[tuple[int, int]]
    """(source zone, target zone): nothing passes."""
    source: int
    target: int
    chance: float
    cost: float


class Flow:
    """A network of pipes with Dinic's maximum flow; exact for whole and, to rounding, for other capacities."""

    def __init__(self, nodes: int) -> None:
        """Make a network without pipes."""
        self._from: list[list[int]] = [[] for _ in range(nodes)]
        self._to: list[int] = []
        self._room: list[float] = []

    def pipe(self, source: int, target: int, capacity: float) -> None:
        """Lay a pipe; several between the same nodes add up."""
        for start, end, room in ((source, target, capacity), (target, source, 0.0)):
            self._from[start].append(len(self._to))
            self._to.append(end)
            self._room.append(room)

    def run(self, source: int, target: int, most: float) -> float:
        """Push as much as fits, up to `most`; call once."""
        pushed = 0.0
        while pushed < most and (levels := self._levels(source, target))[target] >= 0:
            tried = [0] * len(self._from)
            while got := self._push(source, target, levels, tried):
                pushed += got
        return pushed

    def behind(self, source: int) -> set[int]:
        """After `run`: the nodes on the source's side of the cheapest cut."""
        return {node for node, level in enumerate(self._levels(source, -1)) if level >= 0}

    def _levels(self, source: int, target: int) -> list[int]:
        levels = [-1] * len(self._from)
        levels[source] = 0
        waiting = deque([source])
        while waiting:
            node = waiting.popleft()
            if node == target:
                break
            for pipe in self._from[node]:
                if self._room[pipe] > _NOTHING and levels[self._to[pipe]] < 0:
                    levels[self._to[pipe]] = levels[node] + 1
                    waiting.append(self._to[pipe])
        return levels

    def _push(self, source: int, target: int, levels: Sequence[int], tried: list[int]) -> float:
        """Push along one shortest way; 0 when none is left. No recursion: a way may be thousands of nodes long."""
        way: list[int] = []
        node = source
        while node != target:
            pipe = next((p for p in self._from[node][tried[node] :] if self._open(p, node, levels)), None)
            if pipe is not None:
                tried[node] = self._from[node].index(pipe, tried[node])
                way.append(pipe)
                node = self._to[pipe]
            elif way:
                tried[node] = len(self._from[node])
                node = self._to[way.pop() ^ 1]
                tried[node] += 1
            else:
                return 0.0
        got = min(self._room[pipe] for pipe in way)
        for pipe in way:
            self._room[pipe] -= got
            self._room[pipe ^ 1] += got
        return got

    def _open(self, pipe: int, node: int, levels: Sequence[int]) -> bool:
        return self._room[pipe] > _NOTHING and levels[self._to[pipe]] == levels[node] + 1


_NOTHING: Final = 1e-9


def cuts(trial: Trial, change: Change, costs: Floats, rule: float, ends: int = ENDS) -> list[Cut]:
    """Sets of two or more that part an entered zone from one where much is lost, cheapest first, each set once.

    `costs` says what mending each host costs at least (infinite where nothing can be done). Each pair of ends is tried
    with devices alone and with rules too: the first finds redundant bridges, the second the wall that replaces them.
    """
    found: dict[tuple[frozenset[int], frozenset[tuple[int, int]]], Cut] = {}
    for chance in CHANCES:
        likely = _likely(trial, change, chance)
        for price in (ENDLESS, rule):
            for source, target in _ends(trial, ends):
                one = _cut(trial, likely, costs, price, source, target)
                if one is not None and len(one[1]) + len(one[2]) > 1:
                    cost, hosts, rules = one
                    found.setdefault(
                        (hosts, rules),
                        Cut(hosts=hosts, rules=rules, source=source, target=target, chance=chance, cost=cost),
                    )
    return sorted(found.values(), key=lambda one: (one.cost, sorted(one.hosts), sorted(one.rules)))


class _Likely(Struct, frozen=True, kw_only=True):
    """The ways that count."""

    edges: tuple[tuple[int, int], ...]
    """(zone, pair)."""
    into: Mapping[int, tuple[int, ...]]
    """Pair -> hosts that it opens."""
    onto: Mapping[int, tuple[int, ...]]
    """Host -> zones that it carries an intruder into."""


def _likely(trial: Trial, change: Change, chance: float) -> _Likely:
    net, wiring = trial.on.net, trial.wiring
    opens = net.opens[wiring.edge_pair, wiring.edge_zone]
    edges = [
        (zone, pair)
        for zone, pair, open_ in zip(
            wiring.edge_zone.tolist(), wiring.edge_pair.tolist(), opens.tolist(), strict=True
        )
        if open_ > chance and zone != int(wiring.pair_zone[pair]) and (pair, zone) not in change.shut
    ]
    into: dict[int, list[int]] = {}
    for leg in np.flatnonzero(trial.now(change)[net.leg_row] > chance).tolist():
        host, pair = int(wiring.leg_host[leg]), int(net.leg_pair[leg])
        if net.hosts[host].carries and (host, int(wiring.pair_zone[pair])) not in change.unplugged:
            into.setdefault(pair, []).append(host)
    hosts = {host for some in into.values() for host in some}
    onto = {h: tuple(z for z in wiring.stood[h] if (h, z) not in change.unplugged) for h in hosts}
    return _Likely(edges=tuple(edges), into={pair: tuple(some) for pair, some in into.items()}, onto=onto)


def _ends(trial: Trial, most: int) -> Iterator[tuple[int, int]]:
    """Entered zones and zones of weight, likeliest and heaviest first."""
    zones = len(trial.on.net.zones)
    entered = trial.stands.sum(axis=1)
    weight = np.zeros(zones)
    for host, stood in enumerate(trial.wiring.stood):
        for zone in stood if len(stood) == 1 else ():
            weight[zone] += trial.on.weight[host] + trial.on.critical[host]
    sources = [int(z) for z in np.argsort(-entered, kind="stable")[:most] if entered[z]]
    targets = [int(z) for z in np.argsort(-weight, kind="stable")[:most] if weight[z]]
    return ((source, target) for target in targets for source in sources if source != target)


def _cut(
    trial: Trial, likely: _Likely, costs: Floats, rule: float, source: int, target: int
) -> tuple[float, frozenset[int], frozenset[tuple[int, int]]] | None:
    """What parting two zones costs and takes; None where they are parted, or nothing parts them."""
    zones, pairs = len(trial.on.net.zones), len(trial.on.net.pairs)
    rules = sorted({(zone, int(trial.wiring.pair_zone[pair])) for zone, pair in likely.edges})
    at_rule = {one: zones + pairs + 2 * i for i, one in enumerate(rules)}
    hosts = sorted(likely.onto)
    at_host = {one: zones + pairs + 2 * (len(rules) + i) for i, one in enumerate(hosts)}
    flow = Flow(zones + pairs + 2 * (len(rules) + len(hosts)))
    for (start, _), node in at_rule.items():
        flow.pipe(start, node, ENDLESS)
        flow.pipe(node, node + 1, rule)
    for zone, pair in likely.edges:
        flow.pipe(at_rule[zone, int(trial.wiring.pair_zone[pair])] + 1, zones + pair, ENDLESS)
    for pair, some in likely.into.items():
        # a zone may try its own doors: that is how its bridges fall
        flow.pipe(int(trial.wiring.pair_zone[pair]), zones + pair, ENDLESS)
        for host in some:
            flow.pipe(zones + pair, at_host[host], ENDLESS)
    for host, node in at_host.items():
        flow.pipe(node, node + 1, min(float(costs[host]), ENDLESS))
        for zone in likely.onto[host]:
            flow.pipe(node + 1, zone, ENDLESS)
    cost = flow.run(source, target, ENDLESS)
    if not _NOTHING < cost < ENDLESS:
        return None
    behind = flow.behind(source)
    return (
        cost,
        frozenset(host for host, node in at_host.items() if node in behind and node + 1 not in behind),
        frozenset(one for one, node in at_rule.items() if node in behind and node + 1 not in behind),
    )
