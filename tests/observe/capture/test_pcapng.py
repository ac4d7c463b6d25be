import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.observe.capture.reading import NOW, frames
from tests.observe.capture.world import AT, block, enhanced, interface, option, section

F = [bytes([number]) * (60 + number) for number in range(4)]
MICRO = int(AT) * 1_000_000


@pytest.mark.parametrize("order", ["<", ">"])
def test_both_byte_orders_are_read(tmp_path, order):
    data = (
        section(order) + interface(order=order) + b"".join(enhanced(frame, MICRO, order=order) for frame in F)
    )
    assert ([(AT, frame, 1) for frame in F], "") == frames(data, tmp_path)


@pytest.mark.parametrize(
    ("options", "ticks"),
    [
        (option(9, b"\x09"), int(AT) * 10**9 + 500_000_000),
        (option(9, b"\x81"), int(AT) * 2 + 1),
        (option(9, b"\x03") + option(14, struct.pack("<q", 1000)), (int(AT) - 1000) * 1000 + 500),
        (option(2, b"eth0") + option(9, b"\x06") + option(0, b"") + option(9, b"\x00"), MICRO + 500_000),
    ],
)
def test_each_interface_has_a_clock_of_its_own(tmp_path, options, ticks):
    got, wrong = frames(section() + interface(options=options) + enhanced(F[0], ticks), tmp_path)
    assert ([(AT + 0.5, F[0], 1)], "") == (got, wrong)


def test_interfaces_of_several_kinds_stand_side_by_side_and_a_new_section_begins_anew(tmp_path):
    data = section() + interface() + interface(link=113) + enhanced(F[0], MICRO) + enhanced(F[1], MICRO, 1)
    data += section(">") + interface(link=101, order=">") + enhanced(F[2], MICRO, order=">")

    got, wrong = frames(data, tmp_path)

    assert ({(F[0], 1), (F[1], 113), (F[2], 101)}, "") == ({one[1:] for one in got}, wrong)


def test_simple_and_old_blocks_are_read_and_blocks_of_other_kinds_passed_over(tmp_path):
    simple = block(3, struct.pack("<I", len(F[0])) + F[0])
    old = block(2, struct.pack("<HHIIII", 0, 0, MICRO >> 32, MICRO & 0xFFFFFFFF, len(F[1]), len(F[1])) + F[1])
    names = block(4, bytes(20))

    got, wrong = frames(section() + interface(cut=50) + simple + names + old, tmp_path)

    # a simple block has no time, and is cut where its interface cuts
    assert ({(NOW, F[0][:50], 1), (AT, F[1], 1)}, "") == (set(got), wrong)


def test_a_frame_that_claims_more_than_its_block_holds_ends_with_it(tmp_path):
    got, wrong = frames(
        section() + interface() + enhanced(b"x" * 60, MICRO, kept=9999) + enhanced(F[1], MICRO), tmp_path
    )
    assert ([b"x" * 60, F[1]], "") == ([one[1] for one in got], wrong)


def test_a_frame_of_no_interface_is_named_with_its_place(tmp_path):
    before = section() + interface()
    got, wrong = frames(before + enhanced(F[0], MICRO, 7) + enhanced(F[1], MICRO), tmp_path)
    assert [F[1]] == [one[1] for one in got]
    assert f"byte {len(before)}: a frame of interface 7, of which there are 1" in wrong


@pytest.mark.parametrize(
    ("length", "why"),
    [
        (0x7FFFFFFF, "a block says that it is 2147483647 bytes long"),
        (13, "says that it is 13"),
        (40, "at its end that it has another length"),
    ],
)
def test_a_lying_length_is_named_and_reading_goes_on_behind_it(tmp_path, length, why):
    before, bad, after = (
        section() + interface() + enhanced(F[0], MICRO),
        bytearray(enhanced(F[1], MICRO)),
        enhanced(F[2], MICRO),
    )
    struct.pack_into("<I", bad, 4, length)

    got, wrong = frames(before + bytes(bad) + after, tmp_path)

    assert [F[0], F[2]] == [one[1] for one in got]
    assert f"byte {len(before)}: a block" in wrong
    assert why in wrong
    assert f"the {len(bad)} bytes from there on were passed over" in wrong


def test_a_file_that_is_cut_off_gives_what_is_whole_and_names_the_place(tmp_path):
    whole = section() + interface() + enhanced(F[0], MICRO)
    got, wrong = frames(whole + enhanced(F[1], MICRO)[:-9], tmp_path)
    assert [F[0]] == [one[1] for one in got]
    assert f"byte {len(whole)}: the last block is cut off" in wrong


def test_a_later_section_without_a_byte_order_is_named(tmp_path):
    whole = section() + interface() + enhanced(F[0], MICRO)
    got, wrong = frames(
        whole + block(0x0A0D0D0A, bytes(16)) + section() + interface() + enhanced(F[1], MICRO), tmp_path
    )
    assert ([F[0], F[1]], True) == (
        [one[1] for one in got],
        f"byte {len(whole)}: a section without a byte order" in wrong,
    )


@given(data=st.binary(max_size=300), order=st.sampled_from("<>"), at=st.integers(12, 300))
def test_hostile_bytes_are_read_to_an_end_and_never_raise_but_data_error(tmp_path_factory, data, order, at):
    whole = (
        section(order) + interface(order=order) + b"".join(enhanced(frame, MICRO, order=order) for frame in F)
    )
    frames(whole[:at] + data + whole[at + len(data) :], tmp_path_factory.mktemp("hostile"))
