"""Two sensors with a connection each to a real centre: never two at one device, never faster than one rate."""

import asyncio
import time

import msgspec
import pytest

from scanner.fleet import granting
from scanner.fleet.granting import Rights, rights
from scanner.model.net import Address, mac
from scanner.scope.file import Group
from scanner.wire.stop import Stop
from tests.fleet.test_scanning import Kept, Site, job, looked, texts

SEGMENT = "st-mary-radiology"
CARD = mac("02:00:00:00:00:07")
ONE, TWO = Address("10.20.0.7"), Address("10.20.0.8")


@pytest.fixture
def pair(fleet, monkeypatch):
    """Rights of two sensors of one segment; what is not used is given back at once."""
    monkeypatch.setattr(granting, "LINGER_S", 0.0)
    found = []
    for name in ("left", "right"):
        sensor = fleet.enrol(name)
        sensor.post.beat("test")
        found.append(sensor)
    return fleet, found


def made(fleet, sensor, stop=None, **more):
    return Rights(
        lambda: fleet.open(sensor.role, sensor.stem), SEGMENT, 100.0,
        stop=Stop() if stop is None else stop, clock=time.monotonic, sleep=lambda _s: asyncio.sleep(0.005), **more,
    )  # fmt: skip


def test_never_two_sensors_at_one_device_by_whichever_of_its_addresses(pair):
    fleet, (left, right) = pair
    busy, most, done = [0], [0], []

    async def visit(one, name, address):
        assert await one.enter(address, CARD, None) is None
        busy[0] += 1
        most[0] = max(most[0], busy[0])
        assert one.holds(address)
        await asyncio.sleep(0.01)
        busy[0] -= 1
        one.leave(address, begun=True)
        done.append(name)

    async def sensor(of, name, address):
        async with rights(made(fleet, of)) as one:
            for _ in range(4):
                await visit(one, name, address)

    async def main():
        await asyncio.gather(sensor(left, "left", ONE), sensor(right, "right", TWO))

    asyncio.run(main())
    assert (1, ["left"] * 4 + ["right"] * 4) == (most[0], sorted(done))
    assert [] == fleet.rows("SELECT * FROM fleet.probe_lease")


def test_together_they_stay_below_the_rate_with_frames_and_connections(pair):
    fleet, (left, right) = pair

    async def main():
        async with rights(made(fleet, left)) as one, rights(made(fleet, right)) as two:
            who = object()
            frames = one.frames(who, 100.0)
            return frames, one.rate(), two.rate(), one.left()

    frames, mine, theirs, left_s = asyncio.run(main())

    # the segment's rate is 6, and each has half of it
    assert (3.0, 3.0, 1.5) == (frames + mine, theirs, frames)
    assert 0 < left_s <= 6


def test_connections_of_a_day_come_from_one_budget(pair):
    fleet, (left, right) = pair

    async def main():
        async with rights(made(fleet, left)) as one:
            for _ in range(3):
                assert await one.enter(ONE, None, 4) is None
                one.leave(ONE, begun=True)
        async with rights(made(fleet, right)) as two:
            said = []
            for _ in range(2):
                said.append(await two.enter(ONE, None, 4))
                if said[-1] is None:
                    two.leave(ONE, begun=True)
        return said

    assert [
        None,
        "has had its 4 connections of the last 24 hours, from all sensors together",
    ] == asyncio.run(main())


def test_what_was_never_begun_is_still_there(pair):
    fleet, (left, _right) = pair

    async def main():
        async with rights(made(fleet, left)) as one:
            for _ in range(3):
                assert await one.enter(ONE, None, 1) is None
                one.leave(ONE, begun=False)

    asyncio.run(main())
    assert [(1,)] == fleet.rows("SELECT sum(count)::int FROM fleet.spent")


def test_two_of_a_group_are_never_asked_at_a_time(pair):
    fleet, (left, right) = pair
    group = Group(name="bed 7", addresses=(ONE, TWO))

    async def main():
        stop = Stop()
        async with (
            rights(made(fleet, left, groups=(group,))) as one,
            rights(made(fleet, right, stop, groups=(group,))) as two,
        ):
            assert await one.enter(ONE, None, None) is None
            waiting = asyncio.create_task(two.enter(TWO, None, None))
            done, _ = await asyncio.wait([waiting], timeout=0.05)
            stop.set("enough")
            return done, await waiting

    assert (set(), "stopped") == asyncio.run(main())


def test_without_the_centre_nothing_is_ours(pair):
    fleet, (left, _right) = pair
    stop = Stop()

    async def main():
        one = Rights(
            lambda: fleet.open(left.role, "nobody"), SEGMENT, 9.0, stop=stop, clock=time.monotonic,
            sleep=lambda _s: asyncio.sleep(0),
        )  # fmt: skip
        async with rights(one):
            stop.set("enough")
            return one.rate(), one.left(), one.holds(ONE), await one.enter(ONE, None, None)

    assert (0.0, 0.0, False, "stopped") == asyncio.run(main())


def test_what_has_run_out_holds_no_longer(pair):
    fleet, (left, _right) = pair
    now = [0.0]

    async def main():
        one = made(fleet, left)
        one._clock = lambda: now[0]
        async with rights(one):
            assert await one.enter(ONE, CARD, None) is None
            before = one.holds(ONE), one.rate() > 0
            # as after a machine that stood still: nobody was asked meanwhile
            now[0] = 25.0
            return before, one.holds(ONE), one.rate(), one.left()

    assert ((True, True), False, 0.0, 0.0) == asyncio.run(main())


def test_a_chunk_looked_at_by_shared_rights_gives_what_it_gives_alone(pair, tmp_path):
    fleet, (left, _right) = pair
    fleet.link.execute("UPDATE fleet.segment SET rate = 5000")
    alone, shared = Site(tmp_path / "alone"), Site(tmp_path / "shared")
    one = msgspec.structs.replace(job(), segment=SEGMENT)
    looked(alone, first := Kept(), one)
    look = shared.look(connect=lambda: fleet.open(left.role, left.stem), passed=time.monotonic)
    looked(shared, second := Kept(), one, look)

    assert texts(first.seen) == texts(second.seen)
    assert sorted(alone.asked) == sorted(shared.asked)
    assert [] == fleet.rows("SELECT * FROM fleet.probe_lease")
