"""Spread from a foothold, in 64 worlds a machine word: which doors are within reach, and which devices fall.

In one world every weakness either lets an intruder in or does not, whoever tries (two attackers on one weak device
are not two chances), and every undeclared zone pair is either open or closed. What falls is then plain reachability:
zones -> doors that a reached zone may open -> devices -> the zones they stand in. The graph has zones and doors as
nodes, never pairs of devices, so that ten thousand devices cost what their zones and doors cost.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from scanner.risk.chance import WORD, Bits, happens, share, throws
from scanner.risk.exposure import Door

ALL: Final = ~np.uint64(0)
Opens = Callable[[str, str, Door], float]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class Row(Struct, frozen=True, kw_only=True):
    """One way into one device; `group` = only for whoever holds that group's password."""

    door: Door
    chance: float
    group: str | None = None


class Host(Struct, frozen=True, kw_only=True):
    """One device as spread sees it."""

    key: str
    """Stable and unique: its dice belong to it."""
    zones: tuple[str, ...]
    rows: tuple[Row, ...]
    carries: bool = True
    """An intruder on it stands in its zones; False for gateways with several legs."""
    groups: tuple[str, ...] = ()
    """Passwords that an intruder on it holds."""


class Seed(Struct, frozen=True):
    """A foothold: the zones it stands in and the passwords it holds."""

    zones: tuple[str, ...]
    groups: tuple[str, ...] = ()


class Net(Struct, frozen=True, kw_only=True):
    """Hosts laid out as arrays; legs are (row, pair) combinations, a pair is a door in a zone."""

    hosts: tuple[Host, ...]
    zones: tuple[str, ...]
    groups: tuple[str, ...]
    row_host: Ints
    gates: tuple[str, ...]
    """The gate of each row."""
    chance: Floats
    leg_row: Ints
    leg_pair: Ints
    falling: Ints
    """Hosts with at least one leg, sorted; legs are grouped by them."""
    starts: Ints
    """Where each falling host's legs start."""
    pairs: tuple[tuple[int, Door, int], ...]
    """Zone, door, group (-1 = none), sorted by zone."""
    opens: Floats
    """P(zone u may open pair p), [pair, zone]."""
    carrying: Ints
    """Legs of devices that stand in one zone, ordered by pair."""
    carried: Ints
    """The pairs of those legs, each once."""
    carried_starts: Ints
    bridges: Mapping[int, tuple[tuple[int, ...], Ints]]
    """Host -> (zones, legs) of devices that join zones."""
    members: Mapping[int, tuple[Ints, Ints]]
    """Group -> (pairs, legs) of the devices that hold its password."""


class Dice(Struct, frozen=True, kw_only=True):
    """The throws of a net, for every adversary and every draw the same."""

    rows: NDArray[np.uint16]
    reach: NDArray[np.uint16]
    groups: NDArray[np.uint16]


class World(Struct, frozen=True, kw_only=True):
    """What holds in each world: live rows, open (pair, zone)s, shared passwords."""

    live: Bits
    open: Bits
    shared: Bits


def lay(hosts: Sequence[Host], zones: Iterable[str], opens: Opens) -> Net:
    """Lay hosts out; the same hosts in any order give the same net."""
    ordered = tuple(sorted(hosts, key=lambda one: one.key))
    names = tuple(sorted({*zones, *(zone for host in ordered for zone in host.zones)}))
    groups = tuple(sorted({group for host in ordered for group in host.groups}))
    zone_at, group_at = {name: i for i, name in enumerate(names)}, {name: i for i, name in enumerate(groups)}
    rows = [(h, row) for h, host in enumerate(ordered) for row in host.rows]
    legs = [
        (r, (zone_at[zone], row.door, group_at[row.group] if row.group else -1))
        for r, (h, row) in enumerate(rows)
        for zone in ordered[h].zones
    ]
    pairs = tuple(
        sorted({pair for _, pair in legs}, key=lambda one: (one[0], one[1].gate, one[1].ports, one[2]))
    )
    at = {pair: i for i, pair in enumerate(pairs)}
    row_host = np.array([h for h, _ in rows], dtype=np.int64)
    leg_row = np.array([r for r, _ in legs], dtype=np.int64)
    leg_pair = np.array([at[pair] for _, pair in legs], dtype=np.int64)
    leg_host = row_host[leg_row]
    falling, starts = np.unique(leg_host, return_index=True)
    carrying = _carrying(ordered, leg_host, leg_pair)
    carried, carried_starts = np.unique(leg_pair[carrying], return_index=True)
    return Net(
        hosts=ordered,
        zones=names,
        groups=groups,
        row_host=row_host,
        gates=tuple(row.door.gate for _, row in rows),
        chance=np.array([row.chance for _, row in rows], dtype=np.float64),
        leg_row=leg_row,
        leg_pair=leg_pair,
        falling=falling,
        starts=starts,
        pairs=pairs,
        opens=_openness(names, pairs, opens),
        carrying=carrying,
        carried=carried,
        carried_starts=carried_starts,
        bridges=_bridges(ordered, zone_at, leg_host),
        members=_members(ordered, groups, leg_host, leg_pair),
    )


