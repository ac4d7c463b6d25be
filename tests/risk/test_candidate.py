"""The CVEs of one product in one version as one weakness, and how it is shown."""

from datetime import date

import pytest

from scanner.model.kinds import Support
from scanner.risk.exposure import MOST, Adversary, exposures, weaknesses
from scanner.risk.parameters import resolve

VALUES = resolve({})
SSH = {"service.product": "OpenSSH", "service.version": "7.4p1"}
DEBIAN = SSH | {"service.package": "7.4p1-10+deb9u5"}
ROUTER = {"os.product": "RouterOS", "os.version": "6.42"}


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
        ranges=[make.router(condition=condition)],
        listed=[] if readable is None else [make.listed(name, readable)],
        decided={}
        if automatable is None
        else {name: make.decision(name, automatable=automatable, total=total)},
    )

    (got,) = make.holes(make.said(ROUTER), book)

    assert tier == got.fact.tier


def test_exploited_holes_come_first_then_sure_ones_then_likely_ones(make):
    names = [f"CVE-2020-000{number}" for number in range(5)]
    rows = [make.affected(name, "mikrotik:routeros", below="6.50") for name in names]
    rows[2] = make.affected(names[2], "mikrotik:routeros", below="6.50", condition="setup=odd")
    book = make.book(
        ranges=rows, listed=[make.listed(names[4])], likely={names[1]: 0.1, names[3]: 0.9, names[2]: 0.99}
    )

    (got,) = make.holes(make.said(ROUTER), book)

    assert (names[4], names[3], names[1], names[0], names[2]) == got.fact.cves
    assert "RouterOS 6.42: 5 known holes, 1 exploited" == got.fact.name


# --- as exposures


def test_an_exposure_shows_its_holes_with_what_lists_say_and_a_deadline(make):
    name = "CVE-2018-14847"
    book = make.book(
        ranges=[make.router()],
        listed=[make.listed(name, ransomware=True)],
        decided={name: make.decision(name, automatable=True, total=True)},
        likely={name: 0.97},
    )

    (got,) = [
        one
        for one in exposures(make.said(ROUTER), make.age(), book, make.now, VALUES)
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

    (got,) = exposures(make.said(ROUTER), make.age(), make.book(ranges=rows), make.now, VALUES)

    assert "RouterOS 6.42: 30 known holes" == got.name
    assert MOST == len(got.holes) == len(got.cves)
    assert f"and {30 - MOST} more" == got.because[-1]


def test_a_dead_windows_says_its_sentence_beside_the_unknown_holes(make):
    over = make.age(Support.UNSUPPORTED, date(2020, 1, 14))
    book = make.book(listed=listed_windows(make, 2024))

    it = make.device(
        "pc", "a", ports=("tcp/445",), attributes={"os.family": "Windows", "os.build": "6.1.7601"}
    )

    (got,) = weaknesses(it, over, book, make.now, VALUES)

    assert got.finding.unknown
    assert "1 exploited hole in Windows was numbered after 2020" in got.because[0]


def test_more_holes_never_make_a_product_less_likely_to_fall(make):
    rows = [make.router(), make.affected("CVE-2020-1", "mikrotik:routeros", below="7", condition="setup=odd")]
    few, many = (
        make.holes(make.said(ROUTER), make.book(ranges=ranges, listed=[make.listed("CVE-2018-14847")]))[0]
        for ranges in (rows[:1], rows)
    )

    def chance(one):
        (held,) = [
            weakness
            for weakness in weaknesses(
                make.said(ROUTER),
                make.age(),
                make.book(ranges=rows[: len(one.candidates)], listed=[make.listed("CVE-2018-14847")]),
                make.now,
                VALUES,
            )
            if weakness.fact.id == one.fact.id
        ]
        return held.chance(Adversary.ADAPTIVE, VALUES)

    assert chance(few) <= chance(many)


def listed_windows(make, *years):
    return [
        make.listed(f"CVE-{year}-{number:04d}", "B", vendor="Microsoft")
        for number, year in enumerate(years, 1)
    ]
