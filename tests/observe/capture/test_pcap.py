import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.observe.capture import pcap as reader
from tests.observe.capture.reading import NOW, frames
from tests.observe.capture.world import AT, pcap

FRAMES = [bytes([number]) * (60 + number) for number in range(5)]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("magic", "unit", "extra"), [(0xA1B2C3D4, 1e6, b""), (0xA1B23C4D, 1e9, b""), (0xA1B2CD34, 1e6, bytes(8))]
)
def test_both_byte_orders_both_units_and_the_patched_form_are_read(tmp_path, order, magic, unit, extra):
    got, wrong = frames(pcap(FRAMES, order=order, magic=magic, unit=unit, step=0.25, extra=extra), tmp_path)
    assert ([(AT + number * 0.25, frame, 1) for number, frame in enumerate(FRAMES)], "") == (got, wrong)


def test_cut_frames_are_given_as_far_as_they_were_kept(tmp_path):
    got, wrong = frames(pcap(FRAMES, cut=20), tmp_path)
    assert ([frame[:20] for frame in FRAMES], "") == ([one[1] for one in got], wrong)


def test_a_file_that_is_cut_off_gives_what_is_whole_and_names_the_place(tmp_path):
    whole = pcap(FRAMES)

    got, wrong = frames(whole[:-10], tmp_path)

    assert FRAMES[:4] == [one[1] for one in got]
    assert f"byte {len(pcap(FRAMES[:4])):,}: the last record is cut off after {16 + 64 - 10} bytes" in wrong


def test_a_file_header_that_is_cut_off_is_said(tmp_path):
    got, wrong = frames(pcap([])[:20], tmp_path)
    assert ([], True) == (got, "byte 0: the file header is cut off" in wrong)


def test_a_lying_length_costs_its_own_record_and_is_named_with_its_place(tmp_path):
    whole = bytearray(pcap(FRAMES * 4))
    place = len(pcap(FRAMES))
    struct.pack_into("<I", whole, place + 8, 0x7FFFFFFF)

    got, wrong = frames(bytes(whole), tmp_path)

    assert FRAMES + FRAMES[1:] + FRAMES * 2 == [one[1] for one in got]
    assert (
        f"byte {place:,}: a record says that it is 2147483647 bytes long; the 76 bytes from there on were passed over"
        in wrong
    )


def test_rubbish_to_the_end_is_named_and_what_came_before_it_is_kept(tmp_path):
    whole = pcap(FRAMES)
    got, wrong = frames(whole + b"\xff" * 5000, tmp_path)
    assert FRAMES == [one[1] for one in got]
    assert f"byte {len(whole):,}" in wrong


def test_a_time_that_is_none_becomes_the_time_of_reading(tmp_path):
    data = bytearray(pcap(FRAMES[:1]))
    struct.pack_into("<I", data, 24, 0xFFFFFFFF)
    assert NOW == frames(bytes(data), tmp_path)[0][0][0]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("step", [0.5, 9000.0, 70000.0])
def test_records_that_look_like_none_or_hold_others_are_read_all_the_same(tmp_path, order, step):
    # a capture of captures: each frame holds whole records of the same time, and places that look like one
    inner = pcap(FRAMES, order=order)[24:]
    held = [inner, inner[2:], inner + b"\xff" * 3, b"", bytes(40), *FRAMES] * 3
    got, wrong = frames(pcap(held, order=order, step=step), tmp_path)
    assert ([(AT + number * step, frame, 1) for number, frame in enumerate(held)], "") == (got, wrong)


def test_a_file_of_several_parts_is_read_as_one(tmp_path, monkeypatch):
    monkeypatch.setattr(reader, "CHUNK", 300)
    got, wrong = frames(pcap(FRAMES * 9), tmp_path)
    assert (FRAMES * 9, "") == ([one[1] for one in got], wrong)


def test_records_of_the_helper_are_one_batch():
    batch = reader.records(struct.pack("<IIII", 5, 500_000_000, 3, 3) + b"abc", 1, 0.0)
    assert ([5.5], [3], b"abc") == (batch.time.tolist(), batch.size.tolist(), batch.raw[16:19])


@given(data=st.binary(max_size=400), order=st.sampled_from("<>"), at=st.integers(0, 300))
def test_hostile_bytes_are_read_to_an_end_and_never_raise_but_data_error(tmp_path_factory, data, order, at):
    whole = pcap(FRAMES, order=order)
    at = 24 + at
    frames(whole[:at] + data + whole[at + len(data) :], tmp_path_factory.mktemp("hostile"))
