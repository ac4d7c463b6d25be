"""A connection whose greeting was already read reads as if it had not been."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.lab import talk
from scanner.observe.heard import KEPT, Heard, Overheard


def conn_after(talk_conn, first, rest):
    steps = (talk.Say(rest), talk.End("close")) if rest else (talk.End("close"),)
    script = talk.Talk(name="x", origin="synthetic", port="tcp/9999", connections=(steps,), expect=())
    return Heard(talk_conn(script), first)


@pytest.mark.parametrize("split", range(13))
def test_reading_does_not_show_where_the_greeting_ended(split, talk_conn):
    text = b"one\r\ntwo\r\nend"

    async def read():
        conn = conn_after(talk_conn, text[:split], text[split:])
        return [
            await conn.until(b"\r\n"),
            await conn.exactly(2),
            await conn.until(b"\r\n"),
            await conn.quiet(1),
        ]

    assert [b"one\r\n", b"tw", b"o\r\n", b"end"] == asyncio.run(read())


@pytest.mark.parametrize("split", [0, 3, 6])
def test_limits_hold_across_the_greeting(split, talk_conn):
    async def read():
        conn = conn_after(talk_conn, b"abcdef"[:split], b"abcdef"[split:])
        return [
            await conn.until(b"z", 2),
            await conn.quiet(1, 1),
            await conn.some(2),
            await conn.until(b"z", 9),
        ]

    assert [2, 1] == [len(part) for part in asyncio.run(read())[:2]]
    assert b"abcdef" == b"".join(asyncio.run(read()))


@given(st.binary(max_size=20), st.binary(max_size=20), st.binary(min_size=1, max_size=2))
def test_until_stops_at_the_marker_or_the_end(first, rest, marker):
    class Rest:
        def __init__(self):
            self.left = rest

        async def until(self, end, limit):
            at = self.left.find(end)
            count = min(limit, at + len(end) if at >= 0 else len(self.left))
            got, self.left = self.left[:count], self.left[count:]
            return got

    got = asyncio.run(Heard(Rest(), first).until(marker))

    whole = first + rest
    assert (whole[: whole.find(marker) + len(marker)] if marker in whole else whole) == got


def test_everything_else_is_the_connection_itself(talk_conn):
    conn = conn_after(talk_conn, b"", b"x")

    async def use():
        await conn.send(b"hello")
        more = await conn.again()
        await conn.close()
        return more

    more = asyncio.run(use())

    assert ("192.0.2.10", "tcp/9999", "ok") == (conn.address, conn.port, conn.outcome)
    assert 2 == len(more.opened)
    assert b"hello" == more.opened[0].sent
    assert more.opened[0].closed


def test_what_is_overheard_is_what_came_first(talk_conn):
    script = talk.parse('# origin = synthetic\n@ tcp/9999\n< "abc\\ndefghij"\n! close', "x", {})
    conn = Overheard(talk_conn(script, connections=2))

    async def use():
        got = [await conn.exactly(1), await conn.until(b"\n"), await conn.some(2), await conn.quiet(1)]
        await conn.send(b"hello")
        more = await conn.again()
        await conn.close()
        return got, more

    got, more = asyncio.run(use())

    assert [b"a", b"bc\n", b"de", b"fghij"] == got
    assert b"abc\ndefghij" == conn.first
    assert ("192.0.2.10", "tcp/9999", "ok") == (conn.address, conn.port, conn.outcome)
    assert more.opened[0].closed


def test_no_more_is_kept_than_tells_protocols_apart(talk_conn):
    script = talk.Talk(
        name="x", origin="synthetic", port="tcp/9", connections=((talk.Say(b"x" * 3000),),), expect=()
    )
    conn = Overheard(talk_conn(script))

    asyncio.run(conn.exactly(3000))

    assert KEPT == len(conn.first)


def test_who_is_mute_sends_nothing_and_opens_nothing(talk_conn):
    conn = talk_conn(
        talk.parse('# origin = synthetic\n@ tcp/9999\n< "rest"\n! close', "x", {}), connections=2
    )

    async def use():
        mute = Heard(conn, b"first ", mute=True)
        await mute.send(b"hello")
        return await mute.exactly(10), await mute.again()

    assert (b"first rest", None) == asyncio.run(use())
    assert b"" == conn.sent
