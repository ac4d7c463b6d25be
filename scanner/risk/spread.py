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
    lock: Ints
    """The group of each pair; -1 = none."""
    keyed: Ints
    """The pairs that ask for a password."""
    keys: "Keys"
    """Where the passwords are found."""


class Keys(Struct, frozen=True, kw_only=True):
    """The legs of devices that hold a password, ordered by group and pair."""

    legs: Ints
    spots: Ints
    """Where the legs of each (group, pair) start."""
    pairs: Ints
    """The pair of each (group, pair)."""
    groups: Ints
    """The groups that have any, each once."""
    starts: Ints
    """Where the pairs of each of these groups start."""


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
    lock = np.array([group for _, _, group in pairs], dtype=np.int64)
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
        lock=lock,
        keyed=np.flatnonzero(lock >= 0),
        keys=_keys(ordered, groups, leg_host, leg_pair),
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
    # a zone at a time: the dice of all pairs at once would fill the memory
    for zone in range(len(net.zones)):
        here = np.flatnonzero(target == zone)
        pair, source = np.nonzero((opens[here] > 0) & (opens[here] < 1))
        reach[here[pair], source] = happens(dice.reach[zone, source, :count], opens[here[pair], source])
    return World(
        live=happens(dice.rows[:, :count], chance), open=reach, shared=happens(dice.groups[:, :count], shared)
    )


def without(net: Net, world: World, hosts: Iterable[int]) -> World:
    """The same worlds with these hosts hardened: nothing opens them."""
    live = world.live.copy()
    live[np.isin(net.row_host, list(hosts))] = 0
    return World(live=live, open=world.open, shared=world.shared)


class Ways(Struct, frozen=True, kw_only=True):
    """Who gets where in each world, shared passwords apart: zone to zone, and zone to door."""

    sort: Ints
    """The sort of each pair: pairs of one sort stand in one zone and open to the same zones in the same worlds."""
    zones: Bits
    """Zones that a foothold in a zone takes, itself included, [zone, zone, word]."""
    doors: Bits
    """Sorts of doors within reach of a foothold in a zone, [zone, sort, word]."""
    fuel: Bits
    """Per pair: the worlds in which some single-legged device behind that door can fall."""


class Front(Struct, frozen=True, kw_only=True):
    """How far each foothold comes."""

    doors: Bits
    """Sorts of doors within reach, [seed, sort, word]."""
    held: Bits
    """Passwords held, [seed, group, word]."""

    def usable(self, sorts: Ints, groups: Ints) -> Bits:
        """The worlds in which doors of these sorts, locked by these groups (-1 = none), may be opened."""
        out: Bits = self.doors[:, sorts]
        locked = np.flatnonzero(groups >= 0)
        out[:, locked] &= self.held[:, groups[locked]]
        return out


def ways(net: Net, world: World) -> Ways:
    """Work out who gets where: zones that reach each other in a world are closed over once, not once a foothold."""
    sort, lead = _sorts(net, world.open)
    doors, fuel = world.open[lead], _fuel(net, world.live)
    unlocked = net.lock < 0
    burning = np.zeros((len(lead), world.live.shape[-1]), dtype=np.uint64)
    np.bitwise_or.at(burning, sort[unlocked], fuel[unlocked])
    closed = np.zeros((len(net.zones), len(net.zones), world.live.shape[-1]), dtype=np.uint64)
    for at, pair in enumerate(lead.tolist()):
        closed[:, net.pairs[pair][0]] |= doors[at] & burning[at]
    for zones, legs in net.bridges.values():
        free = legs[unlocked[net.leg_pair[legs]]]
        through = doors[sort[net.leg_pair[free]]] & world.live[net.leg_row[free], None]
        closed[:, list(zones)] |= np.bitwise_or.reduce(through, axis=0)[:, None]
    closed[np.arange(len(net.zones)), np.arange(len(net.zones))] = ALL
    for zone in range(len(net.zones)):  # Warshall, in all worlds at once
        closed |= closed[:, zone, None] & closed[None, zone]
    reached = np.zeros((len(net.zones), len(lead), world.live.shape[-1]), dtype=np.uint64)
    for zone in range(len(net.zones)):
        some = np.flatnonzero(doors[:, zone].any(axis=-1))
        reached[:, some] |= closed[:, zone, None] & doors[some, zone]
    return Ways(sort=sort, zones=closed, doors=reached, fuel=fuel)


def front(net: Net, world: World, known: Ways, seeds: Sequence[Seed]) -> Front:
    """How far each foothold comes: the least fixed point. What several zones reach is what any of them reaches;
    only shared passwords need several rounds, since they take a holder and a door.
    """
    reached, held = _start(net, known, seeds, world.live.shape[-1])
    held &= world.shared[None]
    doors = np.zeros((len(seeds), known.doors.shape[1], world.live.shape[-1]), dtype=np.uint64)
    zone_at = {name: i for i, name in enumerate(net.zones)}
    for at, seed in enumerate(seeds):
        for zone in seed.zones:
            doors[at] |= known.doors[zone_at[zone]]
    while net.groups:
        now = Front(doors=doors, held=held)
        learned = _learned(net, world, known, now)
        fresh = _unlocked(net, world, known, Front(doors=doors, held=learned)) & ~reached
        if not fresh.any() and np.array_equal(learned, held):
            break
        held = learned
        for new in np.flatnonzero(fresh.any(axis=(0, 2))).tolist():
            doors |= fresh[:, new, None] & known.doors[new]
            reached |= fresh[:, new, None] & known.zones[new]
    return Front(doors=doors, held=held)


