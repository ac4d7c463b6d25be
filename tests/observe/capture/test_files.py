import gzip
import tracemalloc

import pytest

from scanner.errors import DataError
from scanner.observe.capture import files
from tests.observe.capture.reading import fifo, frames, read
from tests.observe.capture.world import pcap, section

FRAMES = [bytes([number]) * 60 for number in range(3)]


@pytest.mark.parametrize("data", [pcap(FRAMES), pcap(FRAMES, order=">", magic=0xA1B23C4D), section()])
def test_captures_are_recognised_plain_and_gzipped(data):
    assert [True, True] == [files.fits(data), files.fits(gzip.compress(data))]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"lease 10.0.0.1 {",
        gzip.compress(b"no capture", mtime=0),
        b"\x1f\x8b\x08rubbish",
        b"\x0a\x0d\x0d\x0a" + bytes(20),
    ],
)
def test_nothing_else_is_taken_for_one(data):
    assert not files.fits(data)


def test_a_gzipped_capture_of_several_members_is_read_like_a_plain_one(tmp_path):
    data = pcap(FRAMES)
    assert frames(data, tmp_path) == frames(gzip.compress(data[:50]) + gzip.compress(data[50:]), tmp_path)


def test_what_is_no_capture_is_refused(tmp_path):
    assert "byte 0: no capture" in frames(b"hello, this is text", tmp_path)[1]


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(DataError, match=r"none\.pcap: No such file"):
        list(files.batches(tmp_path / "none.pcap", 0.0))


def test_a_directory_is_said(tmp_path):
    with pytest.raises(DataError, match="Is a directory"):
        list(files.batches(tmp_path, 0.0))


def test_a_hundred_megabytes_through_a_fifo_cost_no_more_memory_than_a_few(tmp_path):
    frame = bytes(1400)
    head, many = pcap([]), pcap([frame] * 700)[24:]
    count, pieces = 0, 110

    with fifo([head, *[many] * pieces], tmp_path) as path:
        tracemalloc.start()
        for batch in files.batches(path, 0.0):
            count += len(batch.start)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert pieces * 700 == count
    assert pieces * len(many) > 100_000_000
    assert most < 12_000_000


def test_a_fifo_gives_the_same_frames_as_a_file(tmp_path):
    data = pcap(FRAMES * 50)
    with fifo([data[:30], data[30:1000], data[1000:]], tmp_path) as path:
        assert frames(data, tmp_path) == read(path)
