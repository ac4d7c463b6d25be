"""The list of raw files names each by feed, size and hash, and leads nowhere but to them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import DataError, StoreError
from scanner.knowledge.updater import manifest
from scanner.knowledge.updater.manifest import Entry

NOW = datetime(2026, 11, 23, tzinfo=UTC)
HASH = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"


def entry(**changes):
    found = {"feed": "kev", "path": "kev/x", "size": 1, "sha256": HASH, "url": "u", "fetched": NOW}
    return Entry(**{**found, **changes})


def test_a_list_reads_as_it_was_written_and_its_hash_is_told(tmp_path):
    digest = manifest.write(tmp_path, [entry(path="kev/y"), entry()], "us", NOW)

    found, read = manifest.read(tmp_path)

    assert (digest, ["kev/x", "kev/y"], "x") == (read, [one.path for one in found.files], found.files[0].name)
    assert () == found.of("epss")


def test_files_are_held_against_it(tmp_path):
    (tmp_path / "kev").mkdir()
    (tmp_path / "kev" / "x").write_text("x")
    manifest.verify(tmp_path, [entry()])
    (tmp_path / "kev" / "x").write_text("y")
    with pytest.raises(DataError, match="not the one in the list"):
        manifest.verify(tmp_path, [entry()])
    with pytest.raises(DataError, match="the list says 2"):
        manifest.verify(tmp_path, [entry(size=2)])
    with pytest.raises(DataError, match="cannot be read"):
        manifest.verify(tmp_path, [entry(path="kev/z")])
    (tmp_path / "kev" / "z").symlink_to(tmp_path / "kev" / "x")
    with pytest.raises(DataError, match="the list says"):
        manifest.verify(tmp_path, [entry(path="kev/z")])


@pytest.mark.parametrize(
    "path", ["../x", "kev/../../x", "/etc/passwd", "kev/", "kev/.x", "epss/x", "kev/a/b", "x", "kev/x\n"]
)
def test_a_path_that_leads_elsewhere_is_refused(tmp_path, path):
    manifest.write(tmp_path, [entry(path=path)], "us", NOW)
    with pytest.raises(DataError, match="not the path of a feed's file"):
        manifest.read(tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not a whole list"),
        ("[]", "not a whole list"),
        ('{"schema": "other", "made": "2026-11-23T00:00:00Z", "by": "", "files": []}', "schema 'other'"),
    ],
)
def test_another_file_is_no_list(tmp_path, text, said):
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(DataError, match=said):
        manifest.read(tmp_path)


def test_a_missing_list_and_a_full_disk_are_said(tmp_path):
    with pytest.raises(DataError, match="no such list; `stalehost kb fetch` writes it"):
        manifest.read(tmp_path)
    with pytest.raises(StoreError, match="cannot write"):
        manifest.write(tmp_path / "none", [], "us", NOW)


@given(st.binary(max_size=200))
def test_no_bytes_make_reading_fall_over(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("list")
    (folder / "manifest.json").write_bytes(data)
    with pytest.raises(DataError):
        manifest.read(folder)
