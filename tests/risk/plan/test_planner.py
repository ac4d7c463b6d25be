"""The plan as a reader gets it: what comes first, that it saves what it says, and that it always ends."""

import itertools

import msgspec
import numpy as np
import pytest

from scanner.errors import DataError
from scanner.model.kinds import Kind
from scanner.risk.plan.planner import _share, checked, looked, plan, worlds
from scanner.risk.scene import actors
from scanner.risk.score import stage
from scanner.risk.zones import policy

FIXED = {"kind": Kind.PACS, "joining": Kind.METER}
"""Nothing but the bridges can be changed: only their maker mends them, and others work with the archives."""


def test_two_redundant_bridges_are_found_as_a_pair_that_saves_nearly_all_of_the_far_side(stages):
    """Either alone saves little; the pair stands on the front as one, and the plan mends both first."""
    on = stages.bridged(2, **FIXED)
    made = plan(on, stages.loss(on))
    pair = next(point for point in made.front if "x0" in point.what and "x1" in point.what)
    one = min((point for point in made.front if point.cost <= 1.0), key=lambda point: point.loss)

    assert pair.cost == 2.0
    assert made.loss - pair.loss > 3 * (made.loss - one.loss)
    assert {"x0", "x1"} <= {device for step in made.steps[:2] for device in step.devices}


def test_the_only_bridge_comes_first(stages):
    on = stages.bridged(1, **FIXED)
    first = plan(on, stages.loss(on), steps=3).steps[0]

    assert ("x0",) == first.devices
    assert first.action in {"unplug", "isolate"}


def test_the_curve_falls_from_the_expected_loss_to_what_is_left(stages):
    on = stages.bridged(2)
    made = plan(on, 50.0)
    fallen = [point.loss for point in made.curve]

    assert 50.0 == made.loss == fallen[0]
    assert fallen == sorted(fallen, reverse=True)
    assert made.after == fallen[-1] < 50.0
    assert made.loss - made.after == pytest.approx(sum(step.saves for step in made.steps), abs=0.05)
    assert made.saved.lo <= made.loss - made.after <= made.saved.hi
    assert made.cost == pytest.approx(sum(step.cost for step in made.steps))


def test_nothing_on_the_front_is_beaten(stages):
    on = stages.bridged(2)
    front = plan(on, stages.loss(on)).front

    for one, other in itertools.pairwise(front):
        assert one.cost <= other.cost
        assert one.loss > other.loss


def test_the_same_network_in_any_order_gives_the_same_plan(stages):
    network = [stages.camera(f"c{number}", "x") for number in range(6)] + [stages.camera("m", "x", "y")]
    plans = [plan(stages.of(some, "x", "y"), 9.0) for some in (network, network[::-1])]

    assert plans[0] == plans[1]
    assert plans[0] == plan(stages.of(network, "x", "y"), 9.0)


def test_what_a_device_is_called_changes_no_number(stages):
    network = [stages.camera(f"c{number}", "x") for number in range(6)]
    renamed = [
        (msgspec.structs.replace(one, names=(f"other {one.id}",)), age, kept) for one, age, kept in network
    ]
    numbers = [
        [(step.devices, step.saves, step.cost) for step in plan(stages.of(some, "x"), 9.0).steps]
        for some in (network, renamed)
    ]

    assert numbers[0] == numbers[1]


def test_a_budget_that_buys_nothing_says_so(stages):
    on = stages.bridged(1)

    assert (0, "budget") == (len(plan(on, 9.0, budget=0.5).steps), plan(on, 9.0, budget=0.5).ends)
    assert plan(on, 9.0, budget=3.0).cost <= 3.0


def test_devices_that_only_their_maker_may_change_get_walls_and_no_updates(stages):
    network = [stages.camera(f"m{number}", "x", kind=Kind.MODALITY) for number in range(5)]
    made = plan(stages.of(network, "x"), 60.0)

    assert 5 == made.spared
    assert made.steps
    assert {step.action for step in made.steps} <= {"isolate", "separate", "deny", "unplug", "set"}


@pytest.mark.parametrize("names", [(), ("a",), ("a", "b")])
def test_small_and_isolated_networks_get_a_plan_that_promises_nothing_false(stages, names):
    network = [stages.make.plain(name, f"z{name}") for name in names]
    made = plan(stages.of(network, *(f"z{name}" for name in names)), float(len(names) > 0))

    assert made.after <= made.loss
    assert all(step.saves > 0 for step in made.steps)


def test_contradictory_policies_are_judged_like_the_score_does(stages):
    """The same pair open and closed: the more open word counts, and the plan denies it."""
    make = stages.make
    network = [stages.camera(f"a{number}", "x") for number in range(4)]
    network += [stages.camera(f"b{number}", "y") for number in range(8)]
    scope = make.scope("x", "y", segments=[("x", "y", ["tcp/23"], "declared"), ("x", "y", [], "declared")])
    cast = actors(network, scope, make.known, make.now, stages.values)
    on = stage(cast, ("x", "y"), policy(scope, (), stages.values), stages.values, 5)

    assert (
        any("Deny x -> y tcp/23" in point.what for point in plan(on, stages.loss(on)).front)
        or plan(on, stages.loss(on)).steps
    )


@pytest.mark.parametrize("budget", [float("nan"), float("inf"), -1.0])
def test_a_budget_that_is_no_amount_is_refused(budget):
    with pytest.raises(DataError, match="not a number from 0 up"):
        checked(budget)


def test_a_budget_that_is_one_is_kept_and_none_is_none():
    assert (2.5, None) == (checked(2.5), checked(None))


def test_big_networks_are_tried_in_fewer_worlds():
    assert [4096, 2048, 1024] == [worlds(many) for many in (300, 3000, 3001)]
    assert [512, 256, 64] == [looked(many) for many in (300, 3000, 3001)]


def test_where_nothing_is_lost_nothing_is_saved():
    nothing = np.zeros(8)

    assert (1.0, 1.0, 1.0) == _share(nothing, nothing)
