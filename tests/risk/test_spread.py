"""The sampled spread against closed forms (the ladder) and against exact enumeration of small networks."""

import itertools
import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.risk.exposure import Door
from scanner.risk.spread import Host, Row, Seed, lay, odds_of_falling, throw, without, worlds

MANY = 64 * 256
SEED = 11


def row(chance, gate="smb", ports=("tcp/445",), group=None):
    return Row(door=Door(gate, ports), chance=chance, group=group)


def own_zone_only(source, target, door):
    return float(source == target)


def simulate(hosts, seed, opens=own_zone_only, zones=(), *, worlds_thrown=MANY, shared=1.0, hardened=()):
    net = lay(hosts, [*zones, *seed.zones], opens)
    dice = throw(net, SEED, worlds_thrown)
    world = worlds(net, dice, net.chance, net.opens, np.full(len(net.groups), shared), worlds_thrown)
    keys = [host.key for host in net.hosts]
    if hardened:
        world = without(net, world, [keys.index(one) for one in hardened])
    odds = odds_of_falling(net, world, [seed])[0]
    return dict(zip(keys, odds.tolist(), strict=True))


def near(want, count=MANY):
    """Within 4.5 standard errors, and half a dice step."""
    return pytest.approx(want, abs=4.5 * math.sqrt(max(want * (1 - want), 1e-4) / count) + 1 / 65536)


def chain(*rules):
    """Policy that opens exactly these (source, target) pairs and every zone to itself."""
    return lambda source, target, _: float(source == target or (source, target) in rules)


def test_l0_an_isolated_device_never_falls():
    got = simulate([Host(key="a", zones=("z",), rows=(row(1.0),))], Seed(("y",)), zones=("y",))

    assert got == {"a": 0.0}


def test_l1_a_chain_needs_every_link():
    hosts = [Host(key=f"h{i}", zones=(f"z{i}",), rows=(row(q),)) for i, q in enumerate((0.9, 0.5, 0.4))]

    got = simulate(hosts, Seed(("s",)), chain(("s", "z0"), ("z0", "z1"), ("z1", "z2")))

    assert got == {"h0": near(0.9), "h1": near(0.45), "h2": near(0.18)}


def test_l2_two_disjoint_paths_are_two_chances():
    q = 0.6
    hosts = [
        Host(key="a", zones=("a",), rows=(row(q),)),
        Host(key="b", zones=("b",), rows=(row(q),)),
        Host(key="t", zones=("ta",), rows=(row(q, "smb"),)),
        Host(key="u", zones=("ub",), rows=(row(q, "smb"),)),
        Host(key="end", zones=("end",), rows=(row(1.0),)),
    ]
    rules = [("s", "a"), ("s", "b"), ("a", "ta"), ("b", "ub"), ("ta", "end"), ("ub", "end")]

    got = simulate(hosts, Seed(("s",)), chain(*rules))

    assert got["end"] == near(1 - (1 - q * q) ** 2)


def test_l3_two_attackers_on_one_weak_device_are_one_chance():
    hosts = [
        Host(key="a", zones=("a",), rows=(row(1.0),)),
        Host(key="b", zones=("b",), rows=(row(1.0),)),
        Host(key="target", zones=("t",), rows=(row(0.3),)),
    ]

    got = simulate(hosts, Seed(("s",)), chain(("s", "a"), ("s", "b"), ("a", "t"), ("b", "t")))

    assert got["target"] == near(0.3)


def test_l4_a_bridge_carries_what_no_rule_allows():
    hosts = [
        Host(key="bridge", zones=("left", "right"), rows=(row(0.5),)),
        Host(key="far", zones=("right",), rows=(row(0.8),)),
    ]

    got = simulate(hosts, Seed(("left",)))

    assert got == {"bridge": near(0.5), "far": near(0.4)}


