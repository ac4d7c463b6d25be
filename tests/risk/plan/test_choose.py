"""Which moves are chosen: the most saved for its cost, together, and none that is luck or has become needless."""

import math

import numpy as np
import pytest

from scanner.risk.plan import choose as choosing
from scanner.risk.plan.change import NOTHING, Change
from scanner.risk.plan.choose import choose, interval, joined
from scanner.risk.plan.moves import Move
from scanner.risk.plan.trial import loss, rehearse


def move(name, cost, *hosts):
    gone = Change(gone=frozenset(hosts))
    return Move(key=(name,), action="remove", text=name, hosts=hosts, cost=cost, change=gone)


def picked(trial, able, budget=math.inf, steps=10):
    found = choose(
        trial, lambda change: ((one, math.inf) for one in able) if change == NOTHING else (), budget, steps
    )
    return [one.text for one in found.moves], found.why


@pytest.fixture
def trial(stages):
    """Two redundant bridges are hosts 30 and 31 of 32."""
    return rehearse(stages.bridged(2), 2048, 1)


def test_the_pair_is_chosen_where_its_parts_are_worth_little(trial):
    able = [move("one", 1.0, 30), move("other", 1.0, 31), move("pair", 2.0, 30, 31)]

    assert "pair" == picked(trial, able, steps=1)[0][0]


def test_a_budget_is_never_passed(trial):
    able = [move("pair", 2.0, 30, 31), move("one", 1.0, 30)]

    assert (["one"], "budget") == picked(trial, able, budget=1.5)
    assert ([], "budget") == picked(trial, able, budget=0.5)


def test_a_step_that_a_later_one_makes_needless_is_dropped(trial):
    """All of the ward contains one of the ward: done later, it makes the first pointless."""
    able = [move("one of it", 0.01, 12), move("the ward", 1.0, *range(10, 30))]

    assert (["the ward"], "nothing") == picked(trial, able)


def test_a_better_move_takes_the_place_of_an_earlier_one(trial):
    change = [
        (NOTHING, [(move("a", 1.0, 0), math.inf)]),
    ]
    offers = iter(
        [change[0][1], [(move("bridges", 1.0, 30, 31), math.inf), (move("b", 1.0, 1), 50.0)], [], []]
    )
    found = choose(trial, lambda _: next(offers), math.inf, 2)

    assert "bridges" in [one.text for one in found.moves]
    assert loss(trial, joined(found.moves)) < loss(trial)


def test_what_saves_nothing_is_no_step(trial):
    assert ([], "nothing") == picked(trial, [])
    assert ([], "nothing") == picked(trial, [move("hardly", 1.0)])


def test_as_many_steps_as_asked_for(trial):
    able = [move(str(host), 1.0, host) for host in range(6)]

    assert (3, "steps") == ((found := picked(trial, able, steps=3)) and len(found[0]), found[1])


def test_the_interval_of_a_difference_is_that_of_its_mean():
    mean, lo, hi = interval(np.array([1.0, 3.0]))

    assert (2.0, 2.0 - 1.96, 2.0 + 1.96) == (mean, pytest.approx(lo), pytest.approx(hi))
    assert (0.0, 0.0, 0.0) == interval(np.array([]))


def test_what_may_be_luck_is_passed_over_and_too_much_of_it_ends_the_plan(trial, monkeypatch):
    """The first few differences are declared to be noise; what comes then is sure again."""
    able = [move(str(host), 1.0, host) for host in range(choosing.DOUBTS + 2)]
    for doubted, want in ((1, (1, "steps")), (choosing.DOUBTS + 1, (0, "noise"))):
        left = iter([True] * doubted)
        monkeypatch.setattr(
            choosing, "interval", lambda saved, left=left: (0, 0, 0) if next(left, False) else interval(saved)
        )
        found, why = picked(trial, able, steps=1)
        assert want == (len(found), why)


def test_where_all_that_is_left_is_luck_the_plan_ends_with_that(trial, monkeypatch):
    monkeypatch.setattr(choosing, "interval", lambda _saved: (0, 0, 0))

    assert ([], "noise") == picked(trial, [move("one", 1.0, 30)])
