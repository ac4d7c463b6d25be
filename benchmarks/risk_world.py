"""A big site to time the spread on: hosts, zones and a policy, made apart from the code that is timed.

Every number of it stands here: nothing of the risk model is asked how a network looks.
"""

import random
from collections.abc import Callable
from typing import Final

from scanner.model.net import Port
from scanner.risk.exposure import Door
from scanner.risk.spread import Host, Row

GATES: Final = tuple(
    (f"class-{at:02}", (Port(f"tcp/{port}"),))
    for at, port in enumerate(
        (21, 22, 23, 25, 53, 80, 104, 111, 135, 139, 389, 443, 445, 502, 623, 1433, 1521, 2049, 3306, 3389, 5432, 5900,
         8080, 9100)
    )
)  # fmt: skip
"""24 gate classes, a port each."""
WEAK: Final = (0.45, 0.30, 0.15, 0.10)
"""Share of hosts with 0, 1, 2 and 3 weak doors."""
BRIDGES: Final = 0.01
"""Share of hosts with legs in two zones."""
OPEN: Final = 0.03
"""Share of zone pairs whose policy allows three ports."""
UNSURE: Final = 0.05
"""Share of zone pairs that nobody knows about: open in half the worlds."""


def site(
    hosts: int, zones: int, seed: int = 1
) -> tuple[list[Host], list[str], Callable[[str, str, Door], float]]:
    """Hosts, zones and the policy of one site."""
    dice = random.Random(seed)
    names = [f"z{at:03}" for at in range(zones)]
    allowed = {
        (s, t): frozenset(port for _, ports in dice.sample(GATES, 3) for port in ports)
        for s in names for t in names if s != t and dice.random() < OPEN
    }  # fmt: skip
    unsure = {(s, t) for s in names for t in names if (s, t) not in allowed and dice.random() < UNSURE}

    def opens(source: str, target: str, door: Door) -> float:
        if source == target:
            return 1.0
        if (source, target) in unsure:
            return 0.5
        return float(not allowed.get((source, target), frozenset()).isdisjoint(door.ports))

    made = []
    for at in range(hosts):
        legs = dice.sample(names, 2 if dice.random() < BRIDGES else 1)
        some = dice.sample(GATES, dice.choices(range(4), WEAK)[0])
        rows = tuple(
            Row(door=Door(gate, ports), chance=dice.choice((0.05, 0.2, 0.5, 0.9))) for gate, ports in some
        )
        made.append(Host(key=f"h{at:06}", zones=tuple(sorted(legs)), rows=rows))
    return made, names, opens
