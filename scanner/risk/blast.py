"""What each foothold costs, without going through the devices once a foothold.

Devices that the same doors open are told apart by nothing but their own weaknesses. So what they weigh together in a
world depends only on which of those doors are within reach: a sum over sets of doors, worked out once (inclusion and
exclusion), and then one product a foothold. A hundred thousand devices cost what their zones and doors cost.
"""

import itertools
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from scanner.risk.chance import WORD, Bits, happens, share, throws
from scanner.risk.spread import ALL, Floats, Front, Ints, Net, Seed, Ways, World, front

CHUNK: Final = 32
"""Footholds at a time."""
KEPT: Final = 4096
"""Rows of dice held at a time."""
MOST: Final = 3
"""Doors of a device up to which its kind gets a table: 2 ** doors - 1 sets."""


class Table(Struct, frozen=True, kw_only=True):
    """The devices of a net in a world, joined by the doors that open them."""

    sorts: Ints
    """The sort of each lock: a lock is a sort of doors with the password that it asks for."""
    groups: Ints
    """That password; -1 = none."""
    host: Ints
    """The device of each hold: a hold is all weaknesses of one device behind one lock, grouped by device."""
    lock: Ints
    live: Bits
    """The worlds in which a hold gives way, [hold, word]."""
    sets: tuple[tuple[int, ...], ...]
    """Sets of locks that are within reach together."""
    worth: Floats
    """What such a set adds to what falls, by measure and world, [set, world, measure]."""
    single: Ints
    """Holds of devices that no set counts: they are gone through one by one."""