def spread(net: Net, world: World, seeds: Sequence[Seed]) -> Bits:
    """The doors within an intruder's reach from each foothold, [seed, pair, word]."""
    known = ways(net, world)
    return front(net, world, known, seeds).usable(known.sort, net.lock)


def falls(net: Net, world: World, usable: Bits) -> Bits:
    """The worlds in which each host falls, [host, word], given the doors within reach from one foothold."""
    out = np.zeros((len(net.hosts), world.live.shape[-1]), dtype=np.uint64)
    if len(net.leg_row):
        hit = world.live[net.leg_row] & usable[net.leg_pair]
        out[net.falling] = np.bitwise_or.reduceat(hit, net.starts, axis=0)
    return out


def odds_of_falling(net: Net, world: World, seeds: Sequence[Seed], known: Ways | None = None) -> Floats:
    """P(host falls | foothold), [seed, host]; a host's own foothold does not count as falling.

    `known` is what `ways` says of this world, where that is known already.
    """
    known = known or ways(net, world)
    usable = front(net, world, known, seeds).usable(known.sort, net.lock)
    out = np.empty((len(seeds), len(net.hosts)))
    for at in range(len(seeds)):
        out[at] = share(falls(net, world, usable[at]))
    return out


def _start(net: Net, known: Ways, seeds: Sequence[Seed], words: int) -> tuple[Bits, Bits]:
    reached = np.zeros((len(seeds), len(net.zones), words), dtype=np.uint64)
    held = np.zeros((len(seeds), len(net.groups), words), dtype=np.uint64)
    zone_at = {name: i for i, name in enumerate(net.zones)}
    group_at = {name: i for i, name in enumerate(net.groups)}
    for at, seed in enumerate(seeds):
        for zone in seed.zones:
            reached[at] |= known.zones[zone_at[zone]]
        held[at, [group_at[group] for group in seed.groups]] = ALL
    return reached, held


def _sorts(net: Net, opens: Bits) -> tuple[Ints, Ints]:
    """The sort of each pair, and the first pair of each sort."""
    found: dict[tuple[int, bytes], int] = {}
    lead: list[int] = []
    sort = np.zeros(len(net.pairs), dtype=np.int64)
    for pair, (zone, _, _) in enumerate(net.pairs):
        at = found.setdefault((zone, opens[pair].tobytes()), len(found))
        if at == len(lead):
            lead.append(pair)
        sort[pair] = at
    return sort, np.array(lead, dtype=np.int64)


def _fuel(net: Net, live: Bits) -> Bits:
    """Per pair: the worlds in which some single-legged device behind that door can fall."""
    fuel = np.zeros((len(net.pairs), live.shape[-1]), dtype=np.uint64)
    if len(net.carrying):
        fuel[net.carried] = np.bitwise_or.reduceat(
            live[net.leg_row[net.carrying]], net.carried_starts, axis=0
        )
    return fuel


def _unlocked(net: Net, world: World, known: Ways, now: Front) -> Bits:
    """The zones that doors behind passwords add, [seed, zone, word]."""
    entered = np.zeros((len(now.held), len(net.zones), world.live.shape[-1]), dtype=np.uint64)
    if len(net.keyed):
        usable = now.usable(known.sort[net.keyed], net.lock[net.keyed]) & known.fuel[net.keyed]
        # pairs are sorted by zone
        zones, starts = np.unique([net.pairs[pair][0] for pair in net.keyed.tolist()], return_index=True)
        entered[:, zones] = np.bitwise_or.reduceat(usable, starts, axis=1)
    for joined, legs in net.bridges.values():
        locked = legs[net.lock[net.leg_pair[legs]] >= 0]
        if len(locked):
            pairs = net.leg_pair[locked]
            fell = now.usable(known.sort[pairs], net.lock[pairs]) & world.live[net.leg_row[locked]]
            entered[:, list(joined)] |= np.bitwise_or.reduce(fell, axis=1)[:, None]
    return entered


def _learned(net: Net, world: World, known: Ways, now: Front) -> Bits:
    """The passwords held after one more round, [seed, group, word]: its own, and those of devices that fall."""
    held, keys = now.held.copy(), net.keys
    if len(keys.legs):
        live = np.bitwise_or.reduceat(world.live[net.leg_row[keys.legs]], keys.spots, axis=0)
        fell = now.usable(known.sort[keys.pairs], net.lock[keys.pairs]) & live
        held[:, keys.groups] |= np.bitwise_or.reduceat(fell, keys.starts, axis=1)
    return held & world.shared[None]


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


def _keys(hosts: Sequence[Host], groups: Sequence[str], leg_host: Ints, leg_pair: Ints) -> Keys:
    group_at = {name: at for at, name in enumerate(groups)}
    holders = [(group_at[name], h) for h, host in enumerate(hosts) for name in host.groups]
    firsts, lasts = (np.searchsorted(leg_host, [h for _, h in holders], side) for side in ("left", "right"))
    spans = [np.arange(a, b) for a, b in zip(firsts, lasts, strict=True)]
    legs = np.concatenate([np.empty(0, np.int64), *spans])
    group = np.repeat(np.array([at for at, _ in holders], dtype=np.int64), lasts - firsts)
    order = np.lexsort((leg_pair[legs], group))
    legs, group = legs[order], group[order]
    spots = np.flatnonzero(np.r_[True, np.diff(group) | np.diff(leg_pair[legs])] if len(legs) else [])
    found, starts = np.unique(group[spots], return_index=True)
    return Keys(legs=legs, spots=spots, pairs=leg_pair[legs[spots]], groups=found, starts=starts)
