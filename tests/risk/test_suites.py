"""A distribution's revision against its suite's advisories."""

from datetime import date

import pytest

from scanner.model.knowledge import Fix
from scanner.risk.suites import told

MENDED = tuple(
    Fix(cve=cve, suite=suite, fixed=fixed, day=day, advisory="DSA-1")
    for cve, suite, fixed, day in (
        ("CVE-2018-15473", "stretch", "1:7.4p1-10+deb9u4", date(2018, 8, 22)),
        ("CVE-2018-20685", "stretch", "1:7.4p1-10+deb9u5", date(2019, 2, 9)),
        ("CVE-2019-6111", "stretch", "1:7.4p1-10+deb9u5", date(2019, 2, 9)),
        ("CVE-2019-6111", "stretch", "1:7.4p1-10+deb9u6", date(2019, 3, 2)),
        ("CVE-2016-0777", "jessie", "1:6.7p1-5+deb8u1", date(2016, 1, 14)),
        ("CVE-2011-5000", "squeeze", "1:5.5p1-6+squeeze8", date(2012, 1, 1)),
    )
)


@pytest.mark.parametrize(
    ("revision", "suite", "missing", "patched"),
    [
        ("7.4p1-10+deb9u3", "stretch", {"CVE-2018-15473", "CVE-2018-20685", "CVE-2019-6111"}, set()),
        ("7.4p1-10+deb9u5", "stretch", {"CVE-2019-6111"}, {"CVE-2018-15473", "CVE-2018-20685"}),
        ("1:7.4p1-10+deb9u7", "stretch", set(), {"CVE-2018-15473", "CVE-2018-20685", "CVE-2019-6111"}),
        # the first revision of a release has no suffix: it is the one that the security updates add to
        ("7.4p1-10", "stretch", {"CVE-2018-15473", "CVE-2018-20685", "CVE-2019-6111"}, set()),
        ("7.4p1-10+deb9u5+b1", "stretch", {"CVE-2019-6111"}, {"CVE-2018-15473", "CVE-2018-20685"}),
        ("5.5p1-6+squeeze7", "squeeze", {"CVE-2011-5000"}, set()),
        # as the archive had it
        ("6.7p1-5", "jessie", {"CVE-2016-0777"}, set()),
    ],
)
def test_later_fixes_are_missing_and_earlier_ones_are_in(make, revision, suite, missing, patched):
    book = make.book(mended=MENDED, suites={"6.7p1-5": "jessie"})

    got = told(book, "openssh", revision)

    assert (suite, missing, patched) == (got.suite, {one.cve for one in got.missing}, set(got.patched))


@pytest.mark.parametrize(
    "revision",
    ["7.2p2-4ubuntu2.8", "9.9p9-1", "7.4p1-10+deb99u1", "7.9p1-1+deb8u1", "7.4p1-10+deb9u5A~4.2.0", "x", ""],
)
def test_a_suite_without_advisories_tells_nothing(make, revision):
    book = make.book(mended=[one for one in MENDED if one.suite != "jessie"])

    got = told(book, "openssh", revision)

    assert (None, (), frozenset()) == (got.suite, got.missing, got.patched)


def test_an_unstable_upload_is_of_no_suite(make):
    book = make.book(mended=MENDED, suites={"7.5p1-1": "unstable"})

    assert told(book, "openssh", "7.5p1-1").suite is None


def test_a_repacked_source_is_the_same_version(make):
    fix = Fix(
        cve="CVE-2015-5477",
        suite="jessie",
        fixed="1:9.9.5.dfsg-9+deb8u2",
        day=date(2015, 7, 28),
        advisory="DSA-3319",
    )
    book = make.book(mended=[fix])

    assert (fix,) == told(book, "openssh", "9.9.5-9+deb8u1").missing
    assert () == told(book, "openssh", "9.9.5-9+deb8u7").missing
