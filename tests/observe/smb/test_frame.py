"""SMB messages travel with their length; what is no such message is not read on."""

import asyncio

import pytest

from scanner.lab.talk import End, Say, Talk
from scanner.observe.smb.frame import frame, receive


def server(data):
    return Talk(
        name="x", origin="synthetic", port="tcp/445", connections=((Say(data), End("close")),), expect=()
    )


@pytest.mark.parametrize("message", [b"", b"x", b"x" * 70000])
def test_a_framed_message_is_received_as_it_was(message, talk_conn):
    assert message == asyncio.run(receive(talk_conn(server(frame(message) + b"next"))))


@pytest.mark.parametrize("data", [b"", b"\0\0", b"\x85\0\0\0xxxx", b"\0\xff\xff\xffxxxx", b"HTTP/1.0 400"])
def test_of_anything_else_the_head_is_all_that_is_read(data, talk_conn):
    assert data[:4] == asyncio.run(receive(talk_conn(server(data))))
