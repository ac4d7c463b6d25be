"""The belief that a horizon carries."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.model.verdict import Horizon


def horizon(*knots):
    return Horizon(not_before=None, not_after=None, because=(), evidence=(), knots=knots)


TWO = horizon((date(2016, 1, 1), 0.2), (date(2016, 1, 11), 0.7), (date(2017, 1, 1), 1.0))


def test_a_horizon_without_knots_believes_nothing():
    assert horizon().before(date(2017, 3, 14)) is None


@pytest.mark.parametrize(
    ("day", "belief"),
    [
        (date(2015, 12, 31), 0.0),
        (date(2016, 1, 1), 0.0),
        (date(2016, 1, 6), 0.45),
        (date(2016, 1, 11), 0.7),
        (date(2017, 1, 1), 1.0),
        (date(2030, 1, 1), 1.0),
    ],
)
def test_the_belief_that_a_fix_is_missing_is_linear_between_the_knots(day, belief):
    assert pytest.approx(belief) == TWO.before(day)


@given(
    st.dates(date(1995, 1, 1), date(2030, 1, 1)),
    st.integers(0, 4000),
    st.lists(
        st.tuples(st.dates(date(1995, 1, 1), date(2030, 1, 1)), st.floats(0, 1)), min_size=1, max_size=9
    ),
)
def test_a_later_fix_is_never_less_likely_missing(day, later, drawn):
    days = sorted({one for one, _ in drawn})
    knots = zip(days, sorted(belief for _, belief in drawn)[: len(days)], strict=True)
    it = horizon(*knots)

    assert 0.0 <= it.before(day) <= it.before(day + timedelta(later)) + 1e-12
