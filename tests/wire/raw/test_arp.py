import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scanner.wire.raw.arp import TARGET, read, stamp

REPLY = bytes.fromhex("0200000000010200000000aa08060001080006040002")
REPLY += bytes.fromhex("0200000000aa0a0000070200000000010a000001")


@given(targets=st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=50))
def test_a_stamp_changes_the_target_and_nothing_else(targets):
    template = bytes(range(42))
    frames = stamp(template, np.array(targets, np.uint32))
    for target, frame in zip(targets, frames, strict=True):
        want = bytearray(template)
        want[TARGET] = target.to_bytes(4, "big")
        assert bytes(want) == frame.tobytes()


def test_a_reply_says_who_is_where():
    assert ("10.0.0.7", "02:00:00:00:00:aa") == read(REPLY)
    assert ("10.0.0.7", "02:00:00:00:00:aa") == read(REPLY + bytes(18))


def test_requests_groups_nobody_and_other_protocols_are_not_replies():
    def changed(at, octets):
        return REPLY[:at] + octets + REPLY[at + len(octets) :]

    wrong = [(20, b"\0\1"), (12, b"\x08\0"), (14, b"\0\6"), (18, b"\x08"), (22, b"\xff"), (22, bytes(6))]
    assert [None] * 6 == [read(changed(at, octets)) for at, octets in wrong]


@given(st.binary(max_size=100))
def test_any_bytes_are_read_without_a_word(frame):
    read(frame)


@given(st.binary(min_size=22, max_size=22))
def test_any_sender_reads_or_not_but_never_raises(tail):
    read(REPLY[:22] + tail)
