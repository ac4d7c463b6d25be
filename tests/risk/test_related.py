"""Advisories that name a device's maker and product."""

from datetime import date

import msgspec

from scanner.model.knowledge import Advisory
from scanner.risk.related import CVES, MOST, related

PUMP = {"hw.vendor": "Baxter", "hw.product": "SIGMA Spectrum"}


def advisory(number, cves=("CVE-2020-12040",)):
    return Advisory(
        id=f"ICSMA-20-{number:03d}-01",
        day=date(2020, 6, 18),
        vendor="Baxter",
        product="Sigma Spectrum",
        version="all",
        cves=tuple(cves),
        cvss=9.8,
    )


def test_an_advisory_of_the_same_maker_and_product_is_related_and_not_confirmed(make):
    book = make.book(warned={("Baxter", "SIGMA Spectrum"): [advisory(170), advisory(170)]})
    device = make.said(PUMP)

    (got,) = related(device, book)

    assert ("1 advisory names Baxter SIGMA Spectrum", 0.0, "E1") == (got.name, got.probability, got.grade)
    assert ("CVE-2020-12040",) == got.cves
    assert (device.facts[0].evidence,) == got.evidence
    assert "its version was not compared: ICSMA-20-170-01 of 2020-06-18" in got.because[0]


def test_many_advisories_are_counted_and_few_named(make):
    many = [advisory(number, [f"CVE-2020-{number:04d}"]) for number in range(20)]

    (got,) = related(make.said(PUMP), make.book(warned={("Baxter", "SIGMA Spectrum"): many}))

    assert "20 advisories name Baxter SIGMA Spectrum" == got.name
    assert CVES == len(got.cves)
    assert MOST == got.because[0].count("ICSMA")
    assert "..." in got.because[0]


def test_a_maker_that_stands_in_the_products_name_is_said_once(make):
    said = {"hw.vendor": "Digi", "hw.model": "Digi WR21"}

    (got,) = related(make.said(said), make.book(warned={("Digi", "Digi WR21"): [advisory(1)]}))

    assert "1 advisory names Digi WR21" == got.name


def test_a_maker_alone_a_product_alone_or_one_that_nobody_names_is_not_related(make):
    book = make.book(warned={("Baxter", "SIGMA Spectrum"): [advisory(1)]})

    for said in (
        {"hw.vendor": "Baxter"},
        {"hw.product": "SIGMA Spectrum"},
        {"hw.vendor": "Acme", "hw.product": "Pump"},
        {"host.name": "Baxter"},
    ):
        assert () == related(make.said(said), book)


def test_a_device_of_many_names_shows_the_most_warned_of(make):
    warned = {
        (vendor, "X"): [advisory(number) for number in range(count)]
        for vendor, count in (("A", 1), ("B", 3), ("C", 2), ("D", 1))
    }
    facts = [
        fact for vendor, _ in warned for fact in make.said({"hw.vendor": vendor, "hw.product": "X"}).facts
    ]
    device = msgspec.structs.replace(make.said({}), facts=tuple(facts))

    got = related(device, make.book(warned=warned))

    assert ["3 advisories name B X", "2 advisories name C X", "1 advisory names A X"] == [
        one.name for one in got
    ]


def test_what_is_only_related_never_moves_a_score(make):
    device, age, kept = make.plain("pump", "a")
    device = msgspec.structs.replace(device, facts=make.said(PUMP).facts)
    quiet = make.judge([(device, age, kept)], make.scope("a"))
    make.known = make.book(warned={("Baxter", "SIGMA Spectrum"): [advisory(1)]})
    try:
        warned = make.judge([(device, age, kept)], make.scope("a"))
    finally:
        del make.known

    assert quiet.devices[device.id].risk == warned.devices[device.id].risk
    assert ["advisories:Baxter:SIGMA Spectrum"] == [one.id for one in warned.devices[device.id].exposures]
