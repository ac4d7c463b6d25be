"""Files are unpacked, decoded and bounded, and what had to be left out is named with its place."""

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import DataError
from scanner.observe.files import opened as module
from scanner.observe.files.opened import BLOCK, beginning, opened, text, wide

LINES = "Name,Größe\r\nä,1\r\n"


def read(path, cap=module.CAP):
    """The lines of a file and the complaint at its end."""
    with opened(path, cap) as source:
        lines = list(source.lines())
        trouble = source.trouble()
    return lines, str(trouble or "")


@pytest.fixture
def file(tmp_path):
    def write(data):
        path = tmp_path / "file"
        path.write_bytes(data)
        return path

    return write


@pytest.mark.parametrize(
    "data",
    [
        LINES.encode(),
        LINES.encode("utf-8-sig"),
        LINES.encode("utf-16"),
        b"\xfe\xff" + LINES.encode("utf-16-be"),
        LINES.encode("utf-16-le"),
        LINES.encode("utf-16-be"),
        LINES.encode("cp1252"),
        gzip.compress(LINES.encode(), mtime=0),
        gzip.compress(LINES[:7].encode(), mtime=0) + gzip.compress(LINES[7:].encode(), mtime=0),
        gzip.compress(LINES.encode("utf-16"), mtime=0),
    ],
    ids=["utf-8", "bom", "utf-16", "be bom", "le", "be", "cp1252", "packed", "two members", "packed utf-16"],
)
def test_lines_are_the_same_whatever_the_file_is_in(file, data):
    assert ([(1, "Name,Größe"), (2, "ä,1")], "") == read(file(data))


def test_lines_across_blocks_are_whole_and_a_last_line_needs_no_end(file):
    long = "x" * (BLOCK + 7)

    assert ([(1, long), (2, long)], "") == read(file(f"{long}\n{long}".encode()))


def test_one_file_may_mix_encodings_line_by_line(file):
    assert ([(1, "ä"), (2, "ä")], "") == read(file("ä\n".encode() + "ä\n".encode("cp1252")))


def test_an_endless_line_is_cut_off_and_named(file):
    lines, complaint = read(file(b"a" * (module.LINE + 3 * BLOCK) + b"\nb\n"))

    assert ["a"] == sorted({line[:1] for _, line in lines[:1]})
    assert (module.LINE, "b") == (len(lines[0][1]), lines[-1][1])
    assert "line 1: longer than" in complaint


def test_a_packed_file_that_is_cut_or_damaged_gives_what_was_whole(file):
    packed = gzip.compress(b"".join(b"%d\n" % (7919 * n) for n in range(30_000)))

    lines, complaint = read(file(packed[: len(packed) // 2]))
    damaged, why = read(file(packed[:9000] + b"\xff" * 64 + packed[9064:]))

    assert len(lines) > 100
    assert "cut short" in complaint
    assert damaged
    assert "of the packed file: damaged" in why


def test_a_bomb_is_left_where_it_shows(file, monkeypatch):
    monkeypatch.setattr(module, "FREE", 1 << 20)
    packed = zlib.compressobj(9, zlib.DEFLATED, 31)
    data = packed.compress(b"\n" * (32 << 20)) + packed.flush()

    lines, complaint = read(file(data))

    assert len(lines) <= (1 << 20) + module.RATIO * len(data) + BLOCK
    assert "as only a bomb does" in complaint


def test_a_file_that_is_larger_than_the_cap_is_read_up_to_it(file):
    lines, complaint = read(file(b"a\n" * BLOCK), cap=BLOCK)

    assert len(lines) <= BLOCK
    assert "more than" in complaint


def test_many_complaints_are_counted(file):
    with opened(file(b"")) as source:
        for number in range(5):
            source.skip(f"line {number}", "x" * 400)

    assert "(and 2 more)" in str(source.trouble())
    assert len(str(source.trouble())) < 800


def test_a_reader_that_wants_a_file_gets_bytes_in_portions(file):
    with opened(file(b"abcdef")) as source:
        assert (b"abc", b"def", b"") == (source.read(3), source.read(), source.read(3))


def test_what_cannot_be_opened_or_read_is_said(tmp_path):
    with pytest.raises(DataError, match="none: No such file"):
        beginning(tmp_path / "none", 1)
    with pytest.raises(DataError, match="Is a directory"):
        beginning(tmp_path, 1)


def test_the_beginning_is_unpacked_and_no_longer_than_asked(file):
    assert b"Name" == beginning(file(gzip.compress(LINES.encode("utf-16"))), 4)


def test_a_disk_that_fails_ends_the_file(file):
    class Failing:
        def read(self, _):
            raise OSError("input/output error")

    source = module.Source(file(b""), Failing())

    assert [] == list(source.lines())
    assert "byte 0: input/output error" in str(source.trouble())


@given(st.binary(max_size=300))
def test_text_never_raises_and_has_no_nul(data):
    assert "\0" not in text(data)
    wide(data)


@given(st.binary(max_size=400), st.booleans())
def test_no_bytes_make_it_raise(tmp_path_factory, data, packed):
    path = tmp_path_factory.mktemp("x") / "file"
    path.write_bytes(b"\x1f\x8b" + data if packed else data)

    read(path)
