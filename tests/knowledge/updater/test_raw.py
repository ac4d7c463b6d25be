"""What comes from outside is bounded, and an error page, a bomb or a cut file is told for what it is."""

import gzip
import io
import tarfile
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import DataError, ScannerError, StoreError
from scanner.knowledge.updater import raw
from scanner.knowledge.updater.feeds import ALL
from tests.knowledge.updater.conftest import FEEDS, Little

PAGE = b"\n<!DOCTYPE html><html><head><title> Access Denied </title></head>"


def packed_alike(data):
    """The same bytes at any time: they name the test, too."""
    return gzip.compress(data, mtime=0)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (PAGE, r"an HTML page \(Access Denied\), not the feed"),
        (b"<HTML><body>x", "an HTML page, not the feed"),
        (b"", "empty"),
        (b"\xef\xbb\xbf \n", "empty"),
        (packed_alike(PAGE), "an HTML page"),
        (packed_alike(b"x" * 500)[:-12], "the gzip file is cut short"),
        (packed_alike(bytes(range(256)))[:12] + b"\xff" * 30, "not a whole gzip file"),
        (b"x" * 2000, "more than 0 MB once unpacked"),
        (packed_alike(bytes(50_000_000)), "more than 0 MB once unpacked"),
    ],
)
def test_what_is_not_the_feed_is_said(tmp_path, data, said):
    (tmp_path / "x.json").write_bytes(data)
    with pytest.raises(DataError, match=rf"x\.json: {said}"):
        raw.content(tmp_path / "x.json", 1000)


def test_plain_and_packed_read_alike(tmp_path):
    for name, data in (("plain", b'{"a": 1}'), ("packed", gzip.compress(b'{"a": 1}'))):
        (tmp_path / name).write_bytes(data)

    assert raw.content(tmp_path / "plain", 8) == raw.content(tmp_path / "packed", 8)


def test_text_that_is_not_utf8_is_refused_with_its_place(tmp_path):
    (tmp_path / "x").write_bytes(b"abc\xff")
    with pytest.raises(DataError, match=r"not UTF-8 text .* at byte 3"):
        raw.text(tmp_path / "x", 100)


def test_a_file_that_is_not_there_is_a_fault_of_the_disk(tmp_path):
    with pytest.raises(StoreError, match="cannot read"):
        raw.content(tmp_path / "x", 100)
    with pytest.raises(StoreError, match="cannot read"):
        list(raw.members([tmp_path / "x"], "y", 100))


def packed(tmp_path, how, names):
    path = tmp_path / f"x.{how}"
    if how == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name in names:
                archive.writestr(name, "{}")
    else:
        with tarfile.open(path, "w:" + how.partition(".")[2]) as archive:
            for name in names:
                info = tarfile.TarInfo(name)
                info.size = 2
                archive.addfile(info, io.BytesIO(b"{}"))
            link = tarfile.TarInfo("deep/c.json")
            link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
            archive.addfile(link)
    return path


@pytest.mark.parametrize("how", ["zip", "tar.gz", "tar.xz", "tar."])
def test_members_are_found_by_their_name_whatever_holds_them_and_links_are_not_followed(tmp_path, how):
    path = packed(tmp_path, how, ["deep/a.json", "../../b.json", "a.txt"])

    assert [("a.json", b"{}"), ("b.json", b"{}")] == list(raw.members([path], r"\w\.json", 100))
    assert [path] == list(tmp_path.iterdir())


@pytest.mark.parametrize("how", ["zip", "tar.gz"])
def test_members_are_capped_together_and_each(tmp_path, how, monkeypatch):
    path = packed(tmp_path, how, ["a.json", "b.json"])

    with pytest.raises(DataError, match="more than 0 MB once unpacked"):
        list(raw.members([path], r"\w\.json", 3))
    monkeypatch.setattr(raw, "MEMBER", 1)
    with pytest.raises(DataError, match=r"a.json is larger than"):
        list(raw.members([path], r"\w\.json", 100))


@pytest.mark.parametrize("how", ["zip", "tar.gz", "tar.xz"])
def test_an_archive_that_is_cut_is_refused(tmp_path, how):
    path = packed(tmp_path, how, [f"{at}.json" for at in range(200)])
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    with pytest.raises(DataError, match="not a whole archive"):
        list(raw.members([path], r"\w+\.json", 10**6))


def test_an_html_page_in_place_of_an_archive_is_seen(tmp_path):
    (tmp_path / "x.tar.gz").write_bytes(PAGE)
    with pytest.raises(DataError, match="an HTML page"):
        list(raw.members([tmp_path / "x.tar.gz"], "y", 100))


@pytest.mark.parametrize("feed", ALL, ids=lambda one: one.name)
@given(data=st.one_of(st.binary(max_size=300), st.text(max_size=300).map(str.encode)))
def test_no_reader_falls_over_hostile_bytes(tmp_path_factory, feed, data):
    """Anything but a ScannerError is a fault of ours."""
    path = tmp_path_factory.mktemp("hostile") / feed.files[0].name
    path.write_bytes(data)
    try:
        feed.read([path], Little())
    except ScannerError as error:
        assert path.name in str(error)


@pytest.mark.parametrize(
    "name", sorted(one.relative_to(FEEDS).as_posix() for one in FEEDS.rglob("*") if one.is_file())
)
@given(chance=st.data())
def test_no_reader_falls_over_a_feed_with_bytes_changed_or_lost(tmp_path_factory, name, chance):
    data = bytearray((FEEDS / name).read_bytes())
    at = chance.draw(st.integers(0, len(data) - 1))
    data[at : at + chance.draw(st.integers(0, 40))] = chance.draw(st.binary(max_size=8))
    path = tmp_path_factory.mktemp("changed") / name.rpartition("/")[2]
    path.write_bytes(data)
    for feed in ALL:
        if any(path.match(pattern) for pattern in feed.accepts):
            try:
                feed.read([path], Little())
            except ScannerError as error:
                assert str(error)


def test_nested_json_without_end_is_refused(tmp_path):
    with pytest.raises(DataError, match="not whole JSON"):
        raw.decoded("x", b"[" * 200_000, list)


def test_a_cell_is_one_short_line():
    assert raw.known("a\n\tb\x00c" + "d" * 500) == "a b c" + "d" * 395
