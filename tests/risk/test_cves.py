"""Known holes: exact where exact evidence is there, by the patch horizon where it is not, never more than it shows."""

from datetime import date

import msgspec
import pytest

from scanner.model.device import Claim
from scanner.model.kinds import Support
from scanner.model.knowledge import Confidence, Fix, Update
from scanner.model.observation import evidence_id
from scanner.risk import cves
from scanner.risk.exposure import MOST, OUTLIVED, Adversary, exposures, weaknesses
from scanner.risk.facts import facts_of
from scanner.risk.finding import Case
from scanner.risk.parameters import resolve

VALUES = resolve({})
SSH = {"service.product": "OpenSSH", "service.version": "7.4p1"}
DEBIAN = SSH | {"service.package": "7.4p1-10+deb9u5"}
ROUTER = {"os.product": "RouterOS", "os.version": "6.42"}


def device(make, said, *, field="ssh.banner", port="tcp/22", attributes=None, ports=("tcp/22",)):
    """A device that said this in one observation."""
    seen = make.seen(field, repr(said), port)
    facts = tuple(
        Claim(attr=attr, value=value, confidence=0.9, rule="r", seen=seen, evidence=evidence_id(seen))
        for attr, value in said.items()
    )
    return msgspec.structs.replace(make.device("d", "a", ports=ports, attributes=attributes), facts=facts)


def known(make, it, book, *, age=None, judged=()):
    case = Case(
        device=it, age=age or make.age(), facts=facts_of(it), fact=OUTLIVED, values=VALUES, now=make.now
    )
    return list(cves.known(case, book, frozenset(judged)))


def ssh(make, **more):
    return make.affected("CVE-2024-6387", "openbsd:openssh", start="7.0p1", below="9.8p1", **more)


def router(make, **more):
    return make.affected("CVE-2018-14847", "mikrotik:routeros", start="6.29", below="6.43", **more)


def test_firmware_in_an_affected_range_is_exact(make):
    book = make.book(ranges=[router(make)], listed=[make.listed("CVE-2018-14847")])

    (got,) = known(make, device(make, ROUTER), book)

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
    (got,) = known(make, device(make, SSH), make.book(ranges=[ssh(make)]))

    assert ("E3", 0.60) == (got.finding.grade, got.finding.present)
    assert "if a distribution built it, it may be mended without a change of the version" in got.because


def test_on_windows_no_distribution_mends_it(make):
    it = device(make, SSH, attributes={"os.family": "Windows", "os.build": "10.0.17763"})

    (got,) = known(make, it, make.book(ranges=[ssh(make)]))

    assert "E4" == got.finding.grade


def fixes(*rows):
    return [
        Fix(cve=cve, suite="stretch", fixed=fixed, day=date(2019, 3, 2), advisory="DSA-4387-2")
        for cve, fixed in rows
    ]


def test_a_fix_in_a_later_revision_is_missing_for_sure(make):
    book = make.book(mended=fixes(("CVE-2019-6111", "1:7.4p1-10+deb9u6")))

    (got,) = known(make, device(make, DEBIAN), book)

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

    (got,) = known(make, device(make, DEBIAN), book)

    assert ("CVE-2023-0001",) == got.fact.cves
    assert "1 other hole is patched in this revision, as stretch's advisories say" in got.because


def test_a_package_of_unknown_suite_stays_doubtful(make):
    it = device(make, SSH | {"service.package": "7.2p2-4ubuntu2.8"})

    (got,) = known(make, it, make.book(ranges=[ssh(make)]))

    assert "E3" == got.finding.grade
    assert (
        "its distribution may have mended these in 7.2p2-4ubuntu2.8 without changing the version",
    ) == got.because


def test_what_has_a_check_of_its_own_is_not_said_twice(make):
    book = make.book(ranges=[ssh(make)])

    assert [] == known(make, device(make, SSH), book, judged={"CVE-2024-6387"})


