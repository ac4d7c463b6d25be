"""Other ways to say what to fix first: each gives an order of devices, and none sees what the planner sees.

NetShield: C. Chen et al., "Node Immunization on Large Graphs" (IEEE TKDE 2016), the greedy of its Shield value on the
graph of who can reach whom. Betweenness: U. Brandes (2001), on the same graph.
"""

from collections import deque
from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.plan.world import World
from scanner.risk.score import Stage

Graph = NDArray[np.bool_]


def graph(on: Stage) -> Graph:
    """[from, to]: whether the one reaches a service of the other that may be weak."""
    net = on.net
    stands = np.zeros((len(net.hosts), len(net.zones)), dtype=bool)
    for at, host in enumerate(net.hosts):
        stands[at, [net.zones.index(zone) for zone in host.zones]] = True
    tried = stands @ (net.opens > 0).T.astype(np.int64) > 0
    out = np.zeros((len(net.hosts), len(net.hosts)), dtype=bool)
    for row, pair in zip(net.leg_row, net.leg_pair, strict=True):
        out[:, net.row_host[row]] |= tried[:, pair]
    np.fill_diagonal(out, val=False)
    return out


def degree(joined: Graph) -> NDArray[np.float64]:
    """How many it reaches and is reached from."""
    return (joined.sum(axis=0) + joined.sum(axis=1)).astype(np.float64)


def betweenness(joined: Graph) -> NDArray[np.float64]:
    """On how many shortest ways it lies."""
    ways = [np.flatnonzero(row).tolist() for row in joined]
    total = np.zeros(len(ways))
    for start in range(len(ways)):
        order, before, far = [], [[] for _ in ways], [-1] * len(ways)
        count, far[start], waiting = [0.0] * len(ways), 0, deque([start])
        count[start] = 1.0
        while waiting:
            node = waiting.popleft()
            order.append(node)
            for after in ways[node]:
                if far[after] < 0:
                    far[after] = far[node] + 1
                    waiting.append(after)
                if far[after] == far[node] + 1:
                    count[after] += count[node]
                    before[after].append(node)
        share = [0.0] * len(ways)
        for node in reversed(order):
            for one in before[node]:
                share[one] += count[one] / count[node] * (1 + share[node])
            if node != start:
                total[node] += share[node]
    return total


def shield(joined: Graph, most: int) -> list[int]:
    """NetShield's choice, best first."""
    both = (joined | joined.T).astype(np.float64)
    values, vectors = np.linalg.eigh(both)
    top, vector = values[-1], np.abs(vectors[:, -1])
    alone, chosen = 2 * top * vector**2, []
    for _ in range(min(most, len(both))):
        near = both[:, chosen] @ vector[chosen] if chosen else np.zeros(len(both))
        score = alone - 2 * near * vector
        score[chosen] = -np.inf
        chosen.append(int(np.argmax(score)))
    return chosen


def orders(of: World, on: Stage, most: int) -> Mapping[str, list[int]]:
    """Every rival's first devices."""
    joined, ids = graph(on), [actor.device.id for actor in on.cast]
    valued = {
        "max CVSS": np.array([of.cvss[one] for one in ids]),
        "sum of EPSS": np.array([of.epss[one] for one in ids]),
        "degree": degree(joined),
        "betweenness": betweenness(joined),
    }
    found = {
        name: [int(at) for at in np.argsort(-value, kind="stable")[:most]] for name, value in valued.items()
    }
    return {**found, "NetShield": shield(joined, most)}


RIVALS: Final = ("max CVSS", "sum of EPSS", "degree", "betweenness", "NetShield")
