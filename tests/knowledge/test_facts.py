"""The shipped tables themselves: every row sourced and dated, no end before its release, nothing unverified in disguise."""

import csv
from datetime import date
from pathlib import Path

import pytest

from scanner.knowledge import base as module
from scanner.knowledge.cells import spelling
from scanner.knowledge.tables import TABLES

FACTS = Path(module.__file__).parent / "facts"
TABLES_ON_DISK = sorted(FACTS.glob("*.csv"))


def rows(name):
    with (FACTS / f"{name}.csv").open(newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


@pytest.mark.parametrize("path", TABLES_ON_DISK, ids=lambda path: path.stem)
def test_a_table_is_plain_text_that_a_person_can_review(path):
    text = path.read_bytes()

    assert b"\r" not in text
    assert text.endswith(b"\n")
    assert len(text) < 4_000_000
    text.decode("utf-8")


def test_all_tables_together_stay_reviewable():
    assert sum(path.stat().st_size for path in TABLES_ON_DISK) < 18_000_000


def test_every_table_has_the_columns_that_the_build_reads():
    assert set(TABLES) | {"sources"} == {path.stem for path in TABLES_ON_DISK}
    for name, table in TABLES.items():
        head = (FACTS / f"{name}.csv").read_text(encoding="utf-8").partition("\n")[0]
        assert [column.name for column in table.columns] == head.split(",")


@pytest.mark.parametrize("name", sorted(TABLES))
def test_every_row_has_source_day_and_confidence(name):
    for row in rows(name):
        assert row["source"], row
        assert date(2023, 4, 1) <= date.fromisoformat(row["looked_up"]), row
        assert row["confidence"] in {"high", "medium", "low", "unverified"}, row


@pytest.mark.parametrize("name", ["branches", "windows_builds"])
def test_no_support_ends_before_it_began(name):
    for row in rows(name):
        assert not (row["released"] and row["ends"]) or row["released"] <= row["ends"], row
        assert not (row["ends"] and row["open_ended"] == "yes"), row


def test_every_windows_build_has_a_client_or_server_reading_that_is_verified():
    solid = {row["build"] for row in rows("windows_builds") if row["confidence"] != "unverified"}

    assert {row["build"] for row in rows("windows_builds")} == solid


def test_every_spelling_leads_to_a_product_that_a_table_knows():
    known = {row["product"] for name in ("branches", "windows_builds", "releases") for row in rows(name)}

    assert [] == [row for row in rows("names") if row["product"] not in known]
    assert [] == [row for row in rows("names") if row["name"] != spelling(row["name"])]


def test_exposures_that_nobody_checked_say_so():
    unchecked = [row for row in rows("exposures") if "recheck" in row["source"]]

    assert unchecked
    assert {"unverified"} == {row["confidence"] for row in unchecked}


def test_a_release_lies_in_the_time_of_networks():
    assert all("1985" < row["day"] <= "2026-12-31" for row in rows("releases"))