def test_l5_of_two_redundant_bridges_only_both_together_matter():
    hosts = [
        Host(key="b1", zones=("left", "right"), rows=(row(1.0),)),
        Host(key="b2", zones=("left", "right"), rows=(row(1.0),)),
        Host(key="far", zones=("right",), rows=(row(1.0),)),
    ]

    assert simulate(hosts, Seed(("left",)), hardened=["b1"])["far"] == 1.0
    assert simulate(hosts, Seed(("left",)), hardened=["b2"])["far"] == 1.0
    assert simulate(hosts, Seed(("left",)), hardened=["b1", "b2"])["far"] == 0.0


def test_l6_a_closed_rule_stops_what_it_names_only():
    hosts = [
        Host(key="rdp", zones=("t",), rows=(row(1.0, "rdp", ("tcp/3389",)),)),
        Host(key="smb", zones=("u",), rows=(row(1.0, "smb", ("tcp/445",)),)),
    ]

    got = simulate(
        hosts, Seed(("s",)), lambda s, t, door: float(s == t or (s == "s" and "tcp/3389" in door.ports))
    )

    assert got == {"rdp": 1.0, "smb": 0.0}


def test_l7_a_shared_password_opens_only_after_a_member_fell():
    hosts = [
        Host(key="weak", zones=("z",), rows=(row(0.5), row(0.8, "cred:g", ("tcp/445",), "g")), groups=("g",)),
        Host(key="sound", zones=("z",), rows=(row(0.8, "cred:g", ("tcp/445",), "g"),), groups=("g",)),
    ]

    assert simulate(hosts, Seed(("z",)), shared=0.6)["sound"] == near(0.5 * 0.8 * 0.6)
    assert simulate(hosts, Seed(("z",)), hardened=["weak"])["sound"] == 0.0
    assert simulate(hosts, Seed(("z",), ("g",)), shared=0.6, hardened=["weak"])["sound"] == near(0.48)


def test_l9_an_unknown_rule_is_open_in_its_share_of_worlds():
    hosts = [Host(key="t", zones=("t",), rows=(row(0.8),)), Host(key="u", zones=("t",), rows=(row(1.0),))]

    got = simulate(hosts, Seed(("s",)), lambda s, t, _: 1.0 if s == t else 0.5)

    assert got == {"t": near(0.4), "u": near(0.5)}


def test_l11_a_cycle_ends():
    hosts = [Host(key=f"h{i}", zones=(f"z{i}",), rows=(row(0.5),)) for i in range(3)]

    got = simulate(hosts, Seed(("z0",)), chain(("z0", "z1"), ("z1", "z2"), ("z2", "z0")))

    assert got == {"h0": near(0.5), "h1": near(0.5), "h2": near(0.25)}


def test_a_gateway_with_legs_in_every_zone_is_no_bridge():
    hosts = [
        Host(key="core", zones=("left", "right"), rows=(row(1.0),), carries=False),
        Host(key="far", zones=("right",), rows=(row(1.0),)),
    ]

    assert simulate(hosts, Seed(("left",))) == {"core": 1.0, "far": 0.0}


def test_a_bridge_without_a_weakness_and_a_password_without_a_door_carry_nobody():
    hosts = [
        Host(key="sound", zones=("left", "right"), rows=(), groups=("g",)),
        Host(key="far", zones=("right",), rows=(row(1.0),)),
    ]

    assert simulate(hosts, Seed(("left",))) == {"sound": 0.0, "far": 0.0}
    assert simulate(hosts, Seed(("right",), ("g",)))["far"] == 1.0


def test_a_net_of_nothing_has_nothing_to_fall():
    net = lay([], ["z"], own_zone_only)
    world = worlds(net, throw(net, 1, 64), net.chance, net.opens, np.zeros(0), 64)

    assert odds_of_falling(net, world, [Seed(("z",))]).shape == (1, 0)


