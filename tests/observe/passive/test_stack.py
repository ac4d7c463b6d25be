import struct

import pytest

from scanner.observe.passive.stack import PARSER

LINUX = "020405b4 0402 080a0000000100000000 01 030307"
XP = "020405b4 01 01 0402"


def segment(options, *, window, flags=0x02, fragment=0x4000, number=7):
    raw = bytes.fromhex(options)
    head = struct.pack(">BBHHHBBH8s", 0x45, 0, 40 + len(raw), number, fragment, 60, 6, 0, bytes(8))
    return (
        head
        + struct.pack(">HHIIBBHHH", 40000, 80, 1, 0, (20 + len(raw)) // 4 << 4, flags, window, 0, 0)
        + raw
    )


@pytest.mark.parametrize(
    ("data", "ttl", "want"),
    [
        (segment(LINUX, window=29200), 63, "64 29200 mss1460 scale7 mss,sack,time,nop,scale df"),
        (segment(XP, window=65535, flags=0xC2), 120, "128 65535 mss1460 scale- mss,nop,nop,sack df ecn"),
        (segment("020405b4", window=4128, fragment=0, number=0), 250, "255 4128 mss1460 scale- mss id0"),
        (segment("01010100", window=512, fragment=0), 30, "32 512 mss0 scale- nop,nop,nop,end"),
    ],
)
def test_the_first_segment_is_written_down_as_it_is(read, data, ttl, want):
    [fact] = read(PARSER, data, sport=40000, dport=80, ttl=ttl)

    assert ("tcp.syn", want) == (fact.field, fact.value)


def test_ipv6_has_no_marks(read):
    data = bytes.fromhex("60000000 0028 06 40") + bytes(32) + segment(LINUX, window=64800)[20:]

    [fact] = read(PARSER, data, ttl=64)

    assert "64 64800 mss1460 scale7 mss,sack,time,nop,scale" == fact.value


@pytest.mark.parametrize(
    "data", [segment(LINUX, window=1, flags=0x12), segment("", window=1)[:30], b"", b"\x70" * 60]
)
def test_answers_and_cut_segments_tell_nothing(read, data):
    assert [] == read(PARSER, data)


def test_options_that_lie_about_their_length_end_the_list(read):
    [fact] = read(PARSER, segment("0204 05b4 0300 0000", window=1), ttl=64)

    assert "mss,scale" not in fact.value
