import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.observe.capture import links
from scanner.observe.capture.batch import batch
from scanner.observe.capture.links import IPV4, IPV6, LLC, SNAP
from tests.observe.capture.world import AT, CARD, OTHER, ether, ip, udp

FOUR, SIX = ip(udp(b"x")), ip(udp(b"x"), source="fe80::1", target="fe80::2")


def linked(frames, link=1):
    raw = b"".join(frames)
    sizes = np.array([len(frame) for frame in frames])
    starts = np.cumsum(sizes) - sizes
    made = batch(raw, starts, sizes, np.full(len(frames), AT), link, 0.0)
    return made.raw, links.linked(made)


def told(frame, link=1):
    """Kind, payload, sender's card, receiver's card, tag."""
    raw, found = linked([frame], link)
    if not found.kind[0]:
        return None
    cards = [raw[int(at[0]) : int(at[0]) + 6] for at in (found.source, found.target)]
    return int(found.kind[0]), raw[int(found.at[0]) : int(found.end[0])], *cards, int(found.vlan[0])


NOBODY = bytes(6)
SNAPPED = b"\xaa\xaa\x03"


@pytest.mark.parametrize(
    ("frame", "want"),
    [
        (ether(FOUR), (IPV4, FOUR, CARD, OTHER, -1)),
        (ether(SIX, IPV6), (IPV6, SIX, CARD, OTHER, -1)),
        (ether(b"\0\x2a\x08\0" + FOUR, 0x8100), (IPV4, FOUR, CARD, OTHER, 42)),
        (ether(b"\x20\x07\x81\0\0\x2a\x86\xdd" + SIX, 0x88A8), (IPV6, SIX, CARD, OTHER, 42)),
        (ether(b"\x11\0\0\x01\0\x09\0\x21" + FOUR, 0x8864), (IPV4, FOUR, CARD, OTHER, -1)),
        (ether(b"\0\x05\x88\x64" + b"\x11\0\0\x01\0\x09\0\x57" + SIX, 0x8100), (IPV6, SIX, CARD, OTHER, 5)),
        (ether(b"\x42\x42\x03hello" + b"pad" * 15, 8), (LLC | 0x42, b"hello", CARD, OTHER, -1)),
        (ether(SNAPPED + b"\0\0\x0c\x20\0cdp", 11), (SNAP | 0x0C << 16 | 0x2000, b"cdp", CARD, OTHER, -1)),
        (ether(SNAPPED + b"\0\0\0\x08\x06arp", 11), (0x0806, b"arp", CARD, OTHER, -1)),
        (ether(b"\0\x05\0\x08\x42\x42\x03hello", 0x8100), (LLC | 0x42, b"hello", CARD, OTHER, 5)),
        (ether(b"\x11\0\0\x01\0\x09\xc0\x21" + FOUR, 0x8864), None),
        (ether(b"", 0), None),
        (CARD + OTHER, None),
        (b"", None),
    ],
)
def test_ethernet_with_tags_pppoe_llc_and_snap(frame, want):
    assert want == told(frame)


@pytest.mark.parametrize(
    ("link", "frame", "want"),
    [
        (101, FOUR, (IPV4, FOUR, NOBODY, NOBODY, -1)),
        (229, SIX, (IPV6, SIX, NOBODY, NOBODY, -1)),
        (101, b"\x20", None),
        (0, struct.pack("<I", 2) + FOUR, (IPV4, FOUR, NOBODY, NOBODY, -1)),
        (108, struct.pack(">I", 28) + SIX, (IPV6, SIX, NOBODY, NOBODY, -1)),
        (9, b"\xff\x03\0\x21" + FOUR, (IPV4, FOUR, NOBODY, NOBODY, -1)),
        (50, b"\0\x57" + SIX, (IPV6, SIX, NOBODY, NOBODY, -1)),
        (51, b"\x11\0\0\x01\0\x09\0\x21" + FOUR, (IPV4, FOUR, NOBODY, NOBODY, -1)),
        (113, b"\0\0\0\x01\0\x06" + CARD + b"\0\0\x08\0" + FOUR, (IPV4, FOUR, CARD, NOBODY, -1)),
        (113, b"\0\0\x03\x04\0\0" + bytes(8) + b"\x08\0" + FOUR, (IPV4, FOUR, NOBODY, NOBODY, -1)),
        (276, b"\x86\xdd\0\0\0\0\0\x02\0\x01\0\x06" + CARD + b"\0\0" + SIX, (IPV6, SIX, CARD, NOBODY, -1)),
    ],
)
def test_the_other_link_layers(link, frame, want):
    assert want == told(frame, link)


def wireless(control, addresses, rest, *, qos=False, order=False):
    body = SNAPPED + b"\0\0\0\x08\0" + rest
    tail = addresses[3] if len(addresses) == 4 else b""
    more = (b"\0\0" if qos else b"") + (bytes(4) if order else b"")
    return control + b"\0\0" + b"".join(addresses[:3]) + b"\0\0" + tail + more + body


STATION, POINT = bytes.fromhex("0200000000aa"), bytes.fromhex("0200000000bb")


@pytest.mark.parametrize(
    ("frame", "source", "target"),
    [
        (wireless(b"\x08\0", (OTHER, CARD, POINT), FOUR), CARD, OTHER),
        (wireless(b"\x08\x01", (POINT, CARD, OTHER), FOUR), CARD, OTHER),
        (wireless(b"\x88\x02", (OTHER, POINT, CARD), FOUR, qos=True), CARD, OTHER),
        (wireless(b"\x88\x83", (POINT, STATION, OTHER, CARD), FOUR, qos=True, order=True), CARD, OTHER),
    ],
)
def test_80211_data_says_who_sent_it_in_each_direction_with_and_without_radiotap(frame, source, target):
    want = (IPV4, FOUR, source, target, -1)
    assert want == told(frame, 105)
    assert want == told(b"\0\0\x0c\0" + bytes(8) + frame, 127)


@pytest.mark.parametrize("control", [b"\x80\0", b"\x48\0", b"\x08\x40", b"\xd4\0"])
def test_80211_frames_without_readable_data_are_passed_over(control):
    assert told(wireless(control, (OTHER, CARD, POINT), FOUR), 105) is None


def test_a_link_type_that_is_unknown_is_not_read():
    assert linked([b"x" * 60], 9999)[1] is None


@given(
    frames=st.lists(st.binary(max_size=80), min_size=1, max_size=5),
    link=st.sampled_from([0, 1, 9, 50, 51, 101, 105, 108, 113, 127, 276]),
)
def test_hostile_frames_never_raise_and_payloads_stay_within_their_frame(frames, link):
    _, found = linked(frames, link)
    ends = np.cumsum([len(frame) for frame in frames])
    for at, end, kind, last in zip(found.at, found.end, found.kind, ends, strict=True):
        assert not kind or at <= end <= last
