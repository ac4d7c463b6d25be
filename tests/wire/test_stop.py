"""Who may set the flag, and how soon it is noticed."""

import asyncio
import os

import pytest

from scanner.wire.stop import HEARTBEAT, LOOK, Stop, Watched, fresh


class Time:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def time():
    return Time()


def test_the_first_reason_stays():
    stop = Stop()
    assert not stop

    stop.set("Ctrl-C")
    stop.set("the breaker")

    assert (True, "Ctrl-C") == (bool(stop), stop.reason)


def test_an_abort_file_is_noticed_by_whoever_asks_next(tmp_path, time):
    flag = tmp_path / "abort"
    stop = Stop(Watched(abort=flag), clock=time)
    assert not stop

    flag.write_text("J. Doe: the monitor went dark\n")
    time.now += 2 * LOOK

    assert (True, "J. Doe: the monitor went dark") == (bool(stop), stop.reason)


def test_files_are_not_looked_at_for_each_packet(tmp_path, time):
    flag = tmp_path / "abort"
    stop = Stop(Watched(abort=flag), clock=time)
    assert not stop
    flag.touch()
    assert not stop
    time.now += 2 * LOOK
    assert stop


@pytest.mark.parametrize("spoil", ["empty", "folder"])
def test_an_abort_file_that_says_nothing_still_ends_it(tmp_path, time, spoil):
    flag = tmp_path / "abort"
    flag.touch() if spoil == "empty" else flag.mkdir()
    stop = Stop(Watched(abort=flag), clock=time)
    assert stop
    assert "abort was put into the engagement folder" == stop.reason


@pytest.mark.parametrize(
    ("age", "want"), [(HEARTBEAT, None), (HEARTBEAT + 1, "the operator was lost: no sign for 31 s")]
)
def test_an_operator_without_a_sign_of_life_counts_as_lost(tmp_path, time, age, want):
    sign = tmp_path / "beat"
    sign.touch()
    os.utime(sign, (500, 500))
    stop = Stop(Watched(heartbeat=sign), clock=time, wall=lambda: 500 + age)
    assert (want is not None, want) == (bool(stop), stop.reason)
    assert (age <= HEARTBEAT) == fresh(sign, 500 + age)


def test_a_heartbeat_file_that_was_taken_away_ends_it(tmp_path, time):
    stop = Stop(Watched(heartbeat=tmp_path / "none"), clock=time)
    assert stop
    assert "the operator was lost: its heartbeat file is gone" == stop.reason


def test_whoever_waits_is_woken_by_a_call(run):
    async def main():
        stop = Stop()
        waiting = asyncio.create_task(stop.wait())
        await asyncio.sleep(100)
        stop.set("Ctrl-C")
        return await waiting, asyncio.get_running_loop().time()

    reason, at = run(main())
    assert ("Ctrl-C", True) == (reason, at < 100.1)


def test_whoever_waits_is_woken_by_a_file_within_two_looks(tmp_path, run):
    async def main():
        clock = asyncio.get_running_loop().time
        stop = Stop(Watched(abort=tmp_path / "abort"), clock=clock)
        waiting = asyncio.create_task(stop.wait())
        await asyncio.sleep(3.01)
        (tmp_path / "abort").write_text("enough")
        reason = await waiting
        return reason, clock() - 3.01

    reason, took = run(main())
    assert ("enough", True) == (reason, took <= 2 * LOOK + 0.01)
