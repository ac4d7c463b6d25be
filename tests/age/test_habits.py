"""The prior over months, and that every kind of device has one."""

import pytest

from scanner.age.habits import HABITS, Habit, prior
from scanner.model.kinds import Kind


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_has_a_habit_whose_shares_add_up_and_that_says_it_is_judgement(kind):
    habit = HABITS[kind]

    assert pytest.approx(1.0) == habit.managed + habit.drifting + habit.lapsed + habit.abandoned
    assert habit.why.startswith("judgement: ")


@pytest.mark.parametrize("born", [None, 0, 150, 300, 900])
def test_the_prior_is_a_belief_over_months(born):
    belief = prior(HABITS[Kind.SERVER], 300, born)

    assert (300,) == belief.shape
    assert pytest.approx(1.0) == belief.sum()
    assert belief.min() > 0


def test_a_managed_device_was_updated_last_month_and_an_abandoned_one_when_its_system_came_out():
    managed = prior(Habit(1.0, 0.0, 0.0, 0.0, ""), 300, 100)
    abandoned = prior(Habit(0.0, 0.0, 0.0, 1.0, ""), 300, 100)

    assert 299 == managed.argmax()
    assert managed[-3:].sum() > 0.9
    assert 100 == abandoned.argmax()


def test_a_prior_cannot_be_changed_by_who_shares_it():
    with pytest.raises(ValueError, match="read-only"):
        prior(HABITS[Kind.NAS], 200, None)[0] = 1.0
