"""The parts of the score in closed form."""

import math

import numpy as np
import pytest

from scanner.model.kinds import Kind, Role
from scanner.risk.exposure import HEADLINE
from scanner.risk.parameters import resolve
from scanner.risk.scene import actors
from scanner.risk.score import (
    draws,
    effort,
    elsewhere,
    fix_values,
    loss_in,
    measure,
    points,
    stage,
    top_ten,
    whole,
    world,
)
from scanner.risk.zones import policy

VALUES = resolve({})


def staged(make, network, scope, seed=5):
    cast = actors(network, scope, make.known, make.now, VALUES)
    return stage(cast, [one.zone for one in scope.networks], policy(scope, (), VALUES), VALUES, seed)


def test_the_score_is_what_the_formula_says():
    f, b, c = 0.5, 40.0, 80.0
    want = 100 * (1 - (1 - math.log(1 + f * b) / math.log(301)) * (1 - f * (1 - math.exp(-0.8))))

    assert want == pytest.approx(points(np.array([f]), np.array([b]), np.array([c]), VALUES)[0])


def test_the_score_ends_at_0_and_100():
    got = points(np.array([0.0, 1.0]), np.array([1e9, 1e9]), np.array([1e9, 1e9]), VALUES)

    assert [0.0, 100.0] == got.tolist()


@pytest.mark.parametrize(("score", "want"), [(59.5, 60), (59.49, 59), (0.0, 0)])
def test_halves_are_rounded_up(score, want):
    assert want == whole(score)


def test_a_devices_own_entry_does_not_count_as_entry_elsewhere(make):
    network = [make.plain("a", "z", kind=Kind.WORKSTATION), make.plain("b", "z", kind=Kind.SERVER)]
    on = staged(make, network, make.scope("z", "empty"))

    got = elsewhere(on, np.array([0.02, 0.002]))

    assert {"z": [0.002, 0.02], "empty": [0.0, 0.0]} == dict(
        zip(["z", "empty"], got[[1, 0]].tolist(), strict=True)
    )


def test_blast_counts_the_others_only(make):
    telnet = {"kind": Kind.CAMERA, "ports": ("tcp/23",)}
    on = staged(make, [make.plain(name, "z", **telnet) for name in "abc"], make.scope("z"))

    got = measure(on, world(on, HEADLINE), VALUES)

    assert 2 * 0.686 == pytest.approx(got.blast[0], abs=0.15)
    assert got.loss == pytest.approx(1 + got.blast.mean(), abs=1e-9)


def test_a_gateway_is_a_foothold_in_its_worst_zone_only(make):
    crowd = [
        make.plain(f"{zone}{at}", zone, kind=Kind.CAMERA, ports=("tcp/23",))
        for zone in "xy"
        for at in range(5)
    ]
    closed = [("x", "y", [], "declared"), ("y", "x", [], "declared")]
    on = staged(
        make,
        [*crowd, make.plain("gw", "x", "y", kind=Kind.ROUTER, role=Role.GATEWAY)],
        make.scope("x", "y", segments=closed),
    )
    bridged = staged(
        make, [*crowd, make.plain("gw", "x", "y", kind=Kind.ROUTER)], make.scope("x", "y", segments=closed)
    )
    at = [actor.device.id for actor in on.cast].index("gw")

    one = measure(on, world(on, HEADLINE), VALUES).blast[at]
    both = measure(bridged, world(bridged, HEADLINE), VALUES).blast[at]

    assert one < 5 < both


def test_hardening_everything_leaves_no_loss(make):
    on = staged(make, [make.windows7(f"w{at}", "z") for at in range(4)], make.scope("z"))

    assert 0.0 == loss_in(on, world(on, HEADLINE), range(4))


def test_a_fix_is_worth_no_more_than_the_loss_and_a_bridge_more_than_a_leaf(make):
    closed = [("x", "y", [], "declared"), ("y", "x", [], "declared")]
    network = [
        *(make.windows7(f"x{at}", "x") for at in range(3)),
        *(make.windows7(f"y{at}", "y", kind=Kind.SERVER) for at in range(6)),
        make.windows7("bridge", "x", "y"),
    ]
    on = staged(make, network, make.scope("x", "y", segments=closed))
    held = world(on, HEADLINE)
    found = measure(on, held, VALUES)

    got = dict(zip([actor.device.id for actor in on.cast], fix_values(on, held, found).tolist(), strict=True))

    assert "bridge" == max(got, key=got.__getitem__)
    assert max(got.values()) <= found.loss


def test_rank_is_the_share_of_draws_in_the_top_ten():
    scores = np.zeros((4, 12))
    scores[:, :11] = np.arange(11, 0, -1)
    scores[0, 10] = 99.0

    got = top_ten(scores)

    assert [1.0, 0.75, 0.25, 0.0] == [got[0], got[9], got[10], got[11]]


def test_draws_move_the_scores_and_belong_to_the_seed(make):
    network = [make.windows7(f"w{at}", "z") for at in range(6)]

    first, losses = draws(staged(make, network, make.scope("z"), seed=1))
    again, _ = draws(staged(make, network, make.scope("z"), seed=1))

    assert np.array_equal(first, again)
    assert first.std() > 0
    assert losses.std() > 0


@pytest.mark.parametrize(("devices", "want"), [(0, 40), (1000, 40), (2000, 20), (100_000, 5)])
def test_big_networks_spend_fewer_simulations_on_single_devices(devices, want):
    assert want == effort(devices, 40)
