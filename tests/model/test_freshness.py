"""Every table has an age that it may have, with a reason, or is said not to grow old."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.knowledge.tables import TABLES
from scanner.model import freshness
from scanner.model.knowledge import DataSource

TODAY = date(2026, 11, 23)


def source(name, days):
    return DataSource(name=name, rows=1, dated=TODAY - timedelta(days=days), source="x", licence="x")


@pytest.mark.parametrize("table", sorted(TABLES))
def test_every_table_has_a_limit_or_lasts(table):
    assert (table in freshness.LIMITS) != (table in freshness.LASTING)


def test_what_changes_daily_may_be_a_month_old():
    assert {30} == {freshness.limit(name).days for name in ("kev", "epss")}
    assert all(one.why for one in freshness.LIMITS.values())


def test_the_last_day_still_counts():
    assert [False, True] == [freshness.over(source("kev", days), TODAY) for days in (30, 31)]
    assert not freshness.over(source("names", 99999), TODAY)
    assert [False, True] == [
        freshness.over(source("a table of another day", days), TODAY) for days in (365, 366)
    ]


def test_the_old_ones_are_named():
    old = source("kev", 31)

    assert {"kev": old} == freshness.late([old, source("epss", 30), source("names", 999)], TODAY)


def test_a_verdict_says_how_old_a_table_is_and_may_be():
    assert freshness.why(source("kev", 100), TODAY) == (
        "one grade lower: the table kev is 100 days old, and 30 are the most it may be"
    )
    assert "and 365 are" in freshness.why(source("a table of another day", 400), TODAY)


@given(st.sampled_from(["E4", "E3", "E2", "E1", "E0", "A", "B", "C", "D", "other"]), st.booleans())
def test_a_grade_goes_down_by_one_at_most_and_only_for_what_it_leans_on(grade, leans):
    after = freshness.lowered(grade, ["kev"], ["kev"] if leans else ["epss"])

    assert grade == after or (leans and after == freshness._DOWN[grade])
    assert after in {grade, *freshness._DOWN.values()}
