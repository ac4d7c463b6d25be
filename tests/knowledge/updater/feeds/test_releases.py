"""Release dates are taken where they are earlier than what we have: every source gives an upper bound."""

import io
import tarfile
from datetime import date

import pytest

from scanner.errors import DataError
from scanner.knowledge.updater.feeds import releases


def test_only_versions_without_an_earlier_date_are_taken(feeds, little, day):
    held = little(released={"1.0": date(2018, 1, 1), "2.4": date(2025, 1, 1)})

    found = releases.read([feeds / "release-data"], held)

    assert {("2.4", "2024-05-01"), ("3.1", "2026-11-01")} == {
        (row["version"], row["day"]) for row in found.tables["releases"]
    }
    assert (day("2026-11-01"), 2) == (found.dated, found.rows)
    assert ("1 products that no table of ours names",) == found.left_out


def test_an_archive_is_read_without_unpacking(feeds, held, tmp_path):
    path = tmp_path / "release-data.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        archive.add(
            feeds / "release-data" / "example-server.json", "release-data-main/releases/example-server.json"
        )
        info = tarfile.TarInfo("release-data-main/README.md")
        info.size = 2
        archive.addfile(info, io.BytesIO(b"hi"))

    assert releases.read([path], held).rows == 1
    assert [path] == list(tmp_path.iterdir())


def test_an_archive_without_releases_is_refused(tmp_path, held):
    path = tmp_path / "release-data.tar.gz"
    with tarfile.open(path, "w:gz"):
        pass

    with pytest.raises(DataError, match="no releases in it"):
        releases.read([path], held)
