"""Dice that belong to things."""

import numpy as np
import pytest

from scanner.risk.chance import happens, share, throws, turns


def test_a_thing_throws_the_same_whatever_stands_beside_it():
    alone = throws(1, ["a"], 128)
    among = throws(1, ["z", "a", "b"], 128)

    assert np.array_equal(alone[0], among[1])
    assert not np.array_equal(among[0], among[1])
    assert not np.array_equal(alone, throws(2, ["a"], 128))


def test_fewer_worlds_are_the_first_of_more():
    assert np.array_equal(throws(1, ["a"], 64), throws(1, ["a"], 256)[:, :64])


def test_throws_are_spread_evenly():
    got = throws(5, [f"k{at}" for at in range(64)], 1024).astype(float) / 65536

    assert 0.5 == pytest.approx(got.mean(), abs=4.5 * 0.2887 / 256)
    assert 1 / 12 == pytest.approx(got.var(), abs=0.002)
    assert abs(np.corrcoef(got[:2])[0, 1]) < 0.15


@pytest.mark.parametrize("chance", [0.0, 0.25, 0.5, 0.99, 1.0])
def test_a_thing_happens_in_its_share_of_worlds(chance):
    got = share(happens(throws(3, ["a"], 64 * 512), np.array([chance])))[0]

    assert chance == pytest.approx(got, abs=4.5 * (chance * (1 - chance) / 32768) ** 0.5)


def test_a_higher_chance_only_adds_worlds():
    thrown = throws(4, ["a"], 512)

    low, high = happens(thrown, np.array([0.3])), happens(thrown, np.array([0.31]))

    assert not (low & ~high).any()


def test_turns_lie_between_half_and_double():
    got = turns(1, ["a", "b"], 1000)

    assert (got >= -1).all()
    assert (got <= 1).all()
    assert abs(got.mean()) < 0.1