def test_a_version_outside_of_every_range_has_no_hole(make):
    book = make.book(ranges=[router(make)])

    assert [] == known(make, device(make, ROUTER | {"os.version": "6.43"}), book)


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
    found = known(
        make,
        device(make, ROUTER, attributes=attributes),
        make.book(ranges=[router(make, condition=condition)]),
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
    unchecked = router(make, confidence=Confidence.UNVERIFIED)

    (alone,) = known(make, device(make, ROUTER), make.book(ranges=[unchecked]))
    (beside,) = known(make, device(make, ROUTER), make.book(ranges=[router(make), unchecked]))

    assert ("E2", "E4") == (alone.finding.grade, beside.finding.grade)
    assert ("1 of them by a row of ours that nobody checked",) == alone.because
    assert () == beside.because


def test_what_its_maker_mends_in_place_is_never_exact(make):
    book = make.book(
        products={"RouterOS": "oracle:solaris"}, ranges=[make.affected("CVE-2020-14871", "oracle:solaris")]
    )

    (got,) = known(make, device(make, ROUTER), book)

    assert "E3" == got.finding.grade
    assert ("its maker's patches do not change the version that it shows",) == got.because


def test_a_kernels_holes_are_left_out(make):
    book = make.book(
        products={"RouterOS": "linux:linux_kernel"},
        ranges=[make.affected("CVE-2024-1086", "linux:linux_kernel")],
    )

    assert [] == known(make, device(make, ROUTER), book)


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

    (got,) = known(make, device(make, ROUTER), book)

    assert grade == got.finding.grade
    assert (grade == "E4") == (got.candidates[0].condition == "")


@pytest.mark.parametrize(
    ("readable", "automatable", "total", "condition", "tier"),
    [
        ("V", True, True, "", 2),
        ("V", False, True, "", 1),
        ("V", True, False, "", 0),
        ("V", True, True, "local", 0),
        ("B", False, True, "", 0),
        ("B", True, True, "", 1),
        ("L", False, True, "", 0),
        ("P", False, True, "", 1),
        ("", False, True, "", 1),
        (None, True, True, "", 1),
        (None, False, True, "", 0),
        (None, None, None, "", 0),
    ],
)
def test_the_tier_follows_from_how_it_is_used(make, readable, automatable, total, condition, tier):
    name = "CVE-2018-14847"
    book = make.book(
        ranges=[router(make, condition=condition)],
        listed=[] if readable is None else [make.listed(name, readable)],
        decided={}
        if automatable is None
        else {name: make.decision(name, automatable=automatable, total=total)},
    )

    (got,) = known(make, device(make, ROUTER), book)

    assert tier == got.fact.tier


def test_exploited_holes_come_first_then_sure_ones_then_likely_ones(make):
    names = [f"CVE-2020-000{number}" for number in range(5)]
    rows = [make.affected(name, "mikrotik:routeros", below="6.50") for name in names]
    rows[2] = make.affected(names[2], "mikrotik:routeros", below="6.50", condition="setup=odd")
    book = make.book(
        ranges=rows, listed=[make.listed(names[4])], likely={names[1]: 0.1, names[3]: 0.9, names[2]: 0.99}
    )

    (got,) = known(make, device(make, ROUTER), book)

    assert (names[4], names[3], names[1], names[0], names[2]) == got.fact.cves
    assert "RouterOS 6.42: 5 known holes, 1 exploited" == got.fact.name


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

    (old,) = known(make, windows(make, "10.0.17763.4851"), book)

    assert ("E4", 0.95) == (old.finding.grade, old.finding.present)
    assert ("update revision 4851 is older than the fixes",) == old.because
    assert [] == known(make, windows(make, "10.0.17763.4974"), book)


def test_without_a_revision_the_patch_horizon_says_how_likely_the_fix_is_missing(make):
    book = make.book(ranges=[fixed(make)], windows_updates=UPDATES)
    half = horizon(make, date(2023, 7, 2), date(2024, 1, 18))

    (got,) = known(make, windows(make, "10.0.17763"), book, age=half)

    assert "E2" == got.finding.grade
    assert "Windows 10.0.17763: 1 probable hole" == got.fact.name
    assert 0.5 == pytest.approx(got.finding.present)
    assert "ev-boot" in got.finding.evidence
    assert [] == known(
        make, windows(make, "10.0.17763"), book, age=horizon(make, date(2024, 1, 1), date(2024, 6, 1))
    )
    assert [] == known(make, windows(make, "10.0.17763"), book)


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
    assert day == cves.fixed_on(make.book(windows_updates=UPDATES), fixed(make, below=below))


def test_a_windows_that_nothing_can_reach_or_whose_build_is_no_build_has_none(make):
    book = make.book(ranges=[fixed(make)])

    assert [] == known(make, windows(make, "10.0.17763.1", ports=()), book)
    assert [] == known(make, windows(make, "10"), book)


# --- the end of support


def listed_windows(make, *years):
    return [
        make.listed(f"CVE-{year}-{number:04d}", "B", vendor="Microsoft")
        for number, year in enumerate(years, 1)
    ]


def sentence(make, build, age, listed):
    it = windows(make, build)
    case = Case(device=it, age=age, facts=facts_of(it), fact=OUTLIVED, values=VALUES, now=make.now)
    return cves.after_support(case, make.book(listed=listed))


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
    case = Case(device=router_, age=over, facts=facts_of(router_), fact=OUTLIVED, values=VALUES, now=make.now)

    assert () == sentence(make, "10.0.19045", make.age(), listed)
    assert () == sentence(make, "10.0.19045", make.age(Support.UNSUPPORTED), listed)
    assert () == cves.after_support(case, make.book(listed=listed))


# --- as exposures


def test_an_exposure_shows_its_holes_with_what_lists_say_and_a_deadline(make):
    name = "CVE-2018-14847"
    book = make.book(
        ranges=[router(make)],
        listed=[make.listed(name, ransomware=True)],
        decided={name: make.decision(name, automatable=True, total=True)},
        likely={name: 0.97},
    )

    (got,) = [
        one
        for one in exposures(device(make, ROUTER), make.age(), book, make.now, VALUES)
        if one.id.startswith("known:")
    ]

    (hole,) = got.holes
    assert (date(2022, 5, 1), True, 0.97, None, "active, automatable, total") == (
        hole.exploited,
        hole.ransomware,
        hole.epss,
        hole.cvss,
        hole.ssvc,
    )
    assert date(2022, 5, 4) == hole.deadline == got.deadline
    assert 0.95 * 0.5 == pytest.approx(got.probability)


def test_many_holes_are_capped_with_their_count(make):
    rows = [
        make.affected(f"CVE-2020-{number:04d}", "mikrotik:routeros", below="6.50") for number in range(30)
    ]

    (got,) = exposures(device(make, ROUTER), make.age(), make.book(ranges=rows), make.now, VALUES)

    assert "RouterOS 6.42: 30 known holes" == got.name
    assert MOST == len(got.holes) == len(got.cves)
    assert f"and {30 - MOST} more" == got.because[-1]


def test_a_dead_windows_says_its_sentence_beside_the_unknown_holes(make):
    over = make.age(Support.UNSUPPORTED, date(2020, 1, 14))
    book = make.book(listed=listed_windows(make, 2024))

    (got,) = weaknesses(windows(make, "6.1.7601"), over, book, make.now, VALUES)

    assert got.finding.unknown
    assert "1 exploited hole in Windows was numbered after 2020" in got.because[0]


def test_more_holes_never_make_a_product_less_likely_to_fall(make):
    rows = [router(make), make.affected("CVE-2020-1", "mikrotik:routeros", below="7", condition="setup=odd")]
    few, many = (
        known(make, device(make, ROUTER), make.book(ranges=ranges, listed=[make.listed("CVE-2018-14847")]))[0]
        for ranges in (rows[:1], rows)
    )

    def chance(one):
        (held,) = [
            weakness
            for weakness in weaknesses(
                device(make, ROUTER),
                make.age(),
                make.book(ranges=rows[: len(one.candidates)], listed=[make.listed("CVE-2018-14847")]),
                make.now,
                VALUES,
            )
            if weakness.fact.id == one.fact.id
        ]
        return held.chance(Adversary.ADAPTIVE, VALUES)

    assert chance(few) <= chance(many)
