"""ISO transport: packets are framed, cut short ones are empty, and only a confirm is a connection."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.observe import tpkt


class Given:
    """A connection that gives these bytes."""

    def __init__(self, data):
        self._data = data

    async def exactly(self, count):
        given, self._data = self._data[:count], self._data[count:]
        return given


def read(data):
    return asyncio.run(tpkt.read(Given(data)))


@given(st.binary(min_size=1, max_size=300))
def test_what_is_packed_is_read(payload):
    assert payload == read(tpkt.packet(payload))


@pytest.mark.parametrize(
    "data", [b"", b"\3\0\0", b"\3\0\0\4", b"\4\0\0\5x", b"\3\0\0\x09abc", b"\3\0\xff\xff" + bytes(70000)]
)
def test_what_is_no_packet_or_too_long_is_nothing(data):
    assert b"" == read(data)


def test_a_request_names_both_selectors_and_a_confirm_is_no_refusal():
    asked = tpkt.connect(b"\1\0", b"\1\2")

    assert (22, b"\xc1\2\1\0\xc2\2\1\2") == (len(asked), asked[-8:])
    assert tpkt.confirmed(bytes.fromhex("11 d0 0001 000c 00 c0010a"))
    assert not tpkt.confirmed(bytes.fromhex("06 80 0001 0000 00"))
    assert not tpkt.confirmed(b"\x11\xd0")


def test_only_a_whole_data_unit_carries_something():
    assert b"xy" == tpkt.carried(tpkt.DATA + b"xy")
    assert tpkt.carried(b"\2\xf0\0xy") is None
