import asyncio
import itertools

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.model.kinds import Profile
from scanner.model.net import Address
from scanner.scope.profile import LIMITS
from scanner.wire.pace import Bucket, Pacer

OFFICE = LIMITS[Profile.OFFICE]
RATES = st.sampled_from([0.2, 0.5, 1, 2, 7.5, 40, 50, 333, 1000])
VISITS = st.lists(st.tuples(st.integers(0, 3), st.floats(0, 2), st.floats(0, 3)), min_size=1, max_size=60)


def most_in_a_second(times):
    return max(sum(start <= t < start + 1 - 1e-6 for t in times) for start in times)


def play(run, limits, visits):
    """When each visit (host, delay, stay) began and ended, by host, under one pacer."""
    log = {}

    async def visit(pacer, which, delay, stay):
        clock = asyncio.get_running_loop().time
        address = Address(f"10.2.0.{which}")
        await asyncio.sleep(delay)
        assert await pacer.enter("net", address, limits)
        began = clock()
        await asyncio.sleep(stay)
        pacer.leave(address)
        log.setdefault(address, []).append((began, clock()))

    async def main():
        pacer = Pacer(asyncio.get_running_loop().time)
        await asyncio.gather(*(visit(pacer, *each) for each in visits))

    run(main())
    return log


@settings(max_examples=60, deadline=None)
@given(total=RATES, host=RATES, visits=VISITS)
def test_initiations_in_any_sliding_second_keep_to_both_rates(run, total, host, visits):
    limits = msgspec.structs.replace(OFFICE, rate_total=total, rate_host=host, per_host=8, gap=0)

    log = play(run, limits, visits)

    assert len(visits) == sum(map(len, log.values()))
    assert most_in_a_second([began for one in log.values() for began, _ in one]) <= max(1, total)
    for one in log.values():
        assert most_in_a_second([began for began, _ in one]) <= max(1, host)


@settings(max_examples=60, deadline=None)
@given(visits=VISITS, gap=st.sampled_from([0, 0.05, 1.5, 3]), places=st.integers(1, 4))
def test_a_host_bears_so_many_at_once_and_rests_between(run, visits, gap, places):
    log = play(run, msgspec.structs.replace(OFFICE, gap=gap, per_host=places), visits)

    for one in log.values():
        for began, _ in one:
            assert sum(other <= began < ended for other, ended in one) <= places
            assert all(began - ended >= gap - 1e-6 for _, ended in one if ended < began)


def test_a_gap_that_begins_while_the_segment_makes_us_wait_is_kept(run):
    limits = msgspec.structs.replace(OFFICE, rate_total=0.5, gap=1, per_host=2)

    (log,) = play(run, limits, [(0, 0, 1.5), (0, 1, 0)]).values()

    # free of its own gap at 1.0, held by the segment until 2.0, but the first one ended at 1.5
    assert max(began for began, _ in log) >= 2.5 - 1e-6


def test_the_office_reaches_most_of_its_thousand_a_second(run):
    visits = [(which, 0, 0) for which in range(250)] * 4
    log = play(run, OFFICE, visits)
    last = max(began for one in log.values() for began, _ in one)
    assert 0.9 < last < 1.4


def test_a_late_waker_does_not_catch_up():
    now = 0.0
    bucket = Bucket(1, lambda: now)
    bucket.mark()
    now = 10.0
    assert bucket.wait() <= 0
    bucket.mark()
    assert bucket.wait() == 1


@pytest.mark.parametrize("rate", [0, -1])
def test_a_rate_of_nothing_is_no_rate(rate):
    with pytest.raises(ValueError, match="above 0"):
        Bucket(rate, lambda: 0.0)


def test_after_a_stop_nobody_enters(run):
    async def main():
        pacer = Pacer(asyncio.get_running_loop().time)
        slow = msgspec.structs.replace(OFFICE, gap=60)
        assert await pacer.enter("net", Address("10.2.0.1"), slow)
        pacer.leave(Address("10.2.0.1"))
        waiting = asyncio.create_task(pacer.enter("net", Address("10.2.0.1"), slow))
        await asyncio.sleep(1)
        pacer.stop.set("enough")
        return await waiting, await pacer.enter("net", Address("10.2.0.1"), slow)

    assert run(main()) == (False, False)


