"""The tree of a world says what every removal saves there: against taking each thing out, one by one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.risk.plan.change import NOTHING, Change
from scanner.risk.plan.tree import dominators, savings
from scanner.risk.plan.trial import loss, rehearse


def reached(ways, root, without=None):
    seen, todo = set(), [] if root == without else [root]
    while todo:
        node = todo.pop()
        if node not in seen and node != without:
            seen.add(node)
            todo += ways[node]
    return seen


graphs = st.integers(2, 12).flatmap(
    lambda size: st.lists(st.lists(st.integers(0, size - 1), max_size=4), min_size=size, max_size=size)
)


@given(graphs)
def test_a_node_dominates_what_cannot_be_reached_without_it(ways):
    above, order = dominators(ways, 0)

    assert set(order) == reached(ways, 0)
    for node in range(len(ways)):
        chain, at = set(), node
        while node in order and at not in chain:
            chain.add(at)
            at = above[at]
        want = {one for one in order if node in order and node not in reached(ways, 0, one)}
        assert want == chain


def test_a_way_of_ten_thousand_nodes_needs_no_recursion():
    above, _ = dominators([[at + 1] for at in range(9_999)] + [[]], 0)

    assert 9_998 == above[9_999]


@pytest.mark.parametrize("change", [NOTHING, Change(apart=frozenset({0, 1})), Change(gone=frozenset({2})),
                                    Change(unplugged=frozenset({(31, 0)}))])  # fmt: skip
def test_the_sums_are_what_taking_each_device_out_saves(stages, change):
    on = stages.bridged(2)
    trial = rehearse(on, 256, 1)
    found, now = savings(trial, change, 256), loss(trial, change)

    for host in range(len(on.cast)):
        want = now - loss(trial, change | Change(gone=frozenset({host})))
        assert want == pytest.approx(found.hosts[host], abs=1e-6)


def test_a_rule_and_a_door_save_what_leads_through_them_alone(stages):
    network = [stages.camera(f"a{number}", "x") for number in range(4)]
    network += [stages.camera(f"b{number}", "y") for number in range(9)]
    on = stages.of(network, "x", "y", segments=[("x", "y", ["tcp/23"], "declared")])
    trial = rehearse(on, 512, 1)
    found = savings(trial, NOTHING, 512)
    into = [pair for pair, (zone, _, _) in enumerate(on.net.pairs) if zone == 1]
    denied = Change(shut=frozenset((pair, 0) for pair in into))
    shut = Change(shut=frozenset((pair, zone) for pair in into for zone in (0, 1)))

    assert loss(trial) - loss(trial, denied) == pytest.approx(found.rules[0, 1], abs=1e-6)
    assert loss(trial) - loss(trial, shut) == pytest.approx(found.doors[into[0]], abs=1e-6)
    assert 0 == savings(trial, denied, 512).rules[0, 1]


def test_a_password_door_is_bounded_from_below(stages):
    on = stages.of([stages.pc(f"p{number}") for number in range(6)], "x")
    trial = rehearse(on, 512, 1)
    found = savings(trial, NOTHING, 512).hosts

    real = [loss(trial) - loss(trial, Change(gone=frozenset({host}))) for host in range(6)]
    assert np.all(found <= np.array(real) + 1e-6)


def test_a_network_in_which_nothing_falls_saves_each_device_itself(stages):
    on = stages.of([stages.make.plain("a", "x"), stages.make.plain("b", "x")], "x")
    trial = rehearse(on, 64, 1)

    assert [0.5, 0.5] == savings(trial, NOTHING, 64).hosts.tolist()


def test_two_doors_behind_one_rule_and_one_that_is_shut(stages):
    """What a rule saves is what shutting all of its doors saves; where they are shut, it saves nothing more."""
    network = [stages.camera(f"a{number}", "x") for number in range(3)]
    network += [stages.pc(f"p{number}") for number in range(4)]
    network += [stages.camera(f"b{number}", "y") for number in range(5)]
    ways = [("y", "x", ["tcp/23", "tcp/445"], "declared"), ("x", "y", ["tcp/23"], "declared")]
    on = stages.of(network, "x", "y", segments=ways)
    trial = rehearse(on, 512, 1)
    into = [pair for pair, (zone, _, _) in enumerate(on.net.pairs) if zone == 0]
    denied = Change(shut=frozenset((pair, 1) for pair in into))

    assert len(into) > 1
    assert 0 < savings(trial, NOTHING, 512).rules[1, 0] <= loss(trial) - loss(trial, denied) + 1e-6
    assert 0 == savings(trial, denied, 512).rules[1, 0]
