"""How an intruder gets from a device to a critical asset: the likeliest ways, device by device.

A way goes from zone to zone: in each the likeliest device behind a door that the zone before may open, and at last the
asset itself. Its probability is the product of what each device and each rule on it says; ways are found best first.
Passwords that the foothold itself shares with others open their doors too; those that are found on the way are left out.
"""

import heapq
import itertools
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

import numpy as np
from msgspec import Struct

from scanner.risk.exposure import Door
from scanner.risk.spread import Net

MOST: Final = 3
"""Ways shown to one asset."""
TRIED: Final = 400
"""Beginnings of ways that are looked at: a bound on time, reached only where hundreds of zones are open to each other."""
LEAST: Final = 1e-4
"""A way less likely than this is none."""


class Step(Struct, frozen=True, kw_only=True):
    """One device on a way, and the door it falls by."""

    host: int
    door: Door
    zone: int
    """Where the door is."""
    source: int
    """The zone from which it is tried."""
    chance: float


class Way(Struct, frozen=True, kw_only=True):
    """One way: its devices in order, the asset last."""

    steps: tuple[Step, ...]
    chance: float
    """Product of its steps."""

    @property
    def hops(self) -> int:
        """Devices that must fall, the asset included."""
        return len(self.steps)


class Roads(Struct, frozen=True, kw_only=True):
    """For each zone, the likeliest devices that carry an intruder to another, and the doors of every device."""

    onward: Mapping[int, tuple[tuple[int, Step], ...]]
    """Zone -> (next zone, the likeliest two devices that lead there), likeliest first."""
    doors: Mapping[int, tuple[tuple[int, int, float], ...]]
    """Device -> (pair, row, chance) of each of its doors that may be opened."""


_NONE: Final[Mapping[int, float]] = MappingProxyType({})


def roads(net: Net, chance: Sequence[float], keys: Mapping[int, float] = _NONE) -> Roads:
    """Lay the roads under these chances of the net's rows; `keys` are passwords held, with P(it is really shared)."""
    doors: dict[int, list[tuple[int, int, float]]] = {}
    for row, pair in zip(net.leg_row.tolist(), net.leg_pair.tolist(), strict=True):
        group = net.pairs[pair][2]
        q = chance[row] * (1.0 if group < 0 else keys.get(group, 0.0))
        if q > 0:
            doors.setdefault(int(net.row_host[row]), []).append((pair, row, q))
    best: dict[int, list[tuple[float, int, int]]] = {}
    for host, ways in doors.items():
        if net.hosts[host].carries:
            for pair, row, q in ways:
                best.setdefault(pair, []).append((-q, host, row))
    zone_at = {name: at for at, name in enumerate(net.zones)}
    found: dict[tuple[int, int], list[Step]] = {}
    for pair, ranked in sorted(best.items()):
        target, door, _ = net.pairs[pair]
        # the likeliest of those that stand here alone, and every bridge: it leads on to other zones
        ranked.sort()
        alone = [one for one in ranked if len(net.hosts[one[1]].zones) == 1][:MOST]
        joining = [one for one in ranked if len(net.hosts[one[1]].zones) > 1]
        for source in np.flatnonzero(net.opens[pair] > 0).tolist():
            opens = float(net.opens[pair, source])
            for minus, host, _ in (*alone, *joining):
                step = Step(host=host, door=door, zone=target, source=source, chance=-minus * opens)
                for zone in net.hosts[host].zones:
                    if zone_at[zone] != source:
                        found.setdefault((source, zone_at[zone]), []).append(step)
    onward: dict[int, list[tuple[int, Step]]] = {}
    for (source, target), steps in sorted(found.items()):
        steps.sort(key=lambda one: (-one.chance, one.host))
        onward.setdefault(source, []).extend((target, step) for step in steps[:2])
    return Roads(
        onward={zone: tuple(sorted(steps, key=lambda one: -one[1].chance)) for zone, steps in onward.items()},
        doors={host: tuple(ways) for host, ways in doors.items()},
    )


def ways(
    net: Net, laid: Roads, start: Iterable[int], asset: int, without: int | None = None
) -> tuple[Way, ...]:
    """The likeliest ways from a foothold in these zones to a device, best first; none leads over `without`."""
    last = _last(net, laid, asset)
    count = itertools.count()
    heap: list[tuple[float, int, int, tuple[int, ...], tuple[Step, ...]]] = []
    for zone in start:
        heapq.heappush(heap, (-1.0, next(count), zone, (zone,), ()))
    found: list[Way] = []
    for _ in range(TRIED):
        if not heap or len(found) == MOST:
            break
        minus, _, zone, seen, steps = heapq.heappop(heap)
        if zone < 0:
            found.append(Way(steps=steps, chance=-minus))
            continue
        if zone in last and -minus * last[zone].chance >= LEAST:
            heapq.heappush(heap, (minus * last[zone].chance, next(count), -1, seen, (*steps, last[zone])))
        for target, step in laid.onward.get(zone, ()):
            if target in seen or step.host in {asset, without} or -minus * step.chance < LEAST:
                continue
            heapq.heappush(heap, (minus * step.chance, next(count), target, (*seen, target), (*steps, step)))
    return tuple(found)


def hops(net: Net, laid: Roads, targets: Iterable[int]) -> dict[int, int]:
    """The fewest devices that must fall from a foothold in each zone until one of the targets has: by zone."""
    found: dict[int, int] = {}
    for asset in targets:
        for zone in _last(net, laid, asset):
            found[zone] = 1
    back: dict[int, set[int]] = {}
    for source, steps in laid.onward.items():
        for target, _ in steps:
            back.setdefault(target, set()).add(source)
    edge = sorted(found)
    while edge:
        fresh = sorted({source for zone in edge for source in back.get(zone, ()) if source not in found})
        found |= {
            source: 1 + min(found[zone] for zone in edge if source in back.get(zone, ())) for source in fresh
        }
        edge = fresh
    return found


def _last(net: Net, laid: Roads, asset: int) -> dict[int, Step]:
    """Zone -> the likeliest door of the asset that the zone may open."""
    found: dict[int, Step] = {}
    for pair, _, q in laid.doors.get(asset, ()):
        zone, door, _ = net.pairs[pair]
        for source in range(len(net.zones)):
            chance = q * float(net.opens[pair, source])
            if chance > 0 and (source not in found or chance > found[source].chance):
                found[source] = Step(host=asset, door=door, zone=zone, source=source, chance=chance)
    return found
