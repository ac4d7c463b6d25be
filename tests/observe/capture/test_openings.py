import struct

import numpy as np
import pytest

from scanner.observe.capture import files
from scanner.observe.capture.links import linked
from scanner.observe.capture.openings import openings
from scanner.observe.capture.scene import Scene, Spelling
from tests.observe.capture.reading import NOW
from tests.observe.capture.world import B, pcap, segment

PLAIN = b"\x02\x04\x05\xb4\x01\x01\x04\x02"
TIMED = b"\x02\x04\x05\xb4\x08\x0a%b\0\0\0\0\x01\x03"
ALIKE = {"sport": 40001, "seq": 77, "ident": 9, "target": "10.0.7.7"}


def opened(frames, folder):
    path = folder / "some.pcap"
    path.write_bytes(pcap(frames))
    # the next batch would take its place
    batch = next(files.batches(path, NOW))
    return openings(Scene(batch, linked(batch), Spelling()), np.arange(len(frames)))


@pytest.mark.parametrize(
    ("words", "alike"),
    [
        (ALIKE, True), ({"source": B}, False), ({"ttl": 65}, False), ({"ttl": 63}, False), ({"part": 0x4000}, False), ({"ident": 0}, False),
        ({"options": PLAIN[:4]}, False), ({"options": b""}, False), ({"flags": 0xC2}, False),
    ],
)  # fmt: skip
def test_a_shape_is_what_a_system_does_each_time(tmp_path, words, alike):
    usual = {"flags": 2, "options": PLAIN}
    one, other = opened([segment(**usual), segment(**usual | words)], tmp_path).numbers.tolist()
    assert alike == (one == other)


def test_answers_of_two_ports_are_two(tmp_path):
    frames = [segment(flags=18, sport=port) for port in (22, 80, 22)]
    one, other, again = opened(frames, tmp_path).numbers.tolist()
    assert (True, False) == (one == again, one == other)


def test_time_stamps_are_told_and_are_no_part_of_the_shape(tmp_path):
    timed = [segment(flags=2, options=TIMED % struct.pack("!I", ticks)) for ticks in (5, 0xFFFFFFF0)]
    found = opened([*timed, segment(flags=2, options=PLAIN)], tmp_path)
    pair = bytes([10, 0, 0, 7, 10, 0, 1, 9])
    assert [(0, pair, 5), (1, pair, 0xFFFFFFF0)] == list(found.clocks)
    assert 2 == len(set(found.numbers.tolist()))


def test_what_only_looks_like_a_time_stamp_behind_the_options_is_none(tmp_path):
    found = opened([segment(b"\x08\x0aabcdefgh", flags=2)], tmp_path)
    assert [] == list(found.clocks)
