"""Readers of feeds see what ships as its tables have it, and what was read before them."""

from datetime import date

import pytest

from scanner.knowledge.base import shipped
from scanner.knowledge.tables import TABLES
from scanner.knowledge.updater.held import facts


@pytest.fixture(scope="module")
def known():
    with facts(shipped()) as held:
        yield held


def test_rows_come_back_as_the_table_has_them(known):
    row = next(row for row in known.branches("apache:http_server"))

    assert row["product"] == "apache:http_server"
    assert row["open_ended"] in {"yes", "no"}
    assert not row["ends"] or date.fromisoformat(row["ends"])
    assert {column.name for column in TABLES["branches"].stored} == set(row)


def test_windows_rows_are_found_by_build_and_by_branch(known):
    by_build = known.windows("10.0.19045")
    assert {"windows_builds"} == {table for table, _ in by_build}
    assert by_build == known.lives("microsoft:windows_10", "22H2")


def test_versions_and_revisions_have_their_days(known):
    assert known.released("openbsd:openssh")["7.4p1"] == date(2016, 12, 19)
    assert known.revision("no such", "1") is None
    assert date.fromisoformat(known.revision("openssh", "1:7.4p1-10+deb9u6"))


def test_code_names_and_packages(known):
    assert ("jammy", "99.99") == (known.series("22.04"), known.series("99.99"))
    assert "openssh" in known.packages()


def test_every_named_cve_is_held_and_those_just_read_too(known):
    assert {"CVE-2017-0144", "CVE-2023-46604"} <= known.cves()
    assert "CVE-2099-55555" not in known.cves()
    known.add(
        {
            "kev": [{"cve": "CVE-2099-55555"}],
            "fixes": [{"cves": "CVE-2099-55556 CVE-2099-55557"}],
            "oui": [{}],
        }
    )
    assert {"CVE-2099-55555", "CVE-2099-55556", "CVE-2099-55557"} <= known.cves()


def test_sizes_and_sources(known):
    assert known.count("kev") > 1000
    assert "CISA" in known.source("kev")[0]
