"""A verdict that leans on facts older than they may be counts for less, and says why."""

from datetime import date, timedelta

import pytest

from scanner.model.kinds import Band
from scanner.model.knowledge import DataSource
from scanner.model.verdict import DeviceRisk, Exposure, Hole, Interval, Risk
from scanner.risk.stale import lowered

TODAY = date(2026, 11, 23)


def source(name, days):
    return DataSource(name=name, rows=1, dated=TODAY - timedelta(days=days), source="x", licence="x")


def verdict(gate, grade="E4"):
    hole = Hole(
        cve="CVE-2099-10001", grade=grade, exploited=None, ransomware=False, epss=None, cvss=None, ssvc="",
        condition="", deadline=None,
    )  # fmt: skip
    exposure = Exposure(
        id="x",
        name="X",
        gate=gate,
        cves=(),
        probability=0.5,
        grade=grade,
        evidence=(),
        remedy="x",
        holes=(hole,),
    )
    risk = Risk(
        score=50, interval=Interval(lo=1, hi=2), band=Band.HIGH, grade="A", compromised=0.5, blast=1.0, critical=0.0,
        fix_value=1.0, top_ten=0.0, by_adversary={}, why=(),
    )  # fmt: skip
    return DeviceRisk(device="d", exposures=(exposure,), risk=risk)


@pytest.mark.parametrize(
    ("gate", "table", "days", "grades"),
    [
        ("known-hole", "kev", 30, "E4 A"),
        ("known-hole", "kev", 31, "E3 B"),
        ("known-hole", "affected", 91, "E3 B"),
        ("known-hole", "branches", 9999, "E4 A"),
        ("unknown-hole", "branches", 181, "E3 B"),
        ("unknown-hole", "kev", 9999, "E4 A"),
        ("smb-rce", "exposures", 366, "E3 B"),
        ("smb-rce", "kev", 9999, "E4 A"),
    ],
)
def test_only_a_table_that_a_verdict_leans_on_lowers_its_grade(gate, table, days, grades):
    one = lowered(verdict(gate), [source(table, days), source("names", 9999)], TODAY)

    (exposure,) = one.exposures
    assert grades == f"{exposure.grade} {one.risk.grade}"
    assert exposure.grade == exposure.holes[0].grade
    assert bool(exposure.because) == (grades != "E4 A")


def test_the_reason_names_the_table_its_age_and_its_limit():
    (exposure,) = lowered(verdict("known-hole"), [source("kev", 100)], TODAY).exposures
    assert (
        "one grade lower: the table kev is 100 days old, and 30 are the most it may be",
    ) == exposure.because


def test_two_old_tables_lower_it_once_and_no_score_changes():
    before = verdict("known-hole")
    after = lowered(before, [source("kev", 100), source("affected", 100)], TODAY)

    assert after.exposures[0].grade == "E3"
    assert len(after.exposures[0].because) == 2
    assert (before.risk.score, before.exposures[0].probability) == (
        after.risk.score,
        after.exposures[0].probability,
    )
