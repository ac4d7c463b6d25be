"""Tables are written in the columns that the base wants, and stay as they were for every feed not asked for."""

import csv
from datetime import UTC, datetime

import pytest

from scanner.errors import DataError, StoreError
from scanner.knowledge import installed
from scanner.knowledge.base import open_base
from scanner.knowledge.tables import TABLES
from scanner.knowledge.updater import make, run
from scanner.knowledge.updater.feeds import ALL
from tests.knowledge.updater import world

NOW = datetime(2026, 11, 23, tzinfo=UTC)
OUT = {"cve"}
"""Feeds that tables name and that no update reads yet: the SSVC points come with the program."""


def test_every_feed_that_a_table_names_is_read():
    assert {table.feed for table in TABLES.values() if table.feed} <= {feed.name for feed in ALL} | OUT


@pytest.mark.parametrize("feed", ALL, ids=lambda one: one.name)
def test_every_small_feed_makes_tables_that_the_base_takes(data, feeds, feed):
    """Small feeds are `too few entries`; an operator's word takes them, and the base is built out of them."""
    taken = run.update(feed.name, str(feeds), "", NOW, accept=True)

    folder = taken.base.folder / "tables" / feed.name
    for path in folder.glob("*.csv"):
        if path.stem != "sources":
            with path.open(newline="") as file:
                columns = csv.DictReader(file).fieldnames
            assert columns == [column.name for column in TABLES[path.stem].columns]
    assert taken.base.manifest.feeds[feed.name].dated <= NOW.date()
    assert open_base().version


def test_ubuntus_rows_stand_in_files_of_their_own_with_their_licence(data, feeds):
    base = run.update("ubuntu", str(feeds), "", NOW, accept=True).base
    folder = base.folder / "tables" / "ubuntu"

    assert {"ubuntu_fixes.csv", "ubuntu_revisions.csv", "sources.csv", "NOTICE.txt"} == {
        one.name for one in folder.iterdir()
    }
    assert "CC BY-SA 4.0" in (folder / "NOTICE.txt").read_text()
    assert {"CC BY-SA 4.0, Canonical Ltd."} == {
        one.licence for one in open_base().sources() if one.name.startswith("ubuntu_")
    }


@pytest.mark.parametrize(
    ("feed", "table", "notice"),
    [
        (
            "nvd",
            "affected",
            "This product uses data from the NVD API but is not endorsed or certified by the NVD.",
        ),
        ("epss", "epss", "EPSS by FIRST, https://www.first.org/epss"),
        ("ubuntu", "ubuntu_fixes", "Ubuntu Security Notices, Canonical Ltd., CC BY-SA 4.0"),
    ],
)
def test_what_owners_of_data_want_said_stands_in_every_report(data, feeds, feed, table, notice):
    run.update(feed, str(feeds), "", NOW, accept=True)
    (source,) = [one.source for one in open_base().sources() if one.name == table]

    assert notice in source


def test_a_table_that_holds_more_than_the_feed_says_both_sources(data, feeds):
    run.update("debian", str(feeds), "", NOW, accept=True)
    (fixes,) = [one for one in open_base().sources() if one.name == "fixes"]

    assert fixes.source.startswith("Debian security tracker")
    assert fixes.rows > 10_000


def test_rows_that_do_not_fit_are_named_by_file_and_line_and_nothing_changes(data, tmp_path, monkeypatch):
    (tmp_path / "kev.json").write_bytes(world.kev())
    real = make.table

    def spoil(folder, name, rows):
        real(folder, name, [{**row, "added": "soon"} for row in rows])

    monkeypatch.setattr(make, "table", spoil)
    with pytest.raises(DataError, match=r"kev\.csv:2: added is 'soon', want a date"):
        run.update("kev", str(tmp_path / "kev.json"), "", NOW)
    assert installed.current() is None


def test_a_base_that_cannot_be_built_is_a_fault_of_the_disk(data, tmp_path, monkeypatch):
    (tmp_path / "kev.json").write_bytes(world.kev())

    def full(*_):
        raise make.sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(make, "build", full)
    with pytest.raises(StoreError, match="disk is full; what was there stays in use"):
        run.update("kev", str(tmp_path / "kev.json"), "", NOW)


def test_a_list_without_a_date_counts_from_its_fetch(data, feeds):
    base = run.update("ieee", str(feeds), "", NOW, accept=True).base
    state = base.manifest.feeds["ieee"]

    assert state.dated == state.fetched.date()


def test_nothing_given_is_nothing_taken(data, tmp_path):
    (tmp_path / "base").mkdir()
    with pytest.raises(DataError, match="nothing to take in"):
        make.take(data, tmp_path / "base", make.Given(), NOW, "us")
