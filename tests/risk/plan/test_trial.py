"""What is lost after a change: against closed forms, against the score's own simulation, and by its properties."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.model.kinds import Kind, Role
from scanner.risk.plan.change import NOTHING, Change
from scanner.risk.plan.trial import fallen, loss, losses, rehearse

FALLS = 0.98 * 0.70


def at(on, name):
    return [actor.device.id for actor in on.cast].index(name)


def near(one):
    """Within 4.5 standard errors of a mean."""
    return 4.5 * one.std(ddof=1) / len(one) ** 0.5 + 1e-9


def test_lonely_devices_lose_themselves_only(stages):
    trial = rehearse(stages.of([stages.camera("a", "x"), stages.camera("b", "y")], "x", "y"), 512, 1)

    assert 1.0 == loss(trial)
    assert [1.0] * 512 == losses(trial).tolist()


def test_a_chain_over_a_bridge_is_the_product_of_its_links(stages):
    """From a over a bridge to b (L4): from each foothold, what the closed form says."""
    on = stages.of([stages.camera("a", "x"), stages.camera("b", "y"), stages.camera("m", "x", "y")], "x", "y")
    trial = rehearse(on, 8192, 1)
    ends, middle = 1 + FALLS + FALLS**2, 1 + 2 * FALLS
    found = losses(trial)

    assert (2 * ends + middle) / 3 == pytest.approx(found.mean(), abs=near(found))


def test_redundant_bridges_are_worth_nothing_apart_and_nearly_all_together(stages):
    """L5: P(far side is entered) is 1 - (1 - q)^2 with both, q with one, 0 with none."""
    on = stages.bridged(3)
    trial = rehearse(on, 4096, 1)
    bridges = [at(on, f"x{number}") for number in range(3)]
    saved = [loss(trial) - loss(trial, Change(gone=frozenset(bridges[:k]))) for k in range(4)]

    assert saved[1] < 0.25 * saved[3]
    assert saved[2] < 0.5 * saved[3]


@pytest.mark.parametrize("gone", [(), (0,), (10, 30), tuple(range(0, 32, 3))])
def test_taking_devices_out_saves_what_the_score_says(stages, gone):
    """Another estimator of the same loss, which goes through every foothold in turn."""
    on = stages.bridged(2)
    found = losses(rehearse(on, 4096, 1), Change(gone=frozenset(gone)))

    assert stages.loss(on, gone) == pytest.approx(found.mean(), abs=near(found) + 0.05 * stages.loss(on))


def test_a_wall_keeps_the_foothold_behind_it(stages):
    on = stages.of([stages.camera("a", "x"), stages.camera("b", "x")], "x")
    trial = rehearse(on, 1024, 1)

    assert 1.0 == loss(trial, Change(apart=frozenset({0})))
    assert 0.5 == loss(trial, Change(gone=frozenset({0})))
    assert 1.5 + 0.0 == pytest.approx(
        loss(trial, Change(replaced=frozenset({0}))) + 0.5 * (1 - FALLS), abs=0.06
    )


def test_a_pulled_leg_joins_nothing_and_is_no_way_in(stages):
    on = stages.bridged(1)
    trial, bridge = rehearse(on, 2048, 1), at(on, "x0")
    ward = on.net.zones.index("ward")
    fell = fallen(trial, Change(unplugged=frozenset({(bridge, ward)})))
    office = [h for h in range(len(on.cast)) if on.cast[h].zones == ("office",)]
    started = np.isin(trial.foot, office)
    bits = np.unpackbits(fell.view(np.uint8), axis=-1).astype(bool)

    assert not bits[[h for h in range(len(on.cast)) if on.cast[h].zones == ("ward",)]][:, started].any()
    assert bits[office][:, started].sum() > started.sum()


def test_a_denied_door_lets_nobody_through(stages):
    network = [stages.camera("a", "x"), stages.camera("b", "y")]
    on = stages.of(network, "x", "y", segments=[("x", "y", ["tcp/23"], "declared")])
    trial = rehearse(on, 2048, 1)
    shut = Change(shut=frozenset((pair, 0) for pair, (zone, _, _) in enumerate(on.net.pairs) if zone == 1))

    assert loss(trial) == pytest.approx(1 + FALLS / 2, abs=0.05)
    assert 1.0 == loss(trial, shut)


def test_a_mended_weakness_lets_nobody_in_and_half_of_two_still_does(stages):
    make = stages.make
    network = [make.windows7("a", "x"), make.windows7("b", "x")]
    trial = rehearse(stages.of(network, "x"), 2048, 1)
    worst = [number for number, (_, one) in enumerate(trial.weak) if one.fact.id == "ms17-010"]

    before, after = loss(trial), loss(trial, Change(mended=frozenset(worst)))
    every = loss(trial, Change(mended=frozenset(range(len(trial.weak)))))

    assert 1.0 == every < after < before
    assert after < loss(trial, Change(guarded=frozenset(worst))) < before


def test_an_own_password_each_opens_no_other(stages):
    on = stages.of([stages.pc(f"p{number}") for number in range(8)], "x")
    trial = rehearse(on, 2048, 1)

    assert 1 == len(on.net.groups)
    assert loss(trial, Change(unshared=frozenset({0}))) < loss(trial)


def test_a_gateway_is_a_foothold_where_most_is_lost(stages):
    network = [stages.camera(f"w{number}", "y") for number in range(6)]
    network.append(stages.make.plain("core", "x", "y", kind=Kind.SWITCH, role=Role.GATEWAY))
    on = stages.of(network, "x", "y")
    trial = rehearse(on, 512, 1)
    core = trial.foot == at(on, "core")

    assert core.any()
    assert trial.stands[on.net.zones.index("y"), core].all()
    assert not trial.stands[on.net.zones.index("x"), core].any()


def test_every_device_is_the_foothold_as_often_as_its_entry_weight_says(stages):
    on = stages.bridged(2)
    trial = rehearse(on, 1024, 3)
    entries = np.array([actor.entry(on.values) for actor in on.cast])
    want = 1024 * entries / entries.sum()

    assert np.all(np.abs(np.bincount(trial.foot, minlength=len(on.cast)) - want) <= 1)


def test_the_same_seed_gives_the_same_worlds_and_another_salt_others(stages):
    on = stages.bridged(1)

    assert np.array_equal(losses(rehearse(on, 256, 1)), losses(rehearse(on, 256, 1)))
    assert not np.array_equal(losses(rehearse(on, 256, 1)), losses(rehearse(on, 256, 2)))


def test_no_devices_lose_nothing(stages):
    trial = rehearse(stages.of([], "x", "y"), 64, 1)

    assert [0.0] * 64 == losses(trial).tolist()


numbers = st.frozensets(st.integers(0, 31), max_size=6)
changes = st.builds(
    Change,
    gone=numbers,
    apart=numbers,
    replaced=numbers,
    unplugged=st.frozensets(st.tuples(st.integers(30, 31), st.integers(0, 1)), max_size=3),
    shut=st.frozensets(st.tuples(st.integers(0, 1), st.integers(0, 1)), max_size=2),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(one=changes, more=changes)
def test_no_change_loses_more_in_any_world(stages, one, more):
    trial = _trial(stages)

    assert np.all(losses(trial, one) <= losses(trial, NOTHING) + 1e-6)
    assert np.all(losses(trial, one | more) <= losses(trial, one) + 1e-6)
    assert one | more == more | one


_KEPT = []


def _trial(stages):
    """One trial for all examples: it is never changed."""
    if not _KEPT:
        _KEPT.append(rehearse(stages.bridged(2), 128, 1))
    return _KEPT[0]