def test_a_cancelled_wait_frees_its_place(run):
    async def main():
        pacer = Pacer(asyncio.get_running_loop().time)
        one = msgspec.structs.replace(OFFICE, per_host=1, gap=5)
        assert await pacer.enter("net", Address("10.2.0.1"), one)
        pacer.leave(Address("10.2.0.1"))
        waiting = asyncio.create_task(pacer.enter("net", Address("10.2.0.1"), one))
        await asyncio.sleep(1)
        waiting.cancel()
        await asyncio.wait([waiting])
        return await pacer.enter("net", Address("10.2.0.1"), one)

    assert run(main()) is True


@settings(max_examples=60, deadline=None)
@given(before=VISITS, after=VISITS)
def test_a_host_that_needs_more_care_bears_less_from_then_on(run, before, after):
    """Whatever was under way when it turned out to be a printer: from then on one at a time, with the longer gap."""
    loose = msgspec.structs.replace(OFFICE, per_host=4, gap=0)
    strict = msgspec.structs.replace(OFFICE, per_host=1, gap=1.5, rate_host=2)
    host = Address("10.2.0.9")
    spans = []

    async def visit(pacer, limits, delay, stay):
        clock = asyncio.get_running_loop().time
        await asyncio.sleep(delay)
        assert await pacer.enter("net", host, limits)
        began = clock()
        await asyncio.sleep(stay)
        pacer.leave(host)
        if limits is strict:
            spans.append((began, clock()))

    async def main():
        pacer = Pacer(asyncio.get_running_loop().time)
        loosely = [visit(pacer, loose, delay, stay) for _, delay, stay in before]
        await asyncio.gather(*loosely)
        await asyncio.gather(*(visit(pacer, strict, delay, stay) for _, delay, stay in after))

    run(main())

    spans.sort()
    assert len(after) == len(spans)
    assert all(later - ended >= 1.5 - 1e-6 for (_, ended), (later, _) in itertools.pairwise(spans))


def test_places_in_use_are_taken_away_as_they_come_free(run):
    async def main():
        pacer = Pacer(asyncio.get_running_loop().time)
        host, loose = Address("10.2.0.9"), msgspec.structs.replace(OFFICE, per_host=3, gap=0)
        for _ in range(3):
            assert await pacer.enter("net", host, loose)
        strict = msgspec.structs.replace(OFFICE, per_host=1, gap=0)
        waiting = asyncio.create_task(pacer.enter("net", host, strict))
        entered = []
        for _ in range(3):
            pacer.leave(host)
            await asyncio.sleep(1)
            entered.append(waiting.done())
        return entered

    assert [False, False, True] == run(main())


@settings(max_examples=40, deadline=None)
@given(visits=VISITS, begin=st.floats(0, 3))
def test_while_a_host_is_ceded_no_connection_to_it_begins_nor_had_begun_a_second_before(run, visits, begin):
    host, log = Address("10.2.0.0"), []

    async def visit(pacer, which, delay, stay):
        await asyncio.sleep(delay)
        assert await pacer.enter("net", Address(f"10.2.0.{which}"), OFFICE)
        log.append((which, asyncio.get_running_loop().time()))
        await asyncio.sleep(stay)
        pacer.leave(Address(f"10.2.0.{which}"))

    async def cede(pacer):
        clock = asyncio.get_running_loop().time
        await asyncio.sleep(begin)
        async with pacer.ceded("net", [host], 500, OFFICE):
            began = clock()
            await asyncio.sleep(2)
            return began, clock()

    async def main():
        pacer = Pacer(asyncio.get_running_loop().time)
        span, *_ = await asyncio.gather(cede(pacer), *(visit(pacer, *each) for each in visits))
        return span

    began, ended = run(main())

    assert len(visits) == len(log)
    assert not [at for which, at in log if which == 0 and began - 1 + 1e-6 < at < ended - 1e-6]


def test_while_a_part_of_a_segment_is_ceded_connections_have_the_rest(run):
    limits = msgspec.structs.replace(OFFICE, rate_total=100, rate_host=100)

    async def main():
        clock = asyncio.get_running_loop().time
        pacer = Pacer(clock)

        async def took(first):
            began = clock()
            entering = (pacer.enter("net", Address(f"10.3.{first}.{at}"), limits) for at in range(80))
            assert all(await asyncio.gather(*entering))
            return clock() - began

        async with pacer.ceded("net", [Address("10.2.0.1")], 60, limits):
            meanwhile = await took(0)
        return meanwhile, await took(1)

    meanwhile, after = run(main())
    assert 1.8 <= meanwhile <= 2.2
    assert 0.7 <= after <= 0.9
