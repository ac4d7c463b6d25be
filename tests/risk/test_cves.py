"""Known holes of programs: exact where exact evidence is there, doubtful where a distribution may have mended them."""

from datetime import date

import msgspec
import pytest

from scanner.identify.claims import claims
from scanner.knowledge.base import open_base
from scanner.model.knowledge import Confidence, Fix
from scanner.risk.parameters import resolve

VALUES = resolve({})
SSH = {"service.product": "OpenSSH", "service.version": "7.4p1"}
DEBIAN = SSH | {"service.package": "7.4p1-10+deb9u5"}
ROUTER = {"os.product": "RouterOS", "os.version": "6.42"}


def ssh(make, **more):
    return make.affected("CVE-2024-6387", "openbsd:openssh", start="7.0p1", below="9.8p1", **more)


def test_firmware_in_an_affected_range_is_exact(make):
    book = make.book(ranges=[make.router()], listed=[make.listed("CVE-2018-14847")])

    (got,) = make.holes(make.said(ROUTER), book)

    assert ("E4", 0.95, 1, True) == (
        got.finding.grade,
        got.finding.present,
        got.fact.tier,
        got.fact.in_kev,
    )
    assert "RouterOS 6.42: 1 known hole, 1 exploited" == got.fact.name
    assert ("known:mikrotik:routeros@6.42", "known-hole") == (got.fact.id, got.fact.gate)
    assert ("tcp/22",) == got.finding.ports
    assert () == got.because


def test_a_bare_upstream_version_may_be_mended_by_a_distribution(make):
    (got,) = make.holes(make.said(SSH), make.book(ranges=[ssh(make)]))

    assert ("E3", 0.60) == (got.finding.grade, got.finding.present)
    assert "if a distribution built it, it may be mended without a change of the version" in got.because


def test_on_windows_no_distribution_mends_it(make):
    it = make.said(SSH, attributes={"os.family": "Windows", "os.build": "10.0.17763"})

    (got,) = make.holes(it, make.book(ranges=[ssh(make)]))

    assert "E4" == got.finding.grade


def fixes(*rows):
    return [
        Fix(cve=cve, suite="stretch", fixed=fixed, day=date(2019, 3, 2), advisory="DSA-4387-2")
        for cve, fixed in rows
    ]


def test_a_fix_in_a_later_revision_is_missing_for_sure(make):
    book = make.book(mended=fixes(("CVE-2019-6111", "1:7.4p1-10+deb9u6")))

    (got,) = make.holes(make.said(DEBIAN), book)

    assert ("E4", ("CVE-2019-6111",)) == (got.finding.grade, got.fact.cves)
    assert (
        (
            "the package 7.4p1-10+deb9u5 lacks what stretch mended later, last in 1:7.4p1-10+deb9u6 on"
            " 2019-03-02 (DSA-4387-2)"
        ),
    ) == got.because


def test_what_the_revision_has_mended_is_not_claimed_whatever_the_version_says(make):
    book = make.book(
        ranges=[ssh(make), make.affected("CVE-2023-0001", "openbsd:openssh", below="9.0p1")],
        mended=fixes(("CVE-2024-6387", "1:7.4p1-10+deb9u5")),
    )

    (got,) = make.holes(make.said(DEBIAN), book)

    assert ("CVE-2023-0001",) == got.fact.cves
    assert "1 other hole is patched in this revision, as stretch's advisories say" in got.because


def test_a_package_of_unknown_suite_stays_doubtful(make):
    it = make.said(SSH | {"service.package": "7.2p2-4ubuntu2.8"})

    (got,) = make.holes(it, make.book(ranges=[ssh(make)]))

    assert "E3" == got.finding.grade
    assert (
        "its distribution may have mended these in 7.2p2-4ubuntu2.8 without changing the version",
    ) == got.because


def test_what_has_a_check_of_its_own_is_not_said_twice(make):
    book = make.book(ranges=[ssh(make)])

    assert [] == make.holes(make.said(SSH), book, judged={"CVE-2024-6387"})


def test_a_version_outside_of_every_range_has_no_hole(make):
    book = make.book(ranges=[make.router()])

    assert [] == make.holes(make.said(ROUTER | {"os.version": "6.43"}), book)


