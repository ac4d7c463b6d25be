"""endoflife.date's full file becomes branches of products that we hold, and never stands over better evidence."""

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


def rows(found):
    return {(row["product"], row["branch"], row["edition"]): row for row in found.tables["branches"]}


def test_a_branch_gets_one_row_for_each_contract(feeds, held, day):
    found = endoflife.read([feeds / FILE], held)

    made = rows(found)
    assert {
        ("example:server", "3", "standard"): ("", "yes"),
        ("example:server", "2", "standard"): ("2026-10-31", "no"),
        ("example:server", "2", "extended"): ("2028-10-31", "no"),
        ("example:server", "1", "standard"): ("2022-06-30", "no"),
        ("example:older_os", "7", "standard"): ("2024-06-30", "no"),
    } == {key: (row["ends"], row["open_ended"]) for key, row in made.items()}
    assert (day("2026-11-21"), 3) == (found.dated, found.rows)
    assert "1 products that no table of ours names" in found.left_out
    assert {"endoflife.date 2026-11-21"} == {row["source"] for row in found.tables["branches"]}


def test_the_paid_contract_is_called_as_we_call_it(feeds, little):
    found = endoflife.read([feeds / FILE], little([branch(edition="esm"), branch(edition="distro")]))

    assert ("example:server", "2", "esm") in rows(found)


@pytest.mark.parametrize(
    ("source", "confidence", "replaced"),
    [
        ("endoflife.date 2026-08-22", "high", True),
        ("from memory 2026-11, not verified", "unverified", True),
        ("Microsoft lifecycle by hand", "high", False),
        ("distro-info-data 2026-08", "high", False),
    ],
)
def test_a_date_from_the_makers_own_page_stands(feeds, little, source, confidence, replaced):
    before = branch(source=source, confidence=confidence, aliases="one")

    found = endoflife.read([feeds / FILE], little([before]))

    assert replaced == (("example:server", "1", "standard") in rows(found))
    if replaced:
        assert rows(found)["example:server", "1", "standard"]["aliases"] == "one"


def test_a_file_of_another_shape_is_refused(altered, held):
    with pytest.raises(DataError, match="generated_at"):
        endoflife.read([altered(FILE, "generated_at", "made_at")], held)
    with pytest.raises(DataError, match="is not a date"):
        endoflife.read([altered(FILE, "2022-06-30", "soon")], held)
