"""The fast way to count what falls against the plain way, device by device."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.risk import blast
from scanner.risk.exposure import Door
from scanner.risk.spread import Host, Row, Seed, lay, odds_of_falling, throw, ways, worlds

COUNT = 256


def network(seed):
    """Zones, devices behind one to five doors, bridges, gateways, unknown rules and one shared password."""
    dice = random.Random(seed)
    zones = [f"z{at}" for at in range(dice.randint(1, 5))]
    gates = [Door(f"g{at}", (f"tcp/{at}",)) for at in range(5)]
    rule = {(s, t, g): dice.choice((0.0, 0.0, 0.5, 1.0)) for s in zones for t in zones for g in gates}
    hosts = []
    for at in range(dice.randint(0, 60)):
        legs = tuple(sorted(dice.sample(zones, min(len(zones), dice.choice((1, 1, 1, 2))))))
        rows = [
            Row(door=g, chance=dice.random() ** 2) for g in dice.sample(gates, dice.choice((0, 1, 1, 2, 5)))
        ]
        member = dice.random() < 0.2
        if member:
            rows.append(Row(door=Door("cred:p", ("tcp/9",)), chance=0.7, group="p"))
        hosts.append(
            Host(
                key=f"h{at}",
                zones=legs,
                rows=tuple(rows),
                carries=dice.random() < 0.9,
                groups=("p",) if member else (),
            )
        )

    def opens(source, target, door):
        return 1.0 if source == target else rule.get((source, target, door), 0.3)

    net = lay(hosts, zones, opens)
    seeds = [Seed((zone,)) for zone in zones] + [Seed(tuple(zones[:2]), net.groups)]
    return net, seeds


def made(net, seed=3):
    dice = throw(net, seed, COUNT)
    return worlds(net, dice, net.chance, net.opens, np.full(len(net.groups), 0.6), COUNT)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 100_000))
def test_what_is_lost_is_what_falls_device_by_device(seed):
    net, seeds = network(seed)
    world = made(net)
    measures = np.array(
        [[random.Random(f"{seed}{host.key}").random() for host in net.hosts], [1.0] * len(net.hosts)]
    )

    want = measures @ odds_of_falling(net, world, seeds).T

    assert want == pytest.approx(blast.lost(net, world, ways(net, world), seeds, measures))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 100_000))
def test_a_devices_own_odds_are_those_of_its_own_foothold(seed):
    net, seeds = network(seed)
    world = made(net)
    which = np.array([at % len(seeds) for at in range(len(net.hosts))], dtype=np.int64)

    want = odds_of_falling(net, world, seeds)[which, np.arange(len(net.hosts))]

    assert want == pytest.approx(blast.odds_of(net, world, ways(net, world), seeds, which))


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.integers(0, 100_000))
def test_what_is_lost_world_by_world_has_the_same_mean_and_some_devices_may_be_asked_for(seed):
    net, seeds = network(seed)
    world = made(net)
    known = ways(net, world)
    weight, shares = np.arange(1.0, len(net.hosts) + 1), np.full(len(seeds), 1 / len(seeds))
    some = list(range(0, len(net.hosts), 3))
    want = odds_of_falling(net, world, seeds)

    assert (want @ weight).mean() == pytest.approx(
        blast.by_world(net, world, known, seeds, shares, weight).mean()
    )
    assert np.array_equal(want[:, some], blast.odds_at(net, world, known, seeds, some))


@pytest.mark.parametrize("seed", range(4))
def test_worlds_without_kept_dice_are_the_same_worlds(seed):
    net, _ = network(seed)
    want = made(net, 9)

    got = blast.sampled(net, 9, np.full(len(net.groups), 0.6), COUNT)

    assert np.array_equal(want.live, got.live)
    assert np.array_equal(want.open, got.open)
    assert np.array_equal(want.shared, got.shared)


def test_many_footholds_are_taken_some_at_a_time():
    host = Host(key="h", zones=("z",), rows=(Row(door=Door("g", ()), chance=1.0),))
    net = lay([host], ["z"], lambda *_: 1.0)
    world = made(net)

    got = blast.lost(net, world, ways(net, world), [Seed(("z",))] * (blast.CHUNK + 1), np.ones((1, 1)))

    assert [1.0] * (blast.CHUNK + 1) == got[0].tolist()


def test_nothing_weak_means_nothing_lost_and_no_odds():
    net = lay([Host(key="h", zones=("z",), rows=())], ["z"], lambda *_: 1.0)
    world, seeds = made(net), [Seed(("z",))]

    assert [[0.0]] == blast.lost(net, world, ways(net, world), seeds, np.ones((1, 1))).tolist()
    assert [0.0] == blast.odds_of(net, world, ways(net, world), seeds, np.zeros(1, dtype=np.int64)).tolist()


def test_a_foothold_that_no_device_is_says_nothing_of_them():
    row = Row(door=Door("g", ()), chance=1.0)
    net = lay([Host(key="h", zones=("z",), rows=(row,))], ["z"], lambda *_: 1.0)
    world, seeds = made(net), [Seed(("z",))] * (blast.CHUNK + 1)

    assert [1.0] == blast.odds_of(net, world, ways(net, world), seeds, np.array([blast.CHUNK])).tolist()