@pytest.mark.parametrize(
    ("condition", "attributes", "grade", "left"),
    [
        ("platform=linux", {"os.family": "Linux"}, "E4", ""),
        ("platform=windows", {"os.family": "Linux"}, None, None),
        ("platform=windows", {}, "E3", "platform=windows"),
        ("platform=maven", {"os.family": "Linux"}, "E3", "platform=maven"),
        ("port=22", {}, "E4", ""),
        ("port=8291", {}, "E3", "port=8291"),
        ("smbv1", {}, "E3", "smbv1"),
        ("setup=a writable share edition=home", {}, "E3", "setup=a writable share; edition=home"),
        ("local", {}, "E4", ""),
    ],
)
def test_a_condition_that_was_not_seen_costs_a_grade_and_one_that_fails_ends_it(
    make, condition, attributes, grade, left
):
    found = make.holes(
        make.said(ROUTER, attributes=attributes),
        make.book(ranges=[make.router(condition=condition)]),
    )

    if grade is None:
        assert [] == found
        return
    (got,) = found
    (candidate,) = got.candidates
    assert (grade, left) == (got.finding.grade, candidate.condition)
    assert candidate.present == pytest.approx(VALUES[f"present.{grade.lower()}"] * (0.5 if left else 1))
    assert bool(left) == ("some need a condition that was not seen" in got.because)


def test_a_row_that_nobody_checked_never_counts_as_more_than_e2(make):
    unchecked = make.router(confidence=Confidence.UNVERIFIED)

    (alone,) = make.holes(make.said(ROUTER), make.book(ranges=[unchecked]))
    (beside,) = make.holes(make.said(ROUTER), make.book(ranges=[make.router(), unchecked]))

    assert ("E2", "E4") == (alone.finding.grade, beside.finding.grade)
    assert ("1 of them by a row of ours that nobody checked",) == alone.because
    assert () == beside.because


def test_what_its_maker_mends_in_place_is_never_exact(make):
    book = make.book(
        products={"RouterOS": "oracle:solaris"}, ranges=[make.affected("CVE-2020-14871", "oracle:solaris")]
    )

    (got,) = make.holes(make.said(ROUTER), book)

    assert "E3" == got.finding.grade
    assert ("its maker's patches do not change the version that it shows",) == got.because


def test_a_kernels_holes_are_left_out(make):
    book = make.book(
        products={"RouterOS": "linux:linux_kernel"},
        ranges=[make.affected("CVE-2024-1086", "linux:linux_kernel")],
    )

    assert [] == make.holes(make.said(ROUTER), book)


@pytest.mark.parametrize(
    ("bounds", "grade"),
    [
        ({"below": "7"}, "E3"),
        ({"upto": "7.1"}, "E3"),
        ({}, "E4"),
        ({"below": "6.43"}, "E4"),
        ({"start": "5", "below": "7"}, "E4"),
    ],
)
def test_a_range_without_a_first_version_is_doubtful_for_another_generation(make, bounds, grade):
    book = make.book(ranges=[make.affected("CVE-2023-1", "mikrotik:routeros", **bounds)])

    (got,) = make.holes(make.said(ROUTER), book)

    assert grade == got.finding.grade
    assert (grade == "E4") == (got.candidates[0].condition == "")


# --- with the shipped tables and rules


@pytest.fixture(scope="module")
def shipped():
    return open_base()


@pytest.mark.parametrize(
    ("field", "value", "cve", "grade"),
    [
        ("ssh.banner", "OpenSSH_5.5p1 Debian-6", "CVE-2015-5600", "E4"),
        ("ssh.banner", "OpenSSH_7.4p1 Debian-10+deb9u5", "CVE-2019-6111", "E4"),
        ("ssh.banner", "OpenSSH_7.4p1 Debian-10+deb9u5", "CVE-2018-20685", None),
        ("ssh.banner", "OpenSSH_7.4p1 Debian-10+deb9u7", "CVE-2019-6111", None),
        ("http_header.server", "Apache/2.4.25 (Debian)", "CVE-2024-38475", "E3"),
        ("http_header.server", "Apache/2.4.60 (Unix)", "CVE-2024-38475", None),
        ("http_header.server", "nginx/1.18.0", "CVE-2023-44487", "E3"),
        ("http_header.server", "nginx/1.26.0", "CVE-2023-44487", None),
    ],
)
def test_a_banner_has_the_holes_that_the_shipped_tables_know(make, shipped, field, value, cve, grade):
    seen = make.seen(field, value, "tcp/22")
    facts = tuple(claims([seen], shipped))
    it = msgspec.structs.replace(make.device("d", "a", ports=("tcp/22",)), facts=facts)

    found = {one.cve: one.grade for held in make.holes(it, shipped) for one in held.candidates}

    assert grade == found.get(cve)
