"""endoflife.date's full file adds what is new to products that we hold, and shortens nobody's support."""

import pytest

from scanner.errors import DataError
from scanner.knowledge.updater.feeds import endoflife

FILE = "endoflife-full.json"


def branch(**cells):
    row = {
        "product": "example:server", "branch": "1", "edition": "standard", "label": "x", "released": "", "ends": "",
        "open_ended": "no", "aliases": "", "source": "endoflife.date 2026-08-22", "looked_up": "", "confidence": "high",
    }  # fmt: skip
    return {**row, **cells}


def rows(found, table="branches"):
    return {(row["product"], row["branch"], row["edition"]): row for row in found.tables[table]}


def test_what_is_new_since_our_table_is_taken(feeds, little, day):
    held = little([branch(ends="2022-06-30"), branch(branch="2", ends="2026-10-31", aliases="two")])

    found = endoflife.read([feeds / FILE], held)

    made = rows(found)
    assert {
        ("example:server", "3", "standard"): ("", "yes"),
        ("example:server", "2", "extended"): ("2028-10-31", "no"),
    } == {key: (row["ends"], row["open_ended"]) for key, row in made.items()}
    assert (day("2026-11-21"), 5) == (found.dated, found.rows)
    assert made["example:server", "2", "extended"]["aliases"] == "two"
    assert {"endoflife.date 2026-11-21"} == {row["source"] for row in found.tables["branches"]}


def test_a_branch_that_our_table_left_out_stays_out(feeds, little):
    """It was there when our table was made: a distribution mends it, or devices call it otherwise."""
    found = endoflife.read([feeds / FILE], little([branch(branch="0.1", ends="2001-01-01")]))
    assert {("example:server", "3", "standard")} == set(rows(found))


def test_a_product_without_end_dates_of_ours_gets_none(feeds, held):
    assert () == endoflife.read([feeds / FILE], held).tables["branches"]


def test_the_paid_contract_is_called_as_we_call_it(feeds, little):
    before = [
        branch(edition="esm", ends="2023-01-01"),
        branch(edition="distro"),
        branch(branch="2", ends="2026-10-31"),
    ]
    assert ("example:server", "2", "esm") in rows(endoflife.read([feeds / FILE], little(before)))


@pytest.mark.parametrize(
    ("source", "confidence", "ends", "replaced"),
    [
        ("endoflife.date 2026-08-22", "high", "2021-06-30", True),
        ("endoflife.date 2026-08-22", "high", "", True),
        ("endoflife.date 2026-08-22 (names no end)", "high", "", True),
        ("endoflife.date 2026-08-22", "high", "2023-06-30", False),
        ("from memory 2026-11, not verified", "unverified", "2023-06-30", True),
        ("Microsoft lifecycle by hand", "high", "2021-06-30", False),
        ("distro-info-data 2026-08", "high", "2021-06-30", False),
    ],
)
def test_a_makers_own_date_stands_and_support_is_never_shortened(
    feeds, little, source, confidence, ends, replaced
):
    before = branch(source=source, confidence=confidence, ends=ends, aliases="one")

    found = rows(endoflife.read([feeds / FILE], little([before])))

    assert replaced == (("example:server", "1", "standard") in found)
    if replaced:
        assert found["example:server", "1", "standard"]["aliases"] == "one"


def test_an_end_that_the_feed_does_not_know_replaces_nothing(feeds, little):
    before = branch(branch="3", confidence="unverified", ends="2027-01-01")
    assert ("example:server", "3", "standard") not in rows(endoflife.read([feeds / FILE], little([before])))


def test_the_older_cpe_form_is_understood(feeds, little):
    held = little([branch(product="example:older_os", branch="7", ends="2023-01-01")])
    held.products = {"cpe:2.3:o:example:older_os": "example:older_os"}
    assert (
        rows(endoflife.read([feeds / FILE], held))["example:older_os", "7", "standard"]["ends"]
        == "2024-06-30"
    )


def test_new_builds_of_windows_and_prolonged_support_are_taken(feeds, little):
    known = {"product": "microsoft:windows_10", "branch": "22H2", "build": "10.0.19045"}
    held = little([branch(**known, ends="2025-10-14"), branch(**known, edition="esu", ends="2028-10-10")])

    found = rows(endoflife.read([feeds / FILE], held), "windows_builds")

    assert {
        ("microsoft:windows_11", "27H2", "pro"): ("10.0.29999", "2028-10-10"),
        ("microsoft:windows_11", "27H2", "ltsc"): ("10.0.29999", "2036-10-10"),
        ("microsoft:windows_10", "22H2", "esu"): ("10.0.19045", "2029-10-09"),
        ("microsoft:windows_server_2028", "RTM", "standard"): ("10.0.29990", "2036-10-14"),
        ("microsoft:windows_server_2028", "RTM", "esu"): ("10.0.29990", "2039-10-11"),
        ("microsoft:windows_server_sac", "26H2", "standard"): ("10.0.29991", "2028-10-02"),
    } == {key: (row["build"], row["ends"]) for key, row in found.items()}


def test_a_file_of_another_shape_is_refused(altered, little):
    with pytest.raises(DataError, match="generated_at"):
        endoflife.read([altered(FILE, "generated_at", "made_at")], little())
    with pytest.raises(DataError, match="is not a date"):
        endoflife.read([altered(FILE, "2022-06-30", "soon")], little([branch()]))
