"""What is exploited, how likely, and in which versions."""

from datetime import date

import pytest

from scanner.model.knowledge import Confidence


def test_a_line_of_the_catalogue_has_its_days_and_what_shows_from_outside(shipped):
    got = shipped.kev("CVE-2021-41773")

    assert ("Apache", date(2021, 11, 3), date(2021, 11, 17), True, "V") == (
        got.vendor,
        got.added,
        got.due,
        got.ransomware,
        got.readable,
    )
    assert shipped.kev("CVE-1999-9999") is None


def test_the_whole_catalogue_comes_by_cve(shipped):
    got = shipped.exploited()

    assert 1662 <= len(got)
    assert sorted(one.cve for one in got) == [one.cve for one in got]
    assert {"V", "B", "P", "L"} == {one.readable for one in got}


def test_likelihood_score_and_decision_points_stand_beside_it(shipped):
    epss = shipped.epss("CVE-2019-0708")
    assert 0.9 < epss.score <= 1
    assert date(2026, 8, 22) == epss.day
    assert 9.8 == shipped.cvss("CVE-2019-0708")
    decided = shipped.ssvc("CVE-2017-7494")
    assert decided is None or decided.exploitation in {"none", "poc", "active"}
    known = [found for one in shipped.exploited() if (found := shipped.ssvc(one.cve))]
    assert len(known) > 200
    assert {True, False} == {one.total for one in known}


@pytest.mark.parametrize("ask", ["epss", "cvss", "ssvc"])
def test_what_no_table_knows_is_none(ask, shipped):
    assert getattr(shipped, ask)("CVE-1999-9999") is None


@pytest.mark.parametrize(
    ("product", "version", "cve", "hit"),
    [
        ("apache:http_server", "2.4.49", "CVE-2021-41773", True),
        ("apache:http_server", "2.4.50", "CVE-2021-41773", False),
        ("apache:http_server", "2.4.59", "CVE-2024-38475", True),
        ("apache:http_server", "2.4.60", "CVE-2024-38475", False),
        ("openssl:openssl", "1.0.1e-fips", "CVE-2014-0160", True),
        ("openssl:openssl", "1.0.1g", "CVE-2014-0160", False),
        ("samba:samba", "3.6.6-Debian", "CVE-2017-7494", True),
        ("samba:samba", "4.4.14", "CVE-2017-7494", False),
        ("fortinet:fortios", "v6.0.4,build0231,190107 (GA)", "CVE-2018-13379", True),
        ("fortinet:fortios", "v6.0.5", "CVE-2018-13379", False),
        ("fortinet:fortios", "5.4.11", "CVE-2018-13379", True),
        ("microsoft:exchange_server", "15.1.2176.2", "CVE-2021-26855", True),
        ("microsoft:exchange_server", "15.1.2176.9", "CVE-2021-26855", False),
        ("microsoft:exchange_server", "15.1.2176.9", "CVE-2021-34473", True),
        # a cumulative update that came after the fix holds it
        ("microsoft:exchange_server", "15.1.2242.4", "CVE-2021-26855", False),
        ("microsoft:exchange_server", "15.0.847.32", "CVE-2021-26855", True),
        ("cisco:ios", "12.4(24)T4a", "CVE-2023-20109", True),
        ("cisco:ios", "12.4(24)T99", "CVE-2023-20109", False),
        ("microsoft:windows", "10.0.17763.1000", "CVE-2023-36424", True),
        ("microsoft:windows", "10.0.99999.1", "CVE-2023-36424", False),
        ("openbsd:openssh", "9.8", "CVE-2024-6387", False),
        ("openbsd:openssh", "garbage", "CVE-2024-6387", False),
    ],
)
def test_a_version_is_in_a_range_by_its_makers_order(product, version, cve, hit, shipped):
    assert hit == (cve in {one.cve for one in shipped.affected(product, version)})


def test_conditions_and_confidence_are_kept(shipped):
    by_cve = {one.cve: one for one in shipped.affected("php:php") if one.condition}

    assert "platform=windows" == by_cve["CVE-2024-4577"].condition
    assert Confidence.UNVERIFIED is by_cve["CVE-2024-4577"].confidence
    assert len(shipped.affected("php:php")) > len(shipped.affected("php:php", "8.3.8"))


@pytest.mark.parametrize(
    ("vendor", "product", "wants"),
    [
        ("Siemens", "SCALANCE X200 switch", True),
        ("Siemens Healthineers", "nothing that we know", False),
        ("Nobody", "SCALANCE", False),
        ("", "SCALANCE", False),
        ("Siemens", "series", False),
        ("Siemens", "FE Series", False),
        ("Rockwell Automation", "1747-L551/C SLC-5/05", False),
        ("Baxter", "SIGMA Spectrum Infusion System", True),
    ],
)
def test_advisories_are_found_by_maker_and_the_products_words(vendor, product, wants, shipped):
    got = shipped.advisories(vendor, product)

    assert wants == bool(got)
    assert [one.day for one in got] == sorted((one.day for one in got), reverse=True)
