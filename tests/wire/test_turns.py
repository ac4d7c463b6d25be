"""Never two of one group at a time, and each is asked to the end before the other is begun."""

import asyncio

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.model.kinds import Touch
from scanner.model.net import Address, tcp
from scanner.scope.file import Group
from scanner.wire.pace import Pacer
from scanner.wire.turns import REST, Turns

A, B, C = (Address(f"10.1.0.{last}") for last in (5, 6, 7))


def worked(run, jobs, groups):
    """Play (address, begin, seconds); give when each connection began and ended, by address."""
    spans = []

    async def main():
        clock = asyncio.get_running_loop().time
        turns = Turns(groups, Pacer(clock))

        async def work(address, begin, seconds):
            await asyncio.sleep(begin)
            await turns.enter(address)
            start = clock()
            await asyncio.sleep(seconds)
            turns.leave(address)
            spans.append((address, start, clock()))

        await asyncio.gather(*(work(*job) for job in jobs))

    run(main())
    return spans


@settings(max_examples=50, deadline=None)
@given(jobs=st.lists(st.tuples(st.sampled_from([A, B, C]), st.floats(0, 20), st.floats(0, 5)), max_size=8))
def test_no_two_of_a_group_overlap_and_the_rest_is_kept(run, jobs):
    spans = worked(run, jobs, [Group(name="bed", addresses=(A, B))])

    assert len(jobs) == len(spans)
    for one, start, end in spans:
        for other, begin, over in spans:
            if {one, other} == {A, B} and begin >= start:
                assert begin >= end + REST - 0.01 or over <= start


def test_strangers_do_not_wait(run):
    spans = worked(run, [(A, 0, 3), (C, 0, 3)], [Group(name="bed", addresses=(A, B))])

    assert {0.0} == {start for _, start, _ in spans}


def test_overlapping_groups_end_all_the_same(run):
    groups = [Group(name="1", addresses=(A, B)), Group(name="2", addresses=(B, C))]

    assert 6 == len(worked(run, [(one, 0, 1) for one in (A, B, C) * 2], groups))


def test_who_waits_is_let_go_when_all_is_stopped(run):
    async def main():
        pacer = Pacer(asyncio.get_running_loop().time)
        turns = Turns([Group(name="bed", addresses=(A, B))], pacer)
        await turns.enter(A)
        waiting = asyncio.create_task(turns.enter(B))
        await asyncio.sleep(60)
        held = not waiting.done()
        pacer.stop.set("Ctrl-C")
        await waiting
        return held

    assert run(main())


def test_the_dialer_keeps_the_turns(run, device, audit, ledger, scope):
    from scanner.scope.gate import Gate
    from scanner.wire.dial import Dialer

    from .conftest import NOW  # noqa: TID252 - one clock for all

    paired = msgspec.structs.replace(scope, groups=(Group(name="bed", addresses=(A, B)),))

    async def main():
        clock = asyncio.get_running_loop().time
        one = device(b"x")
        dial = Dialer(
            Gate(paired), pacer=Pacer(clock), audit=audit, ledger=ledger, clock=lambda: NOW,
            transport=one.connect,
        )  # fmt: skip
        times = {}

        async def work(address):
            conn = await dial.open(address, tcp(443), Touch.ASK)
            times[address] = clock()
            await asyncio.sleep(2)
            await conn.close()

        await asyncio.gather(*map(work, (A, B, C)))
        return times

    times = run(main())

    assert pytest.approx(2 + REST, abs=1) == abs(times[A] - times[B])
    assert times[C] < 2
