"""The prior over months, and that every kind of device has one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.age.habits import FIRST_MEDIA, HABITS, KEPT, Habit, prior, surviving
from scanner.model.kinds import Kind

MANAGED, DRIFTING = Habit(1.0, 0.0, 0.0, 0.0, ""), Habit(0.0, 1.0, 0.0, 0.0, "")
LAPSED, ABANDONED = Habit(0.0, 0.0, 1.0, 0.0, ""), Habit(0.0, 0.0, 0.0, 1.0, "")


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_has_a_habit_whose_shares_add_up_and_that_says_it_is_judgement(kind):
    habit = HABITS[kind]

    assert pytest.approx(1.0) == habit.managed + habit.drifting + habit.lapsed + habit.abandoned
    assert habit.why.startswith("judgement: ")


@given(
    kind=st.sampled_from(list(Kind)),
    months=st.integers(1, 400),
    born=st.none() | st.integers(0, 900),
    known=st.none() | st.integers(0, 900),
)
def test_the_prior_is_a_belief_over_months(kind, months, born, known):
    belief = prior(HABITS[kind], months, born, known)

    assert (months,) == belief.months.shape
    assert pytest.approx(1.0) == belief.media + belief.months.sum()
    assert belief.months.min() > 0


def test_a_managed_device_was_updated_last_month_and_an_abandoned_one_when_its_system_came_out():
    managed, abandoned = prior(MANAGED, 300, 100), prior(ABANDONED, 300, 100)

    assert 299 == managed.months.argmax()
    assert managed.months[-3:].sum() > 0.8
    assert 100 == abandoned.months.argmax()
    assert FIRST_MEDIA == pytest.approx(abandoned.media, rel=0.01)


def test_nothing_is_updated_before_its_system_came_out():
    for habit in (MANAGED, DRIFTING, LAPSED, ABANDONED):
        assert prior(habit, 300, 280).months[:280].sum() < 0.005


def test_whoever_left_did_so_some_time_after_the_installation():
    lapsed, abandoned = prior(LAPSED, 300, 100).months, prior(ABANDONED, 300, 100).months

    assert lapsed[:112].sum() < abandoned[:112].sum() < lapsed[:250].sum()


def test_a_device_of_unknown_age_is_no_younger_than_what_was_seen_of_it():
    unknown, seen = prior(ABANDONED, 300, None), prior(ABANDONED, 300, None, 200)

    assert 0 == unknown.media == seen.media
    assert seen.months[200:].sum() < 0.7 < unknown.months[200:].sum()


def test_survivors_of_long_ended_support_are_those_that_nobody_looked_after():
    habit = HABITS[Kind.LAPTOP]

    fresh, old = surviving(habit, 0), surviving(habit, 120)

    assert pytest.approx(1.0) == fresh.left
    assert habit.managed == pytest.approx(fresh.habit.managed)
    assert old.habit.managed < 0.6 * habit.managed
    assert old.habit.abandoned > 1.3 * habit.abandoned
    assert habit.managed * KEPT < old.left < fresh.left
    shares = old.habit.managed, old.habit.drifting, old.habit.lapsed, old.habit.abandoned
    assert pytest.approx(1.0) == sum(shares)


def test_a_prior_cannot_be_changed_by_who_shares_it():
    with pytest.raises(ValueError, match="read-only"):
        prior(HABITS[Kind.NAS], 200, None).months[0] = 1.0
