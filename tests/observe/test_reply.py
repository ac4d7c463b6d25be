"""Numbered replies are read whole, and without their codes."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.lab.talk import End, Say, Talk
from scanner.observe import reply

REPLIES = {
    b"220 ready\r\n": (220, "ready"),
    b"220\r\n": (220, ""),
    b"220 ready": (220, "ready"),
    b"220-one\r\n220 two\r\n": (220, "one\r\ntwo"),
    b"220-one\r\nbare\r\n220-x\r\n220 two\r\n": (220, "one\r\nbare\r\nx\r\ntwo"),
    b"220-one\r\n 221 inside\r\n220 two\r\n": (220, "one\r\n 221 inside\r\ntwo"),
    b"421 \xe4\r\n": (421, "\\xe4"),
    b"SSH-2.0-x\r\n": None,
    b"": None,
    b"99 x\r\n": None,
    b"620 x\r\n": None,
}


@pytest.mark.parametrize(("data", "want"), REPLIES.items())
def test_a_reply_is_its_code_and_its_text(data, want):
    assert want == reply.parse(data)


def received(conn):
    return asyncio.run(reply.receive(conn))


def server(*said):
    steps = tuple(Say(data) for data in said)
    return Talk(
        name="x", origin="synthetic", port="tcp/21", connections=((*steps, End("silence")),), expect=()
    )


@pytest.mark.parametrize(
    ("said", "want"),
    [
        ([b"220 re", b"ady\r\n", b"more"], b"220 ready\r\n"),
        (
            [b"220-one\r\n", b"free\r\n", b"220-x\r\n", b"220 two\r\n", b"more"],
            b"220-one\r\nfree\r\n220-x\r\n220 two\r\n",
        ),
        ([b"hello\r\n", b"more"], b"hello\r\n"),
        ([b"220-one\r\n"], b"220-one\r\n"),
        ([b"220 no end"], b"220 no end"),
    ],
)
def test_one_reply_is_read_and_no_more(said, want, talk_conn):
    assert want == received(talk_conn(server(*said)))


def test_a_reply_that_goes_on_for_ever_is_left(talk_conn):
    got = received(talk_conn(server(b"220-again\r\n" * 5000)))

    assert 64 == got.count(b"\n")


@given(st.binary(max_size=200))
def test_any_bytes_are_a_reply_or_none(data):
    got = reply.parse(data)

    assert got is None or 100 <= got[0] <= 599