def sampled(net: Net, seed: int, shared: Floats, count: int) -> World:
    """The worlds that `throw` and `worlds` give for a net's own chances, without keeping the dice: a big network is
    judged in the memory that its answers need.
    """
    live = np.empty((len(net.gates), count // WORD), dtype=np.uint64)
    for start in range(0, len(net.gates), KEPT):
        owners = net.row_host[start : start + KEPT].tolist()
        keys = [
            f"{net.hosts[h].key}\0{gate}"
            for h, gate in zip(owners, net.gates[start : start + KEPT], strict=True)
        ]
        live[start : start + KEPT] = happens(throws(seed, keys, count), net.chance[start : start + KEPT])
    opens = np.zeros((len(net.pairs), len(net.zones), count // WORD), dtype=np.uint64)
    opens[net.opens >= 1] = ALL
    target = np.array([zone for zone, _, _ in net.pairs], dtype=np.int64)
    for zone, name in enumerate(net.zones):
        here = np.flatnonzero(target == zone)
        unsure = (net.opens[here] > 0) & (net.opens[here] < 1)
        for at in np.flatnonzero(unsure.any(axis=0)).tolist():
            pairs = here[unsure[:, at]]
            dice = throws(seed, [f"reach\0{net.zones[at]}\0{name}"], count)
            opens[pairs, at] = happens(np.broadcast_to(dice, (len(pairs), count)), net.opens[pairs, at])
    groups = happens(throws(seed, [f"group\0{name}" for name in net.groups], count), shared)
    return World(live=live, open=opens, shared=groups)


def table(net: Net, world: World, known: Ways, measures: Floats) -> Table:
    """Join the devices; `measures` is what each counts when it falls, [measure, device]."""
    locks, of_pair = np.unique(np.stack([known.sort, net.lock]), axis=1, return_inverse=True)
    host_of_leg, lock_of_leg = net.row_host[net.leg_row], of_pair.reshape(-1)[net.leg_pair]
    order = np.lexsort((lock_of_leg, host_of_leg))
    key = np.stack([host_of_leg[order], lock_of_leg[order]])
    first = np.flatnonzero(np.r_[True, (key[:, 1:] != key[:, :-1]).any(axis=0)]) if len(order) else order
    live = world.live[net.leg_row[order]]
    live = np.bitwise_or.reduceat(live, first, axis=0) if len(order) else live
    host, lock = key[:, first]
    kinds = _kinds(host, lock)
    joined = {
        doors: holds for doors, holds in kinds.items() if len(doors) <= MOST and len(holds) >= 1 << len(doors)
    }
    sets, worth = _worth(joined, host, live, measures)
    left = [holds.reshape(-1) for doors, holds in kinds.items() if doors not in joined]
    return Table(
        sorts=locks[0], groups=locks[1], host=host, lock=lock, live=live, sets=sets, worth=worth,
        single=np.sort(np.concatenate(left)) if left else np.empty(0, np.int64),
    )  # fmt: skip


def lost(net: Net, world: World, known: Ways, seeds: Sequence[Seed], measures: Floats) -> Floats:
    """What falls from each foothold in the mean, by each measure, [measure, seed]; holders of the foothold count too,
    when their own doors are within its reach.
    """
    joined = table(net, world, known, measures)
    out = np.empty((len(measures), len(seeds)))
    flat = joined.worth.reshape(-1, len(measures))
    for start, now in fronts(net, world, known, seeds):
        reach = now.usable(joined.sorts, joined.groups)
        members = np.empty((len(reach), len(joined.sets), reach.shape[-1]), dtype=np.uint64)
        for at, locks in enumerate(joined.sets):
            members[:, at] = np.bitwise_and.reduce(reach[:, locks], axis=1)
        bits = _unpacked(members).reshape(len(reach), -1)
        many = world.live.shape[-1] * WORD
        for at in range(len(reach)):
            out[:, start + at] = bits[at].astype(np.float64) @ flat / many
            out[:, start + at] += _one_by_one(joined, reach[at], measures)
    return out


def by_world(
    net: Net, world: World, known: Ways, seeds: Sequence[Seed], shares: Floats, measure: Floats
) -> Floats:
    """What falls in each world from the footholds together, each with its share, [world]."""
    joined = table(net, world, known, measure[None])
    out = np.zeros(world.live.shape[-1] * WORD)
    for start, now in fronts(net, world, known, seeds):
        reach = now.usable(joined.sorts, joined.groups)
        for at, part in enumerate(shares[start : start + len(reach)].tolist()):
            for locks, worth in zip(joined.sets, joined.worth[:, :, 0], strict=True):
                out += part * worth * _unpacked(np.bitwise_and.reduce(reach[at, list(locks)], axis=0))
            holds = joined.single
            if len(holds):
                hosts, starts = np.unique(joined.host[holds], return_index=True)
                fell = np.bitwise_or.reduceat(
                    joined.live[holds] & reach[at, joined.lock[holds]], starts, axis=0
                )
                out += part * (measure[hosts] @ _unpacked(fell))
    return out


def odds_of(net: Net, world: World, known: Ways, seeds: Sequence[Seed], which: Ints) -> Floats:
    """P(a device falls | its own foothold: `which` of the seeds), [device]."""
    out = np.zeros(len(net.hosts))
    if not len(net.leg_row):
        return out
    order = net.falling[np.argsort(which[net.falling], kind="stable")]
    ends = np.r_[net.starts[1:], len(net.leg_row)][: len(net.starts)]
    span = {
        host: (begin, end)
        for host, begin, end in zip(net.falling.tolist(), net.starts.tolist(), ends.tolist(), strict=True)
    }
    for start, now in fronts(net, world, known, seeds):
        low, high = np.searchsorted(which[order], [start, start + len(now.doors)])
        hosts = order[low:high]
        if not len(hosts):
            continue
        legs = np.concatenate([np.arange(*span[host]) for host in hosts.tolist()])
        sizes = np.array([span[host][1] - span[host][0] for host in hosts.tolist()])
        own = np.repeat(which[hosts] - start, sizes)
        pairs = net.leg_pair[legs]
        hit = now.doors[own, known.sort[pairs]] & world.live[net.leg_row[legs]]
        locked = np.flatnonzero(net.lock[pairs] >= 0)
        hit[locked] &= now.held[own[locked], net.lock[pairs[locked]]]
        out[hosts] = share(np.bitwise_or.reduceat(hit, np.r_[0, np.cumsum(sizes)[:-1]], axis=0))
    return out


def odds_at(net: Net, world: World, known: Ways, seeds: Sequence[Seed], hosts: Sequence[int]) -> Floats:
    """P(each of some devices falls | each foothold), [seed, device]."""
    out = np.zeros((len(seeds), len(hosts)))
    ends = np.r_[net.starts[1:], len(net.leg_row)][: len(net.starts)]
    span = dict(zip(net.falling.tolist(), zip(net.starts.tolist(), ends.tolist(), strict=True), strict=True))
    some = [(at, *span[host]) for at, host in enumerate(hosts) if host in span]
    if not some:
        return out
    legs = np.concatenate([np.arange(begin, end) for _, begin, end in some])
    begins = np.cumsum([0, *(end - begin for _, begin, end in some[:-1])])
    pairs = net.leg_pair[legs]
    groups = net.lock[pairs]
    for start, now in fronts(net, world, known, seeds):
        hit = now.usable(known.sort[pairs], groups) & world.live[net.leg_row[legs]]
        fell = share(np.bitwise_or.reduceat(hit, begins, axis=1))
        out[start : start + len(fell), [at for at, _, _ in some]] = fell
    return out


def fronts(net: Net, world: World, known: Ways, seeds: Sequence[Seed]) -> Iterator[tuple[int, Front]]:
    """How far the footholds come, some at a time, each time with the place of the first."""
    for start in range(0, len(seeds), CHUNK):
        yield start, front(net, world, known, seeds[start : start + CHUNK])


def _kinds(host: Ints, lock: Ints) -> dict[tuple[int, ...], Ints]:
    """Set of locks -> the holds of the devices that have exactly these, [device, lock]."""
    starts = np.unique(host, return_index=True)[1].tolist()
    found: dict[tuple[int, ...], list[int]] = {}
    locks = lock.tolist()
    for start, end in itertools.pairwise([*starts, len(host)]):
        found.setdefault(tuple(locks[start:end]), []).append(start)
    return {
        doors: np.array(begin, dtype=np.int64)[:, None] + np.arange(len(doors))
        for doors, begin in found.items()
    }


def _worth(
    joined: dict[tuple[int, ...], Ints], host: Ints, live: Bits, measures: Floats
) -> tuple[tuple[tuple[int, ...], ...], Floats]:
    """Each set of locks with what it adds: a device behind two doors falls by either, and is lost once."""
    worlds = live.shape[-1] * WORD
    found: dict[tuple[int, ...], NDArray[np.float64]] = {}
    for doors, holds in joined.items():
        weight = measures[:, host[holds[:, 0]]]
        for members in range(1, 1 << len(doors)):
            some = [at for at in range(len(doors)) if members >> at & 1]
            both = np.bitwise_and.reduce(live[holds[:, some]], axis=1)
            added = _summed(both, weight) * (1 if len(some) % 2 else -1)
            key = tuple(doors[at] for at in some)
            found[key] = found[key] + added if key in found else added
    sets = tuple(sorted(found))
    return sets, np.array([found[key] for key in sets]).reshape(len(sets), worlds, len(measures))


def _summed(bits: Bits, weight: Floats) -> Floats:
    """By world, the weight of those whose bit is set, [world, measure]."""
    out = np.zeros((bits.shape[-1] * WORD, len(weight)))
    for start in range(0, len(bits), 4096):
        out += (weight[:, start : start + 4096] @ _unpacked(bits[start : start + 4096])).T
    return out


def _unpacked(bits: Bits) -> NDArray[np.uint8]:
    return np.unpackbits(np.ascontiguousarray(bits).view(np.uint8), axis=-1)


def _one_by_one(joined: Table, reach: Bits, measures: Floats) -> Floats:
    holds = joined.single
    if not len(holds):
        return np.zeros(len(measures))
    hosts, starts = np.unique(joined.host[holds], return_index=True)
    fell = np.bitwise_or.reduceat(joined.live[holds] & reach[joined.lock[holds]], starts, axis=0)
    out: Floats = measures[:, hosts] @ share(fell)
    return out
