"""Routers and firewalls on the way are spared."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.model.kinds import Profile
from scanner.model.net import Address
from scanner.wire.gear import SAMPLE, SESSIONS, STRANGERS, Gear
from scanner.wire.pace import Pacer

GENTLE = st.sampled_from(sorted(STRANGERS))


def near(address):
    return address.startswith("10.9.")


def play(run, profile, visits):
    """When each visit (address, delay, stay) was let through, and when it left."""
    spans = []

    async def main():
        clock = asyncio.get_running_loop().time
        gear = Gear(Pacer(clock), lambda address: not near(address))

        async def visit(address, delay, stay):
            await asyncio.sleep(delay)
            await gear.enter(address, profile)
            began = clock()
            await asyncio.sleep(stay)
            gear.leave(address, profile)
            spans.append((address, began, clock()))

        await asyncio.gather(*(visit(*one) for one in visits))

    run(main())
    return spans


VISITS = st.lists(
    st.tuples(
        st.integers(1, 40).map(lambda last: Address(f"10.1.0.{last}")), st.floats(0, 2), st.floats(0, 2)
    ),
    max_size=60,
)


@settings(max_examples=60, deadline=None)
@given(profile=GENTLE, visits=VISITS)
def test_strangers_and_sessions_keep_to_what_the_gear_bears(run, profile, visits):
    spans = play(run, profile, visits)

    assert len(visits) == len(spans)
    first = {}
    for address, began, _ in sorted(spans, key=lambda span: span[1]):
        first.setdefault(address, began)
    times = list(first.values())
    assert all(sum(start <= t < start + 1 - 1e-6 for t in times) <= STRANGERS[profile] for start in times)
    for _, began, _ in spans:
        assert sum(other <= began < left for _, other, left in spans) <= SESSIONS[profile]


def test_what_is_on_link_and_what_a_lab_does_waits_for_nothing(run):
    crowd = [(Address(f"10.9.0.{last}"), 0, 5) for last in range(1, 60)]
    assert {0.0} == {began for _, began, _ in play(run, Profile.CLINICAL, crowd)}
    routed = [(Address(f"10.1.0.{last}"), 0, 5) for last in range(1, 60)]
    assert {0.0} == {began for _, began, _ in play(run, Profile.LAB, routed)}


def test_a_cancelled_wait_gives_its_session_back_and_a_stop_ends_waiting(run):
    async def main():
        pacer = Pacer(asyncio.get_running_loop().time)
        gear = Gear(pacer, lambda _: True)
        await gear.enter(Address("10.1.0.1"), Profile.OT)
        waiting = [
            asyncio.create_task(gear.enter(Address(f"10.1.0.{last}"), Profile.OT)) for last in (2, 3, 4)
        ]
        await asyncio.sleep(0.1)
        waiting[1].cancel()
        await asyncio.sleep(0.1)
        pacer.stop.set("enough")
        await asyncio.wait(waiting)
        return gear._sessions[Profile.OT]._value, asyncio.get_running_loop().time()

    free, took = run(main())
    assert SESSIONS[Profile.OT] - 3 == free
    assert took <= 1.2


@pytest.mark.parametrize(
    ("later", "stops"),
    [
        ([0.01] * SAMPLE, False),
        ([0.5] * (SAMPLE - 1), False),
        ([0.5] * SAMPLE, True),
        ([0.05] * SAMPLE, False),
    ],
)
def test_when_every_answer_through_the_router_is_slow_everything_stops(run, later, stops):
    async def main():
        pacer = Pacer()
        gear = Gear(pacer, lambda address: not near(address))
        for seconds in [0.01] * SAMPLE + later:
            gear.answered(Address("10.1.0.1"), seconds)
            gear.answered(Address("10.9.0.1"), 9)
            gear.answered(Address("10.1.0.1"), None)
        return pacer.stop

    stop = run(main())
    assert stops == bool(stop)
    assert not stops or "500 ms in place of 10 ms" in stop.reason
