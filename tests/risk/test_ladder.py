"""The rungs that need more than the spread alone, and how often intervals hold the truth."""

import numpy as np
import pytest

from scanner.model.kinds import Kind
from scanner.risk.calibrate import WORTH
from scanner.risk.exposure import weaknesses
from scanner.risk.parameters import resolve


def test_l8_only_who_comes_to_a_compute_host_has_hops_to_one(make):
    shut = [("a", "b", [], "declared"), ("b", "a", [], "declared")]
    brain = make.plain("brain", "b", kind=Kind.COMPUTE_HOST, ports=("tcp/23",))

    got = make.judge([make.windows7("pc", "a"), brain], make.scope("a", "b", segments=shut))
    near = make.judge([make.windows7("pc", "b"), brain], make.scope("a", "b", segments=shut))

    assert (None, 1) == (got.devices["pc"].risk.compute_hops, near.devices["pc"].risk.compute_hops)
    assert got.network.compute_reached < near.network.compute_reached


def test_l13_the_hole_that_crashes_xp_is_less_use_there_than_on_windows_7(make):
    def chance(judged):
        device, age, _ = judged
        found = weaknesses(device, age, make.known, make.now, resolve({}))
        return next(one for one in found if one.fact.id == "ms17-010").finding.success

    assert 0.10 == chance(make.xp("xp", "a"))
    assert None is chance(make.windows7("w7", "a"))


@pytest.mark.parametrize("grade", sorted(WORTH))
def test_the_80_percent_interval_of_what_was_learnt_holds_the_truth_in_80_percent(grade):
    """Truth from the prior, cases from the truth, the interval from the posterior: 76 to 84 % must hold it."""
    dice = np.random.default_rng(7)
    worth, prior, cases, runs = WORTH[grade], 0.6, 20, 2000
    truth = dice.beta(prior * worth, (1 - prior) * worth, runs)
    found = dice.binomial(cases, truth)
    drawn = dice.beta(
        (prior * worth + found)[:, None], ((1 - prior) * worth + cases - found)[:, None], (runs, 400)
    )
    low, high = np.percentile(drawn, [10, 90], axis=1)

    assert 0.76 <= float(((low <= truth) & (truth <= high)).mean()) <= 0.84
