"""The judgement numbers: overrides, limits, and how a draw moves them."""

import math

import pytest

from scanner.errors import DataError
from scanner.risk.parameters import PARAMETERS, odds, resolve, shaken


def test_every_parameter_says_where_it_comes_from_and_lies_within_its_limits():
    assert len({one.name for one in PARAMETERS}) == len(PARAMETERS)
    for one in PARAMETERS:
        assert one.least <= one.value <= one.most
        assert len(one.source) > 15


def test_a_run_may_override_any_of_them():
    assert (0.9, 0.1) == (resolve({"reach.flat": 0.9})["reach.flat"], resolve({})["reach.policy"])


def test_an_unknown_name_is_refused_with_the_nearest_known_one():
    with pytest.raises(DataError, match=r"'reach.flad' is no parameter.*did you mean 'reach.flat'"):
        resolve({"reach.flad": 0.5})
    with pytest.raises(DataError, match=r"'zzz' is no parameter of the risk model$"):
        resolve({"zzz": 0.5})


@pytest.mark.parametrize("value", [math.nan, math.inf, -0.1, 1.1])
def test_an_impossible_value_is_refused(value):
    with pytest.raises(DataError, match=r"reach.flat = .* must lie in 0 \.\. 1"):
        resolve({"reach.flat": value})


@pytest.mark.parametrize("name", ["score.blast", "score.critical", "entry.zone"])
def test_a_scale_cannot_be_zero(name):
    with pytest.raises(DataError, match="must be above 0"):
        resolve({name: 0.0})


def test_a_draw_halves_or_doubles_odds_and_rates():
    values = {"reach.flat": 0.5, "unknown.per_year": 0.25}

    assert {"reach.flat": pytest.approx(2 / 3), "unknown.per_year": 0.5} == shaken(
        values, dict.fromkeys(values, 1.0)
    )
    assert {"reach.flat": pytest.approx(1 / 3), "unknown.per_year": 0.125} == shaken(
        values, dict.fromkeys(values, -1.0)
    )
    assert values == shaken(values, dict.fromkeys(values, 0.0))


@pytest.mark.parametrize("sure", [0.0, 1.0])
def test_what_is_certain_stays_certain(sure):
    assert sure == odds(sure, 2.0)
