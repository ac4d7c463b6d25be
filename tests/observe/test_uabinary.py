"""OPC UA's encoding: what is written is read, and nothing is read past the end."""

import struct

from hypothesis import given
from hypothesis import strategies as st

from scanner.observe.uabinary import Reader, kind, message, text


@given(st.text(max_size=40).filter(lambda one: "\0" not in one))
def test_a_text_that_is_written_is_read(value):
    reader = Reader(text(value) + kind(431) + b"\x02" + text("x") + b"\x03" + text("en") + text("y") + b"\0")

    assert (value, 431) == (reader.text(), reader.kind())
    assert ["x", "y", ""] == [reader.localised() for _ in range(3)]
    assert not reader.short


def test_a_message_says_how_long_it_is():
    assert b"HELF\x0a\0\0\0xy" == message(b"HELF", b"xy")


def test_none_is_no_text_and_another_sort_of_node_no_structure():
    reader = Reader(b"\xff\xff\xff\xff" + b"\x02\0\0\0")

    assert ("", 0) == (reader.text(), reader.kind())


def test_past_the_end_everything_is_empty_and_said_to_be():
    reader = Reader(b"\xff\xff\xff\x7f")

    assert ("", 0, b"") == (reader.text(), reader.number(), reader.take(3))
    assert reader.short


@given(st.binary(max_size=64))
def test_a_row_of_texts_ends_with_the_bytes_whatever_it_says(data):
    reader = Reader(b"\xfe\xff\xff\xff" + data)
    reader.texts()

    assert reader.short


def head(result, mask=b"\0", more=b"\0\0\0"):
    return Reader(bytes(12) + struct.pack("<I", result) + mask + struct.pack("<i", 0) + more)


def test_a_result_is_read_only_without_diagnostics_and_additions():
    assert (0, 0x80010000) == (head(0).result(), head(0x80010000).result())
    assert head(0, mask=b"\1").result() is None
    assert head(0, more=b"\1\0\0").result() is None
    assert Reader(bytes(12)).result() is None