def random_net(seed):
    """A few zones, a few weak devices, at most eleven uncertain bits."""
    dice = random.Random(seed)
    zones = [f"z{i}" for i in range(dice.randint(2, 4))]
    gates = [("smb", ("tcp/445",)), ("rdp", ("tcp/3389",)), ("web", ())][: dice.randint(1, 3)]
    allowed = {
        (s, t, gate): 1.0 if s == t or dice.random() < 0.35 else 0.0
        for s in zones
        for t in zones
        for gate, _ in gates
    }
    hosts, bits = [], 0
    for at in range(dice.randint(4, 8)):
        legs = {dice.choice(zones)} | ({dice.choice(zones)} if dice.random() < 0.3 else set())
        rows = []
        for gate, ports in gates:
            if dice.random() < 0.6 and bits < 11:
                rows.append(row(dice.choice([0.1, 0.3, 0.5, 0.8, 1.0]), gate, ports))
                bits += 1
        hosts.append(
            Host(key=f"h{at}", zones=tuple(sorted(legs)), rows=tuple(rows), carries=dice.random() < 0.9)
        )
    return zones, allowed, hosts


def enumerate_exactly(hosts, allowed, start):
    """P(falls), by going host by host through every state of every weakness."""
    every = [(host, one) for host in hosts for one in host.rows]
    out = dict.fromkeys((host.key for host in hosts), 0.0)
    for state in itertools.product((0, 1), repeat=len(every)):
        chance = math.prod(
            one.chance if on else 1 - one.chance for on, (_, one) in zip(state, every, strict=True)
        )
        if chance:
            live = [pair for on, pair in zip(state, every, strict=True) if on]
            for key in flood(live, allowed, start):
                out[key] += chance
    return out


def flood(live, allowed, start):
    fallen, held = set(), {start}
    changed = True
    while changed:
        changed = False
        for host, one in live:
            into = [t for t in host.zones if any(allowed[s, t, one.door.gate] for s in held)]
            if host.key not in fallen and into:
                fallen.add(host.key)
                changed = True
                # a gateway with several legs carries nobody across
                if host.carries:
                    held.update(host.zones)
    return fallen


@pytest.mark.parametrize("seed", range(24))
def test_the_sample_agrees_with_exact_enumeration(seed):
    zones, allowed, hosts = random_net(seed)

    for start in zones:
        want = enumerate_exactly(hosts, allowed, start)
        got = simulate(hosts, Seed((start,)), lambda s, t, door: allowed[s, t, door.gate], zones)

        for key, chance in want.items():
            assert got[key] == near(chance), (seed, start, key)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_another_weakness_never_saves_anyone(seed, which):
    zones, allowed, hosts = random_net(seed)
    dice = random.Random(which)
    victim = dice.randrange(len(hosts))
    gate = dice.choice(["smb", "rdp", "web"])
    for s, t in itertools.product(zones, zones):
        allowed.setdefault((s, t, gate), float(s == t))
    old = hosts[victim]
    # the same gate again raises its chance, as noisy-or does; a new gate comes beside the others
    rows = [one for one in old.rows if one.door.gate != gate]
    before = next((one.chance for one in old.rows if one.door.gate == gate), 0.0)
    new = Row(door=Door(gate, ("tcp/1",)), chance=1 - (1 - before) * 0.5)
    more = [*hosts[:victim], Host(key=old.key, zones=old.zones, rows=(*rows, new), carries=old.carries)]
    more += [*hosts[victim + 1 :]]

    for start in zones:
        opens = lambda s, t, door: allowed[s, t, door.gate]
        want = simulate(hosts, Seed((start,)), opens, zones, worlds_thrown=256)
        got = simulate(more, Seed((start,)), opens, zones, worlds_thrown=256)
        assert all(want[key] <= got[key] for key in want)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.integers(0, 10_000))
def test_the_order_of_hosts_does_not_matter(seed):
    zones, allowed, hosts = random_net(seed)
    opens = lambda s, t, door: allowed[s, t, door.gate]
    mixed = random.Random(seed + 1).sample(hosts, len(hosts))

    want = simulate(hosts, Seed((zones[0],)), opens, zones, worlds_thrown=256)
    got = simulate(mixed, Seed((zones[0],)), opens, zones[::-1], worlds_thrown=256)

    assert want == got
