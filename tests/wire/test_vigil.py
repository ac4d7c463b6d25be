"""One request after each connection and one a minute later, at a rate of their own."""

import asyncio
import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.model.net import Address
from scanner.wire.vigil import AGAIN, FRESH, LATER, Vigil

ENDS = st.lists(st.tuples(st.integers(0, 4), st.floats(0, 90)), max_size=30)


def watch(run, ends, *, rate=5.0, answers=lambda _address, _at: True):
    """Play connections that end at those times; give (address, when) of each request, and what was told."""
    asked, told = [], []

    async def main():
        clock = asyncio.get_running_loop().time

        async def ask(address):
            asked.append((address, clock()))
            await asyncio.sleep(0.1)
            return answers(address, clock())

        def tell(address, at, answered):
            told.append((address, at, answered))
            return not answered

        vigil = Vigil(ask, tell, rate=rate, clock=clock, sleep=asyncio.sleep)

        async def end(address, at):
            await asyncio.sleep(at)
            vigil.ended(address)

        async with asyncio.TaskGroup() as group:
            group.create_task(vigil.run())
            await asyncio.gather(*(end(Address(f"10.1.0.{who}"), at) for who, at in ends))
            vigil.finish()
        return clock()

    return asked, told, run(main())


@settings(max_examples=60, deadline=None)
@given(ends=ENDS, rate=st.sampled_from([2, 5, 10]))
def test_every_device_is_asked_a_minute_after_its_last_connection_and_never_too_fast(run, ends, rate):
    asked, told, _ = watch(run, ends, rate=rate)

    times = [at for _, at in asked]
    assert all(sum(start <= t < start + 1 - 1e-6 for t in times) <= rate for start in times)
    last = {Address(f"10.1.0.{who}"): at for who, at in sorted(ends, key=lambda one: one[1])}
    for address, at in last.items():
        assert any(address == who and when >= at + LATER - 1e-6 for who, when in asked)
    assert len(asked) == len(told) <= 2 * len(ends)


def test_a_connection_is_followed_at_once_and_the_rest_of_the_work_is_not_held_up(run):
    asked, _, over = watch(run, [(1, 3)])
    (_, soon), (_, later) = asked
    assert 3 <= soon <= 3 + 1.01
    assert 63 <= later <= 63 + 1.01
    assert over <= 65


def test_a_device_that_is_missing_is_asked_again_soon(run):
    asked, told, _ = watch(run, [(1, 0)], answers=lambda _, at: at > 12)
    assert [False, False, False, True, True] == [answered for *_, answered in told]
    waits = [later - before for (_, before), (_, later) in itertools.pairwise(asked)]
    assert all(AGAIN <= wait <= AGAIN + 1.2 for wait in waits[:3])


def test_with_nobody_to_look_after_it_ends_at_once(run):
    assert ([], [], 0.0) == watch(run, [])


def test_who_answered_just_now_is_not_asked_again_to_confirm_its_card(run):
    asked = []

    async def main():
        async def ask(address):
            asked.append(asyncio.get_running_loop().time())
            return True

        clock = asyncio.get_running_loop().time
        vigil = Vigil(ask, lambda *_: False, rate=2, clock=clock, sleep=asyncio.sleep)
        for wait in (0, 1, 3, FRESH):
            await asyncio.sleep(wait)
            await vigil.confirm(Address("10.1.0.5"))
        twice = [*range(6, 12), *range(6, 12)]
        await asyncio.gather(*(vigil.confirm(Address(f"10.1.0.{last}")) for last in twice))

    run(main())

    assert 2 + 6 == len(asked)
    assert all(sum(start <= t < start + 1 - 1e-6 for t in asked) <= 2 for start in asked)


def test_who_does_not_answer_is_asked_again_soon(run):
    asked = []

    async def main():
        async def ask(address):
            asked.append(address)
            return False

        clock = asyncio.get_running_loop().time
        vigil = Vigil(ask, lambda *_: len(asked) < 3, rate=5, clock=clock, sleep=asyncio.sleep)
        await vigil.confirm(Address("10.1.0.5"))
        vigil.finish()
        await vigil.run()

    run(main())

    assert 3 == len(asked)
