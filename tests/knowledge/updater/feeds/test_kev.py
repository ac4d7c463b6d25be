"""The KEV catalogue is read in CISA's own format, and refused when it is not whole."""

import pytest

from scanner.errors import DataError
from scanner.knowledge.updater.feeds import kev


def test_each_entry_becomes_a_row_with_its_days_and_ransomware_use(feeds, held, day):
    found = kev.read([feeds / "known_exploited_vulnerabilities.json"], held)

    rows = {row["cve"]: row for row in found.tables["kev"]}
    assert (day("2026-11-20"), 3) == (found.dated, found.rows)
    assert ("2022-02-10", "2022-08-10", "yes") == tuple(
        rows["CVE-2017-0144"][name] for name in ("added", "due", "ransomware")
    )
    assert ("no", "no") == (rows["CVE-2099-10001"]["ransomware"], rows["CVE-2099-10002"]["ransomware"])


def test_control_characters_in_names_do_not_reach_a_table(feeds, held):
    found = kev.read([feeds / "known_exploited_vulnerabilities.json"], held)
    row = next(row for row in found.tables["kev"] if row["cve"] == "CVE-2099-10001")

    assert ("Example Works", "Gate way") == (row["vendor"], row["product"])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"count": 3', '"count": 4', "says that it holds 4 entries, but there are 3"),
        ("CVE-2099-10001", "CVE-99-1", "not shaped as the feed is"),
        ('"dateAdded": "2026-11-19"', '"dateAdded": "19.11.2026"', r"vulnerabilities\[1\].dateAdded"),
        ('"vendorProject"', '"vendor"', "vendorProject"),
        ('"dateReleased": "2026-11-20', '"dateReleased": "someday', "is not a date"),
        ("}\n  ]\n}", "}\n", "not whole JSON"),
    ],
)
def test_a_catalogue_that_is_not_whole_is_refused_with_the_place(altered, held, old, new, said):
    path = altered("known_exploited_vulnerabilities.json", old, new)

    with pytest.raises(DataError, match=said):
        kev.read([path], held)
