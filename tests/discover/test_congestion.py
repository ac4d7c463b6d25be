import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.discover.congestion import LOWEST, STEP, Congestion, Shares, Sweep, watch


class Paced:
    def __init__(self):
        self.rates = []

    async def pace(self, rate):
        self.rates.append(rate)


def test_the_rate_is_halved_when_canaries_fall_silent_and_raised_again_step_by_step():
    way = Congestion()
    assert [1.0, 0.5, 0.25] == [way.told(4, count) for count in (4, 0, 1)]
    assert [0.25 + STEP, 0.25 + 2 * STEP] == [way.told(4, 4) for _ in range(2)]
    assert 2 == way.lowered
    assert 1.0 == max(way.told(4, 4) for _ in range(20))


def test_a_canary_that_always_sleeps_does_not_hold_the_rate_down():
    way = Congestion()
    for _ in range(20):
        way.told(4, 3)
    assert 1.0 == way.told(4, 2)


@given(rounds=st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8))))
def test_the_share_stays_between_the_lowest_and_all(rounds):
    way = Congestion()
    for asked, answered in rounds:
        before = way.share
        assert LOWEST <= way.told(asked, min(asked, answered)) <= 1.0
        assert asked or before == way.share


def test_sweeps_through_one_router_divide_its_patience_and_others_keep_theirs():
    async def main():
        shares, (one, two, far) = Shares(), [Sweep(asker=Paced(), most=20.0) for _ in range(3)]
        rates = [await shares.enter(key, sweep) for key, sweep in (("r", one), ("r", two), ("s", far))]
        await shares.leave("r", one)
        return rates, one.asker.rates, two.asker.rates, far.asker.rates

    assert ([20.0, 10.0, 20.0], [10.0], [20.0], []) == asyncio.run(main())


@pytest.mark.parametrize(("share", "want"), [(1.0, []), (0.0, [500.0, 250.0, 125.0])])
def test_the_watch_slows_the_sweep_down_while_canaries_are_silent(share, want):
    async def main():
        shares, sweep, rounds = Shares(), Sweep(asker=Paced(), most=1000.0), []
        await shares.enter("r", sweep)

        async def sleep(_seconds):
            rounds.append(1)
            if len(rounds) > 4:
                raise asyncio.CancelledError

        async def answered(picked):
            asked.append(tuple(picked))
            return round(len(picked) * share)

        asked = []
        # before anybody has answered there is nobody to ask
        alive = lambda: [] if len(rounds) == 1 else [f"10.0.0.{n}" for n in range(6)]
        with pytest.raises(asyncio.CancelledError):
            await watch(shares, "r", sweep, alive, answered, sleep)
        return sweep.asker.rates, asked

    rates, asked = asyncio.run(main())
    assert want == rates
    assert [
        ("10.0.0.0", "10.0.0.1", "10.0.0.2", "10.0.0.3"),
        ("10.0.0.4", "10.0.0.5", "10.0.0.0", "10.0.0.1"),
    ] == asked[:2]
