"""A run pauses with its window and goes on by itself: hours of a clock of ours, and no waiting."""

import asyncio
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from scanner.model.kinds import Outcome, Touch
from scanner.model.net import Address, tcp
from scanner.scope.gate import Gate
from scanner.scope.parse import window
from scanner.wire.audit import Audit, entries
from scanner.wire.dial import Dialer
from scanner.wire.ledger import Ledger
from scanner.wire.pace import Pacer
from scanner.wire.stream import TcpConn
from scanner.wire.windows import Windows

from .conftest import signed  # noqa: TID252 - as the shared scope is signed

NOON = datetime(2026, 12, 2, 12, tzinfo=UTC)


class Night:
    """A clock that only sleeping moves."""

    def __init__(self, now):
        self.now, self.slept, self.told, self.stopped = now, 0, [], False

    def seconds(self):
        return self.now.timestamp()

    async def sleep(self, seconds):
        self.slept += 1
        self.now += timedelta(seconds=seconds * 600)
        await asyncio.sleep(0)

    def windows(self, scope):
        return Windows(
            Gate(scope),
            clock=lambda: self.now,
            told=lambda network, until: self.told.append((network.zone, until)),
            stopped=lambda: self.stopped,
            sleep=self.sleep,
        )


@pytest.fixture
def ward(scope):
    """The ward, open at night."""
    at_night = msgspec.structs.replace(scope.networks[0], windows=(window("daily 22:00-04:00 UTC"),))
    return signed(msgspec.structs.replace(scope, networks=(at_night,)))


def test_an_open_window_is_not_waited_for(ward):
    night = Night(NOON + timedelta(hours=11))
    assert asyncio.run(night.windows(ward).opened(ward.networks[0]))
    assert (0, []) == (night.slept, night.told)


def test_everyone_waits_for_the_window_and_it_is_said_once(ward):
    night = Night(NOON)

    async def all_of_them():
        windows = night.windows(ward)
        return await asyncio.gather(*(windows.opened(ward.networks[0]) for _ in range(50)))

    assert [True] * 50 == asyncio.run(all_of_them())
    assert night.now >= NOON + timedelta(hours=10)
    assert [("ward", NOON + timedelta(hours=10))] == night.told
    assert night.slept < 100


def test_a_clock_that_is_set_meanwhile_is_believed(ward):
    night = Night(NOON)
    jump = iter([NOON + timedelta(hours=16, minutes=30)])

    async def sleep(_seconds):
        night.slept += 1
        night.now = next(jump, night.now + timedelta(hours=5, minutes=29))

    night.sleep = sleep
    assert asyncio.run(night.windows(ward).opened(ward.networks[0]))
    assert [NOON + timedelta(hours=hours) for hours in (10, 34)] == [until for _, until in night.told]


def test_a_run_that_is_stopped_waits_no_longer(ward):
    night = Night(NOON)
    night.stopped = True
    assert not asyncio.run(night.windows(ward).opened(ward.networks[0]))


def test_a_window_that_never_opens_again_is_not_waited_for(ward):
    night = Night(datetime(2026, 12, 31, 5, tzinfo=UTC))
    never = msgspec.structs.replace(ward.networks[0], windows=(window("Mon 01:00-02:00 UTC"),))
    assert not asyncio.run(night.windows(ward).opened(never))
    assert [] == night.told


def dialled(scope, night, device, tmp_path, opened):
    """Ask for so many connections, with a dialer that waits for windows."""

    async def main():
        with Audit(tmp_path / "a", lambda: night.now) as audit, Ledger(tmp_path / "l") as ledger:
            dialer = Dialer(
                Gate(scope),
                pacer=Pacer(night.seconds, night.sleep),
                audit=audit,
                ledger=ledger,
                clock=lambda: night.now,
                transport=device.connect,
            )
            dialer.windows = night.windows(scope)
            return [await dialer.open(Address("10.1.0.7"), port, Touch.KNOCK) for port in opened]

    return asyncio.run(main())


def test_a_connection_waits_for_the_window(ward, device, tmp_path):
    night, far = Night(NOON), device()
    (conn,) = dialled(ward, night, far, tmp_path, [tcp(443)])
    assert isinstance(conn, TcpConn)
    assert night.now >= NOON + timedelta(hours=10)
    assert ["open"] == [line["event"] for line in entries(tmp_path / "a")]


def test_what_is_forbidden_anyway_does_not_wait(ward, device, tmp_path):
    night = Night(NOON)
    assert [Outcome.REFUSED] * 2 == dialled(ward, night, device(), tmp_path, [tcp(8080), tcp(9100)])
    assert NOON == night.now


def test_a_window_that_closes_while_a_connection_waits_its_turn_holds_it(ward, device, tmp_path):
    """The pacer's wait ends after the window has closed: nothing is sent until the next night."""
    night, far = Night(NOON + timedelta(hours=15, minutes=59)), device()
    enter = Pacer.enter

    class Slow(Pacer):
        async def enter(self, segment, address, limits):
            if night.now < NOON + timedelta(hours=16):
                night.now += timedelta(minutes=2)
            return await enter(self, segment, address, limits)

    async def main():
        with Audit(tmp_path / "a", lambda: night.now) as audit, Ledger(tmp_path / "l") as ledger:
            slow = Slow(night.seconds, night.sleep)
            dialer = Dialer(
                Gate(ward),
                pacer=slow,
                audit=audit,
                ledger=ledger,
                clock=lambda: night.now,
                transport=far.connect,
            )
            dialer.windows = night.windows(ward)
            return await dialer.open(Address("10.1.0.7"), tcp(443), Touch.KNOCK)

    assert isinstance(asyncio.run(main()), TcpConn)
    assert night.now >= NOON + timedelta(hours=34)
    assert 1 == len(far.opened)
