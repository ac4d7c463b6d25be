"""Ubuntu's notices are read from OSV documents; what is not a plain archive of a release is left out."""

import pytest

from scanner.errors import DataError
from scanner.knowledge.updater.feeds import ubuntu


def test_each_fixed_revision_of_a_package_we_read_becomes_a_row(feeds, held, day):
    found = ubuntu.read([feeds / "usn"], held)

    assert {
        ("openssh", "1:8.9p1-3ubuntu0.99", "jammy"),
        ("openssh", "1:7.6p1-4ubuntu0.9+esm9", "18.04"),
    } == {(row["package"], row["fixed"], row["suite"]) for row in found.tables["ubuntu_fixes"]}
    assert {("2026-10-02", "USN-9000-1", "CVE-2099-10001 CVE-2099-10003")} == {
        (row["day"], row["advisory"], row["cves"]) for row in found.tables["ubuntu_fixes"]
    }
    assert len(found.tables["ubuntu_revisions"]) == 2
    assert (day("2026-10-03"), 1) == (found.dated, found.rows)


def test_its_licence_and_its_attribution_are_said():
    assert "CC BY-SA 4.0" in ubuntu.FEED.licence
    assert "Canonical" in ubuntu.FEED.notice


def test_a_folder_without_notices_is_refused(feeds, held):
    with pytest.raises(DataError, match="no notice named USN"):
        ubuntu.read([feeds / "csaf"], held)
