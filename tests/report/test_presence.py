"""The strip and its table say the same days."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from scanner.report import svg
from scanner.report.presence import DAYS, spans, strip

TODAY = date(2026, 12, 3)


def test_days_that_follow_each_other_are_one_stretch():
    days = [date(2026, 11, 1), date(2026, 11, 2), date(2026, 11, 3), date(2026, 11, 9)]

    assert [(days[0], days[2]), (days[3], days[3])] == list(spans(days))
    assert list(spans([])) == []


def test_the_table_names_every_day_of_the_picture_and_older_ones_are_counted():
    days = (date(2025, 1, 1), date(2026, 10, 30), date(2026, 10, 31), date(2026, 11, 1), date(2026, 12, 3))

    found = strip(days, "intermittent", TODAY, name="one")

    assert (("2026-12", 1, "3"), ("2026-11", 1, "1"), ("2026-10", 2, "30 to 31")) == found.months
    assert found.before == 1
    assert "There on 4 days of the last 182" in found.about
    assert "2026-10-30 to 2026-11-01, 2026-12-03" in found.about
    assert svg.draw(found.picture).count('class="there"') == 2


def test_a_device_that_was_never_met_has_an_empty_strip():
    found = strip((), "silent", TODAY, name="one")

    assert ((), 0) == (found.months, found.before)
    assert "There on 0 days of the last 182: none; known, but did not answer" in found.about


def test_many_stretches_are_told_by_their_last():
    days = tuple(TODAY - timedelta(days=2 * at) for at in range(9, -1, -1))

    assert "4 earlier stretches, 2026-11-23" in strip(days, "seen", TODAY, name="one").about


@given(st.sets(st.integers(min_value=0, max_value=DAYS - 1)))
def test_the_table_counts_as_many_days_as_there_are(ago):
    days = sorted(TODAY - timedelta(days=one) for one in ago)

    assert len(days) == sum(count for _, count, _ in strip(days, "seen", TODAY, name="one").months)
