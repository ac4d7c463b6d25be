"""EPSS is read as FIRST packs it; scores of CVEs that nobody names are not kept."""

import gzip

import pytest

from scanner.errors import DataError
from scanner.knowledge.updater.feeds import epss


@pytest.mark.parametrize("packed", [True, False])
def test_only_scores_of_cves_that_we_hold_are_kept(feeds, held, tmp_path, day, packed):
    data = (feeds / "epss_scores.csv").read_bytes()
    path = tmp_path / "epss_scores-current.csv.gz"
    path.write_bytes(gzip.compress(data) if packed else data)

    found = epss.read([path], held)

    assert [
        ("CVE-2017-0144", "0.94321", "0.99951", "2026-11-21"),
        ("CVE-2099-10001", "0.00043", "0.10231", "2026-11-21"),
    ] == [tuple(row.values())[:4] for row in found.tables["epss"]]
    assert (day("2026-11-21"), 3) == (found.dated, found.rows)
    assert ("1 scores of CVEs that no table of ours names",) == found.left_out


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("#model_version", "#model", ":1: want #model_version"),
        ("cve,epss,percentile", "cve,percentile,epss", ":2: want the columns"),
        ("0.94321", "94.321", ":3: want a CVE and two numbers"),
        ("0.00043,0.10231", "0.00043", ":4: want a CVE"),
        ("0.00011", "nan", ":5: want a CVE"),
        ("CVE-2099-99999", "GHSA-1", ":5: want a CVE"),
    ],
)
def test_wrong_columns_and_numbers_are_refused_with_their_line(altered, held, old, new, said):
    with pytest.raises(DataError, match=said):
        epss.read([altered("epss_scores.csv", old, new)], held)
