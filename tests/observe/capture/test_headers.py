import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.observe.capture import headers
from tests.observe.capture.test_links import linked
from tests.observe.capture.world import A, B, ether, ip, tcp, udp

ONE, TWO = "2001:db8::1", "2001:db8::2"


def read(*frames):
    raw, found = linked(frames)
    return raw, headers.heads(raw, found)


def told(frame):
    """Protocol, ports, hop count, payload."""
    raw, found = read(frame)
    if found.protocol[0] < 0:
        return None
    body = raw[int(found.body[0]) : int(found.end[0])]
    return int(found.protocol[0]), int(found.sport[0]), int(found.dport[0]), int(found.ttl[0]), body


def six(protocol, body):
    return ether(ip(body, protocol, ONE, TWO), 0x86DD)


def padded(body, options):
    """An IPv4 packet with options in its header."""
    plain = ip(body)
    length = struct.pack("!H", len(plain) + len(options))
    return bytes([0x40 | 5 + len(options) // 4]) + plain[1:2] + length + plain[4:20] + options + body


@pytest.mark.parametrize(
    ("frame", "want"),
    [
        (ether(ip(udp(b"payload", 53, 1024), ttl=60)), (17, 53, 1024, 60, b"payload")),
        (ether(ip(udp(b"payload", 53, 1024)) + b"\0" * 20), (17, 53, 1024, 64, b"payload")),
        (ether(padded(udp(b"payload", 7, 8), b"\x94\x04\0\0")), (17, 7, 8, 64, b"payload")),
        (ether(ip(tcp(b"payload", 22, 5), 6)), (6, 22, 5, 64, b"payload")),
        (ether(ip(tcp(b"payload", 22, 5, options=b"\x01" * 12), 6)), (6, 22, 5, 64, b"payload")),
        (ether(ip(b"\x08\0rest", 1)), (1, 8, 8, 64, b"\x08\0rest")),
        (six(58, b"\x86\0rest"), (58, 134, 134, 64, b"\x86\0rest")),
        (six(17, udp(b"payload")), (17, 40000, 4711, 64, b"payload")),
        (six(0, b"\x11\0" + bytes(6) + udp(b"payload")), (17, 40000, 4711, 64, b"payload")),
        (six(60, b"\x33\0" + bytes(6) + b"\x11\x01" + bytes(10) + udp(b"x")), (17, 40000, 4711, 64, b"x")),
        (six(44, b"\x11\0\0\x01\0\0\0\x07" + udp(b"first")), (17, 40000, 4711, 64, b"first")),
    ],
)
def test_ports_and_payloads_are_found_behind_every_header(frame, want):
    assert want == told(frame)


@pytest.mark.parametrize(
    "frame",
    [
        ether(ip(udp(b"later"), part=0x00B9)),
        six(44, b"\x11\0\0\x09\0\0\0\x07" + udp(b"later")),
        ether(b"\x55" + ip(udp(b"x"))[1:]),
        ether(b"\x42" + ip(udp(b"x"))[1:]),
        ether(ip(udp(b"x"))[:19]),
        ether(ip(tcp()[:13], 6)),
        ether(ip(udp(b"")[:7])),
        ether(b"\x50" + ip(udp(b"x"), source=ONE, target=TWO)[1:], 0x86DD),
        ether(b"\0\x01\x08\0", 0x0806),
    ],
)
def test_later_fragments_and_broken_headers_have_no_payload(frame):
    assert told(frame) is None


def test_a_segment_whose_length_the_card_left_out_goes_to_the_end_of_the_frame():
    packet = ip(tcp(b"payload"), 6)
    assert told(ether(packet[:2] + b"\0\0" + packet[4:]))[4] == b"payload"


def test_a_cut_payload_is_given_as_far_as_it_goes():
    assert told(ether(ip(udp(b"payload")))[:-3])[4] == b"payl"


def test_addresses_are_alike_where_they_are_and_differ_where_they_do_not():
    _, found = read(*(ether(ip(udp(b""), source=source, target=B)) for source in (A, A, "10.0.0.8")))
    assert [0x0A000007, 0x0A000007, 0x0A000008] == found.source.tolist()
    _, found = read(*(ether(ip(udp(b""), source=source, target=TWO), 0x86DD) for source in (ONE, ONE, TWO)))
    assert (True, False) == (found.source[0] == found.source[1], found.source[0] == found.source[2])
    assert (6, found.target[0]) == (found.version[0], found.source[2])


def test_mixing_keeps_different_numbers_apart_and_never_gives_zero():
    parts = np.arange(10_000, dtype=np.uint64)
    made = headers.mixed(parts, np.zeros(10_000, np.uint64))
    assert len(np.unique(made)) > 9990
    assert made.all()


@given(data=st.binary(max_size=120), kind=st.sampled_from([0x0800, 0x86DD]))
def test_hostile_headers_never_raise_and_payloads_stay_within_their_frame(data, kind):
    frame = ether(data, kind)
    _, found = read(frame)
    assert (
        found.protocol[0] < 0 or found.body[0] <= found.end[0] <= len(frame) or found.body[0] >= found.end[0]
    )
