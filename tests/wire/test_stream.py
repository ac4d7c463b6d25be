import asyncio

import pytest

from scanner.model.kinds import Outcome, Touch
from scanner.model.net import Address, tcp
from scanner.wire.stream import CAP

READ = 3


@pytest.fixture
def talk(run, dialer, device):
    """Run `what(conn, device)` on one connection to a device; gives its result and the time it took."""

    def play(what, host="10.2.0.5", allowance=1, **traits):
        async def main():
            one = device(**traits)
            conn = await dialer(one, allowance=lambda *_: allowance).open(Address(host), tcp(22), Touch.ASK)
            result = await what(conn, one)
            took = asyncio.get_running_loop().time()
            await conn.close()
            return result, took

        return run(main())

    return play


def test_bytes_come_as_asked_for(talk):
    async def what(conn, _):
        return [
            await conn.until(b"\n"),
            await conn.exactly(3),
            await conn.some(2),
            await conn.some(),
            conn.outcome,
        ]

    assert ([b"line\n", b"abc", b"de", b"f", Outcome.OK], 0) == talk(what, greeting=b"line\nabcdef")


def test_who_says_nothing_is_silent_after_the_deadline(talk):
    async def what(conn, one):
        got = await conn.some()
        await conn.send(b"more")
        return got, conn.outcome, one.writer.sent, await conn.exactly(5)

    assert ((b"", Outcome.SILENT, b"", b""), READ) == talk(what)


@pytest.mark.parametrize("read", ["exactly", "until"])
def test_a_drip_does_not_outlast_the_deadline(talk, read):
    async def what(conn, _):
        await (conn.exactly(1000) if read == "exactly" else conn.until(b"\n"))
        return conn.outcome

    outcome, took = talk(what, drip=0.5)
    assert outcome is Outcome.SILENT
    assert took <= READ + 0.6


def test_a_drip_does_not_outlast_the_life_of_a_connection(talk):
    async def what(conn, _):
        while await conn.quiet(1, 10):
            pass
        return conn.outcome

    outcome, took = talk(what, drip=0.5)
    assert outcome is Outcome.SILENT
    assert took <= READ * 10 + 1


def test_the_end_of_the_stream_is_no_fault_and_nothing_is_sent_after_it(talk):
    async def what(conn, one):
        got = [await conn.exactly(10), await conn.some(), await conn.until(b"x"), await conn.quiet(1)]
        await conn.send(b"more")
        return got, conn.outcome, one.writer.sent

    assert (([b"bye", b"", b"", b""], Outcome.OK, b""), 0) == talk(what, greeting=b"bye", ends=True)


def test_silence_after_an_answer_is_no_fault_to_whoever_waits_for_it(talk):
    async def what(conn, _):
        return await conn.quiet(0.5), conn.outcome

    assert ((b"hello", Outcome.OK), 0.5) == talk(what, greeting=b"hello")


def test_limits_hold_and_the_rest_is_kept(talk):
    async def what(conn, _):
        return [await conn.until(b"!", 4), await conn.quiet(1, 2), await conn.until(b"!", 50)]

    assert ([b"0123", b"45", b"6789!"], 0) == talk(what, greeting=b"0123456789!x")


def test_an_endless_stream_is_cut_off_at_the_cap(talk):
    async def what(conn, one):
        got = 0
        while conn.outcome is Outcome.OK:
            one.writer.reader.feed_data(b"x" * 60_000)
            got += len(await conn.some(100_000))
        return got, conn.outcome, await conn.some()

    assert ((CAP, Outcome.ENDLESS, b""), 0) == talk(what)


def test_a_reset_while_reading_and_while_sending_is_noted(talk):
    async def reading(conn, one):
        one.writer.reader.set_exception(ConnectionResetError())
        return await conn.some(), conn.outcome

    async def sending(conn, _):
        await conn.send(b"hello")
        await conn.send(b"again")
        return conn.outcome

    assert ((b"", Outcome.RESET), 0) == talk(reading)
    assert (Outcome.RESET, 0) == talk(sending, breaks=True)


def test_it_ends_in_order_and_once(talk):
    async def what(conn, one):
        await conn.close()
        state = (one.writer.finished, one.writer.closed, one.writer.reader.at_eof())
        await conn.send(b"late")
        await conn.close()
        return state, one.writer.sent

    assert (((True, True, True), b""), 0) == talk(what, greeting=b"unread" * 1000)


def test_a_device_that_never_hangs_up_is_let_go(talk):
    async def what(conn, one):
        await conn.close()
        return one.writer.closed

    closed, took = talk(what, polite=False)
    assert closed
    assert took <= 1


def test_connections_are_counted_against_the_allowance(talk):
    async def what(conn, one):
        second = await conn.again()
        third = await second.again()
        none = await third.again()
        return none, len(one.opened), conn.port, conn.address

    assert (None, 3, "tcp/22", "10.2.0.5") == talk(what, allowance=3)[0]


def test_another_connection_comes_only_after_the_first_has_ended(talk):
    async def what(conn, one):
        first = one.writer
        second = await conn.again()
        await second.close()
        return first.closed, one.times[1]

    closed, began = talk(what, host="10.1.0.5", allowance=2)[0]
    assert closed
    assert began >= 1.5 - 1e-6


def test_when_the_second_connection_fails_there_is_none(talk):
    async def what(conn, one):
        one.error = ConnectionRefusedError()
        return await conn.again()

    assert talk(what, allowance=5)[0] is None


def test_a_cancelled_close_still_lets_go(run, dialer, device):
    async def main():
        one = device(polite=False)
        dial = dialer(one)
        conn = await dial.open(Address("10.1.0.5"), tcp(22), Touch.ASK)
        closing = asyncio.create_task(conn.close())
        await asyncio.sleep(0.1)
        closing.cancel()
        await asyncio.wait([closing])
        again = await dial.open(Address("10.1.0.5"), tcp(22), Touch.ASK)
        await again.close()
        return one.writer.closed

    assert run(main())