def throw(net: Net, seed: int, worlds: int) -> Dice:
    """Throw all dice of a net; `worlds` is a multiple of 64."""
    rows = [f"{net.hosts[h].key}\0{gate}" for h, gate in zip(net.row_host, net.gates, strict=True)]
    reach = [f"reach\0{source}\0{target}" for target in net.zones for source in net.zones]
    return Dice(
        rows=throws(seed, rows, worlds),
        reach=throws(seed, reach, worlds).reshape(len(net.zones), len(net.zones), worlds),
        groups=throws(seed, [f"group\0{name}" for name in net.groups], worlds),
    )


def worlds(net: Net, dice: Dice, chance: Floats, opens: Floats, shared: Floats, count: int) -> World:
    """The first `count` worlds, under these probabilities of rows, of open pairs and of shared passwords."""
    target = np.array([zone for zone, _, _ in net.pairs], dtype=np.int64)
    reach = np.zeros((len(net.pairs), len(net.zones), count // WORD), dtype=np.uint64)
    reach[opens >= 1] = ALL
    unsure = (opens > 0) & (opens < 1)
    pair, source = np.nonzero(unsure)
    reach[pair, source] = happens(dice.reach[target[pair], source, :count], opens[pair, source])
    return World(
        live=happens(dice.rows[:, :count], chance), open=reach, shared=happens(dice.groups[:, :count], shared)
    )


def without(net: Net, world: World, hosts: Iterable[int]) -> World:
    """The same worlds with these hosts hardened: nothing opens them."""
    live = world.live.copy()
    live[np.isin(net.row_host, list(hosts))] = 0
    return World(live=live, open=world.open, shared=world.shared)


def spread(net: Net, world: World, seeds: Sequence[Seed]) -> Bits:
    """The doors within an intruder's reach from each foothold, [seed, pair, word]: the least fixed point."""
    words = world.live.shape[-1]
    fuel = _fuel(net, world.live)
    reached, held = _start(net, seeds, words)
    held &= world.shared[None]
    tried = np.zeros((len(seeds), len(net.pairs), words), dtype=np.uint64)
    fresh = reached.copy()
    keyed = np.array([group for _, _, group in net.pairs], dtype=np.int64)
    while True:
        for zone in range(len(net.zones)):
            if fresh[:, zone].any():
                tried |= fresh[:, zone, None, :] & world.open[None, :, zone, :]
        usable = tried.copy()
        locked = np.flatnonzero(keyed >= 0)
        usable[:, locked] &= held[:, keyed[locked]]
        now = _entered(net, world, usable, fuel, reached)
        known = _learned(net, world, usable, held)
        fresh = now & ~reached
        if not fresh.any() and np.array_equal(known, held):
            return usable
        reached, held = now, known


def falls(net: Net, world: World, usable: Bits) -> Bits:
    """The worlds in which each host falls, [host, word], given the doors within reach from one foothold."""
    out = np.zeros((len(net.hosts), world.live.shape[-1]), dtype=np.uint64)
    if len(net.leg_row):
        hit = world.live[net.leg_row] & usable[net.leg_pair]
        out[net.falling] = np.bitwise_or.reduceat(hit, net.starts, axis=0)
    return out


def odds_of_falling(net: Net, world: World, seeds: Sequence[Seed]) -> Floats:
    """P(host falls | foothold), [seed, host]; a host's own foothold does not count as falling."""
    usable = spread(net, world, seeds)
    out = np.empty((len(seeds), len(net.hosts)))
    for at in range(len(seeds)):
        out[at] = share(falls(net, world, usable[at]))
    return out


def _start(net: Net, seeds: Sequence[Seed], words: int) -> tuple[Bits, Bits]:
    reached = np.zeros((len(seeds), len(net.zones), words), dtype=np.uint64)
    held = np.zeros((len(seeds), len(net.groups), words), dtype=np.uint64)
    zone_at, group_at = (
        {name: i for i, name in enumerate(net.zones)},
        {name: i for i, name in enumerate(net.groups)},
    )
    for at, seed in enumerate(seeds):
        reached[at, [zone_at[zone] for zone in seed.zones]] = ALL
        held[at, [group_at[group] for group in seed.groups]] = ALL
    return reached, held


def _fuel(net: Net, live: Bits) -> Bits:
    """Per pair: the worlds in which some single-legged device behind that door can fall."""
    fuel = np.zeros((len(net.pairs), live.shape[-1]), dtype=np.uint64)
    if len(net.carrying):
        fuel[net.carried] = np.bitwise_or.reduceat(
            live[net.leg_row[net.carrying]], net.carried_starts, axis=0
        )
    return fuel


def _entered(net: Net, world: World, usable: Bits, fuel: Bits, reached: Bits) -> Bits:
    now = reached.copy()
    for pair, (zone, _, _) in enumerate(net.pairs):
        now[:, zone] |= usable[:, pair] & fuel[pair]
    for zones, legs in net.bridges.values():
        fell = np.bitwise_or.reduce(usable[:, net.leg_pair[legs]] & world.live[net.leg_row[legs]], axis=1)
        now[:, list(zones)] |= fell[:, None, :]
    return now


def _learned(net: Net, world: World, usable: Bits, held: Bits) -> Bits:
    known = held.copy()
    for group, (pairs, legs) in net.members.items():
        live = np.zeros((len(net.pairs), world.live.shape[-1]), dtype=np.uint64)
        np.bitwise_or.at(live, net.leg_pair[legs], world.live[net.leg_row[legs]])
        fell = np.bitwise_or.reduce(usable[:, pairs] & live[pairs], axis=1)
        known[:, group] |= fell
    return known & world.shared[None]


def _openness(zones: Sequence[str], pairs: Sequence[tuple[int, Door, int]], opens: Opens) -> Floats:
    out = [[opens(source, zones[zone], door) for source in zones] for zone, door, _ in pairs]
    return np.array(out, dtype=np.float64).reshape(len(pairs), len(zones))


def _carrying(hosts: Sequence[Host], leg_host: Ints, leg_pair: Ints) -> Ints:
    """Legs of devices that stand in one zone, ordered by pair."""
    single = np.array([host.carries and len(host.zones) == 1 for host in hosts], dtype=bool)
    loose = np.flatnonzero(single[leg_host]) if len(leg_host) > 0 else np.empty(0, np.int64)
    return loose[np.argsort(leg_pair[loose], kind="stable")]


def _bridges(
    hosts: Sequence[Host], zone_at: Mapping[str, int], leg_host: Ints
) -> dict[int, tuple[tuple[int, ...], Ints]]:
    found = {}
    for h, host in enumerate(hosts):
        if host.carries and len(host.zones) > 1:
            first, last = np.searchsorted(leg_host, [h, h + 1])
            if first < last:
                found[h] = tuple(zone_at[zone] for zone in host.zones), np.arange(first, last)
    return found


def _members(
    hosts: Sequence[Host], groups: Sequence[str], leg_host: Ints, leg_pair: Ints
) -> dict[int, tuple[Ints, Ints]]:
    found = {}
    for g, group in enumerate(groups):
        inside = [h for h, host in enumerate(hosts) if group in host.groups]
        legs = np.flatnonzero(np.isin(leg_host, inside))
        if len(legs):
            found[g] = np.unique(leg_pair[legs]), legs
    return found
