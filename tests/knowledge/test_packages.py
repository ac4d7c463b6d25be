"""What distributions and Windows published when, and what it fixed."""

from datetime import date

import pytest


@pytest.mark.parametrize(
    ("version", "suite", "day", "following"),
    [
        # own suite: the next upload to stretch
        ("7.4p1-10+deb9u5", None, date(2019, 2, 9), "1:7.4p1-10+deb9u6"),
        ("1:7.4p1-10+deb9u5", None, date(2019, 2, 9), "1:7.4p1-10+deb9u6"),
        # uploaded to unstable, and what stretch was released with
        ("7.4p1-10", "stretch", date(2017, 3, 30), "1:7.4p1-10+deb9u4"),
    ],
)
def test_a_revision_has_its_day_and_the_next_of_its_suite(version, suite, day, following, shipped):
    got = shipped.package("openssh", version, suite)

    assert (day, following, "stretch") == (got.day, got.following, got.suite)
    assert got.next_day > got.day


def test_a_banner_that_leaves_out_the_mark_of_a_repacked_source_is_found(shipped):
    got = shipped.package("bind9", "9.9.5-9+deb8u6")

    assert ("1:9.9.5.dfsg-9+deb8u6", "jessie") == (got.version, got.suite)


def test_in_unstable_the_next_upload_counts(shipped):
    got = shipped.package("openssh", "7.4p1-10")

    assert "unstable" == got.suite
    assert got.following == "1:7.4p1-11"


def test_the_last_revision_has_no_next_one_and_an_unknown_one_no_answer(shipped):
    last = shipped.package("apache2", "2.2.22-13+deb7u13")

    assert (None, None) == (last.following, last.next_day)
    assert shipped.package("openssh", "0-0") is None
    assert shipped.package("no-such-package", "1.0-1") is None


def test_a_suite_says_which_revision_fixed_which_cve(shipped):
    fixed = {(one.suite, one.fixed): one for one in shipped.fixes("openssl") if one.cve == "CVE-2014-0160"}

    heartbleed = fixed["wheezy", "1.0.1e-2+deb7u5"]
    assert (date(2014, 4, 7), "DSA-2896-1") == (heartbleed.day, heartbleed.advisory)
    days = [one.day for one in shipped.fixes("openssl")]
    assert sorted(days) == days
    assert () == shipped.fixes("no-such-package")


def test_a_program_has_its_source_package(shipped):
    assert "proftpd-dfsg" == shipped.source_package("proftpd:proftpd")
    assert shipped.source_package("mikrotik:routeros") is None


def test_a_distribution_is_known_by_code_name_and_number(shipped):
    assert ("debian", "stretch") == (shipped.distro("9").distro, shipped.distro("9").series)
    assert shipped.distro("jammy") == shipped.distro("22.04")
    assert date(2022, 4, 21) == shipped.distro("jammy").released
    assert shipped.distro("nobody") is None


def test_a_windows_build_has_its_updates_in_order(shipped):
    got = shipped.updates("10.0.14393.2608")

    assert [one.revision for one in got] == sorted(one.revision for one in got)
    found = next(one for one in got if one.revision == 2608)
    assert ("10.0.14393", date(2018, 11, 13), "KB4467691") == (found.build, found.day, found.kb)
    assert () == shipped.updates("6.1.7601")
