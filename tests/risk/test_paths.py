"""Ways from zone to zone to one device, best first."""

import itertools
import random

import pytest

from scanner.risk.exposure import Door
from scanner.risk.paths import hops, roads, ways
from scanner.risk.spread import Host, Row, lay


def host(key, *zones, gate="g", chance=0.5, group=None, carries=True):
    rows = (Row(door=Door(gate, (f"tcp/{gate}",)), chance=chance, group=group),)
    return Host(key=key, zones=zones, rows=rows, carries=carries, groups=(group,) if group else ())


def laid(hosts, opens, zones=()):
    net = lay(hosts, zones, opens)
    return net, roads(net, net.chance.tolist())


def only(*rules):
    return lambda s, t, _: 1.0 if s == t or (s, t) in rules else 0.0


def names(net, way):
    return [net.hosts[step.host].key for step in way.steps]


def test_a_way_goes_device_by_device_and_multiplies_its_steps():
    net, roads_ = laid([host("a", "m"), host("asset", "t", chance=0.8)], only(("s", "m"), ("m", "t")), ("s",))

    (got,) = ways(net, roads_, [net.zones.index("s")], 1)

    assert (["a", "asset"], 2) == (names(net, got), got.hops)
    assert 0.4 == pytest.approx(got.chance)


def test_the_likeliest_way_comes_first_and_three_are_shown():
    middle = [host(f"m{at}", f"z{at}", chance=chance) for at, chance in enumerate((0.2, 0.9, 0.5, 0.7))]
    rules = [("s", f"z{at}") for at in range(4)] + [(f"z{at}", "t") for at in range(4)]
    net, roads_ = laid([*middle, host("t", "t", chance=1.0)], only(*rules), ("s",))

    got = ways(net, roads_, [net.zones.index("s")], 4)

    assert [["m1", "t"], ["m3", "t"], ["m2", "t"]] == [names(net, one) for one in got]


def test_an_unknown_rule_counts_with_its_probability():
    net, roads_ = laid([host("t", "t", chance=0.5)], lambda s, t, _: 1.0 if s == t else 0.5, ("s",))

    (got,) = ways(net, roads_, [net.zones.index("s")], 0)

    assert 0.25 == got.chance


def test_a_bridge_leads_on_without_a_rule_and_no_way_leads_over_the_device_itself():
    net, roads_ = laid([host("bridge", "s", "t"), host("x", "t")], only(), ("s",))
    start = [net.zones.index("s")]

    assert [["bridge", "x"]] == [names(net, one) for one in ways(net, roads_, start, 1)]
    assert () == ways(net, roads_, start, 1, without=0)


def test_gateways_locked_doors_and_what_is_too_unlikely_lead_nowhere():
    gateway, _ = [host("g", "s", "t", carries=False), host("x", "t")], None
    locked = [host("a", "m", group="p"), host("x", "t")]
    slim = [host("a", "m", chance=0.001), host("x", "t", chance=0.001)]
    last = [host("x", "t", chance=0.00001)]

    for hosts, rules in (
        (gateway, ()),
        (locked, (("s", "m"), ("m", "t"))),
        (slim, (("s", "m"), ("m", "t"))),
        (last, (("s", "t"),)),
    ):
        net, roads_ = laid(hosts, only(*rules), ("s", "m"))
        assert () == ways(net, roads_, [net.zones.index("s")], len(hosts) - 1)


def test_a_zone_without_any_way_has_no_hops_and_cycles_end():
    hosts = [host(f"h{at}", f"z{at}") for at in range(3)]
    net, roads_ = laid(hosts, only(("z0", "z1"), ("z1", "z2"), ("z2", "z0")), ("island",))

    got = hops(net, roads_, [2])

    assert {"z2": 1, "z1": 1, "z0": 2} == {net.zones[zone]: many for zone, many in got.items()}


@pytest.mark.parametrize("seed", range(12))
def test_the_first_way_is_the_best_of_all_ways(seed):
    dice = random.Random(seed)
    zones = [f"z{at}" for at in range(4)]
    hosts = [host(f"h{at}", zones[at], chance=dice.choice((0.2, 0.4, 0.6, 0.9))) for at in range(4)]
    rule = {(s, t): dice.choice((0.0, 0.3, 1.0)) for s in zones for t in zones}
    net, roads_ = laid(hosts, lambda s, t, _: 1.0 if s == t else rule[s, t])

    def chance(route):
        out = 1.0
        for one, other in itertools.pairwise(route):
            out *= rule[zones[one], zones[other]] * hosts[other].rows[0].chance
        return out

    middles = [some for size in range(3) for some in itertools.permutations((1, 2), size)]
    want = max(chance((0, *some, 3)) for some in middles)
    got = ways(net, roads_, [0], 3)

    assert (got[0].chance if got else 0.0) == pytest.approx(want)


def test_the_search_ends_at_its_bound(monkeypatch):
    monkeypatch.setattr("scanner.risk.paths.TRIED", 1)
    net, roads_ = laid([host("a", "m"), host("asset", "t")], only(("s", "m"), ("m", "t")), ("s",))

    assert () == ways(net, roads_, [net.zones.index("s")], 1)


def test_a_password_opens_doors_for_who_holds_it_as_likely_as_it_is_shared():
    net, _ = laid([host("t", "t", chance=0.5, group="p")], only(("s", "t")), ("s",))
    start = [net.zones.index("s")]
    keyed = roads(net, net.chance.tolist(), {0: 0.3})

    (got,) = ways(net, keyed, start, 0)

    assert 0.15 == pytest.approx(got.chance)
    assert start == [one.source for one in got.steps]
    assert () == ways(net, roads(net, net.chance.tolist()), start, 0)
