"""The advisory lists of the Debian security team date fixed revisions and say which CVEs each fixes."""

import pytest

from scanner.errors import DataError
from scanner.knowledge.updater.feeds import debian


def test_each_fixed_revision_has_its_first_day_and_its_cves(feeds, held, day):
    found = debian.read([feeds / "dsa.list", feeds / "dla.list"], held)

    both = "CVE-2099-10001 CVE-2099-10003"
    assert {
        ("2026-11-20", "DSA-9999-1", "openssh", "bookworm", "1:9.2p1-2+deb12u9", both),
        ("2026-11-20", "DSA-9999-1", "openssh", "trixie", "1:10.0p1-7+deb13u1", both),
        ("2026-01-01", "DSA-9000-1", "openssh", "trixie", "1:10.0p1-7+deb13u1", ""),
        ("2026-10-05", "DLA-9998-1", "bind9", "bullseye", "1:9.16.50-1~deb11u9", "CVE-2099-10004"),
    } == {tuple(row.values()) for row in found.tables["fixes"]}
    assert {("1:10.0p1-7+deb13u1", "2026-01-01"), ("1:9.16.50-1~deb11u9", "2026-10-05")} == {
        (row["revision"], row["day"]) for row in found.tables["debian_revisions"]
    }, "the first day of each, and none that we have an earlier day for"
    assert (day("2026-11-20"), 5) == (found.dated, found.rows)
    assert ("1 fixes of packages that no banner names",) == found.left_out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("something else\n", ":1: want .day. DSA-number"),
        ("[31 Feb 2026] DSA-1-1 x - y\n", "'31 Feb 2026' is not a day"),
        ("[01 Mrz 2026] DSA-1-1 x - y\n", "'01 Mrz 2026' is not a day"),
        ("\tNOTE: only a note\n", "no advisory in it"),
    ],
)
def test_a_list_in_another_form_is_refused(tmp_path, held, text, said):
    (tmp_path / "dsa.list").write_text(text)
    with pytest.raises(DataError, match=said):
        debian.read([tmp_path / "dsa.list"], held)
