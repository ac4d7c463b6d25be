"""Sharing a score among its reasons."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.risk.shapley import largest_remainder, shapley


def test_parts_that_do_not_meet_get_what_they_bring():
    assert [1.0, 2.0, 4.0] == pytest.approx(shapley(3, float))


def test_parts_that_need_each_other_share_alike():
    assert [5.0, 5.0, 0.0] == pytest.approx(shapley(3, lambda members: 10.0 * (members & 3 == 3)))


def test_of_two_that_do_the_same_each_gets_half():
    assert [3.0, 3.0] == pytest.approx(shapley(2, lambda members: 6.0 * (members > 0)))


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.lists(st.floats(0, 100), min_size=16, max_size=16))
def test_shares_sum_to_the_whole(worth):
    worth[0] = 0.0

    assert worth[15] == pytest.approx(sum(shapley(4, lambda members: worth[members])))


def test_no_parts_share_nothing():
    assert ([], []) == (shapley(0, lambda _: 0.0), largest_remainder([], 5))


def test_whole_points_go_to_the_largest_fractions():
    assert [3, 2, 1] == largest_remainder([2.6, 2.3, 1.1], 6)


def test_a_total_without_shares_goes_to_the_first():
    assert [7, 0] == largest_remainder([0.0, 0.0], 7)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(st.floats(-1, 100), min_size=1, max_size=8), st.integers(0, 100))
def test_whole_points_sum_to_the_total_and_are_never_negative(shares, total):
    got = largest_remainder(shares, total)

    assert total == sum(got)
    assert min(got) >= 0
