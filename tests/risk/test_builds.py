"""Known holes of a Windows build: by its update revision, by its patch horizon, and since its support ended."""

from datetime import date

import msgspec
import pytest

from scanner.model.kinds import Support
from scanner.model.knowledge import Update
from scanner.risk import builds

# --- Windows


def windows(make, build, ports=("tcp/445",)):
    attributes = {"os.family": "Windows", "os.product": "Windows 10", "os.build": build}
    return make.device("pc", "a", ports=ports, attributes=attributes)


def fixed(make, cve="CVE-2023-36424", below="10.0.17763.4974"):
    return make.affected(cve, "microsoft:windows", start="10.0.17763", below=below)


UPDATES = [
    Update(build="10.0.17763", revision=revision, day=day, kb="KB1")
    for revision, day in ((4851, date(2023, 9, 12)), (4974, date(2023, 10, 10)), (5122, date(2023, 11, 14)))
]


def horizon(make, before, after):
    age = make.age()
    knots = ((before, 0.0), (after, 1.0))
    return msgspec.structs.replace(age, horizon=msgspec.structs.replace(age.horizon, knots=knots))


def test_an_update_revision_decides_exactly(make):
    book = make.book(ranges=[fixed(make)])

    (old,) = make.holes(windows(make, "10.0.17763.4851"), book)

    assert ("E4", 0.95) == (old.finding.grade, old.finding.present)
    assert ("update revision 4851 is older than the fixes",) == old.because
    assert [] == make.holes(windows(make, "10.0.17763.4974"), book)


def test_without_a_revision_the_patch_horizon_says_how_likely_the_fix_is_missing(make):
    book = make.book(ranges=[fixed(make)], windows_updates=UPDATES)
    half = horizon(make, date(2023, 7, 2), date(2024, 1, 18))

    (got,) = make.holes(windows(make, "10.0.17763"), book, age=half)

    assert "E2" == got.finding.grade
    assert "Windows 10.0.17763: 1 probable hole" == got.fact.name
    assert 0.5 == pytest.approx(got.finding.present)
    assert "ev-boot" in got.finding.evidence
    assert [] == make.holes(
        windows(make, "10.0.17763"), book, age=horizon(make, date(2024, 1, 1), date(2024, 6, 1))
    )
    assert [] == make.holes(windows(make, "10.0.17763"), book)


@pytest.mark.parametrize(
    ("below", "day"),
    [
        ("10.0.17763.4974", date(2023, 10, 10)),
        ("10.0.17763.4900", date(2023, 10, 10)),
        # no table of such updates: the first day of the CVE's year never overstates
        ("10.0.17763.9999", date(2023, 1, 1)),
        ("6.1.7601.26769", date(2023, 1, 1)),
        ("10.0.17763", None),
        (None, None),
    ],
)
def test_a_windows_fix_is_dated_by_its_revision(make, below, day):
    assert day == builds.fixed_on(make.book(windows_updates=UPDATES), fixed(make, below=below))


def test_a_windows_that_nothing_can_reach_or_whose_build_is_no_build_has_none(make):
    book = make.book(ranges=[fixed(make)])

    assert [] == make.holes(windows(make, "10.0.17763.1", ports=()), book)
    assert [] == make.holes(windows(make, "10"), book)


# --- the end of support


def listed_windows(make, *years):
    return [
        make.listed(f"CVE-{year}-{number:04d}", "B", vendor="Microsoft")
        for number, year in enumerate(years, 1)
    ]


def sentence(make, build, age, listed):
    it = windows(make, build)
    return builds.after_support(make.case(it, age), make.book(listed=listed))


def test_a_dead_windows_counts_what_was_exploited_after_its_end(make):
    over = make.age(Support.UNSUPPORTED, date(2020, 1, 14))
    listed = [
        *listed_windows(make, 2019, 2020, 2021, 2024),
        make.listed("CVE-2024-9", "V", vendor="Microsoft"),
    ]

    assert (
        (
            "2 exploited holes in Windows were numbered after 2020, when its support ended; which of them are in this"
            " version was not tested"
        ),
    ) == sentence(make, "6.1.7601", over, listed)
    assert () == sentence(make, "6.1.7601", over, listed_windows(make, 2019))


def test_a_living_windows_or_another_system_counts_nothing(make):
    listed = listed_windows(make, 2024)
    over = make.age(Support.UNSUPPORTED, date(2020, 1, 14))
    router_ = make.device("r", "a", ports=("tcp/22",), attributes={"os.family": "Linux"})

    assert () == sentence(make, "10.0.19045", make.age(), listed)
    assert () == sentence(make, "10.0.19045", make.age(Support.UNSUPPORTED), listed)
    assert () == builds.after_support(make.case(router_, over), make.book(listed=listed))
