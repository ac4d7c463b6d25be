"""The arithmetic of the horizon: intervals, tails, starts, conflicts and the passing of time."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.age.estimate import START, Row, Shape, believe, month
from scanner.age.habits import HABITS
from scanner.model.kinds import Kind

TODAY = date(2026, 11, 23)
OFFICE = HABITS[Kind.WORKSTATION]


def row(since=None, until=None, *, delta=12.0, eps=0.03, seen=TODAY, shape=Shape.BOX, text="", lag=0.0):
    return Row(
        source="x", component="system", not_before=since, not_after=until, delta=delta, eps=eps, lag=lag, system=True,
        grade="E4", text=text, evidence=(), seen=seen, shape=shape,
    )  # fmt: skip


def of(*rows, ends=TODAY, born=None, habit=OFFICE):
    return believe(rows, habit, [(ends, 1.0)], born, TODAY)


def before(belief, day):
    from scanner.model.verdict import Horizon

    return Horizon(not_before=None, not_after=None, because=(), evidence=(), knots=belief.knots).before(day)


def test_months_are_counted_from_1995_and_older_days_are_its_first():
    assert [0, 0, 11, 12] == [
        month(day) for day in (date(1980, 5, 5), date(1995, 1, 31), date(1995, 12, 1), date(1996, 1, 1))
    ]


def test_without_evidence_an_office_computer_was_probably_updated_lately():
    got = of()

    assert TODAY == got.hi
    assert got.lo > date(2010, 1, 1)
    assert got.median > date(2026, 1, 1)
    assert got.conflict is None


def test_a_bracket_holds_the_belief_and_late_updaters_get_a_short_tail():
    got = of(row(date(2014, 3, 5), date(2014, 9, 1)))

    assert date(2014, 3, 5) <= got.lo < got.median < got.hi <= date(2014, 10, 1)
    assert before(got, date(2014, 3, 5)) < 0.03
    assert before(got, date(2014, 12, 1)) > 0.95


def test_a_longer_tail_believes_later_days_more():
    short, long = (of(row(date(2014, 3, 5), date(2014, 9, 1), delta=days)) for days in (12.0, 400.0))

    assert before(long, date(2015, 1, 1)) < before(short, date(2015, 1, 1))


def test_a_service_that_may_not_have_been_restarted_leaves_room_above():
    sure, unsure = (of(row(date(2024, 3, 5), date(2024, 9, 1), lag=lag)) for lag in (0.0, 0.2))

    assert before(unsure, date(2025, 1, 1)) < before(sure, date(2025, 1, 1))


def test_who_updates_after_the_last_update_has_the_last_one():
    end = date(2020, 1, 14)

    got = of(row(date(2011, 2, 22)), ends=end, born=date(2011, 2, 22))

    assert end == got.median
    assert before(got, end + timedelta(days=2)) > 0.99


def test_the_possible_ends_of_support_share_the_belief():
    free, paid = date(2020, 1, 14), date(2023, 1, 10)

    got = believe([row(date(2011, 2, 22))], OFFICE, [(free, 1.0), (paid, 0.15)], date(2011, 2, 22), TODAY)

    assert 0.5 < before(got, free + timedelta(days=2)) < 0.97
    assert before(got, paid + timedelta(days=2)) > 0.99


def test_nothing_after_the_last_start_works_and_the_start_may_have_been_an_updates():
    start = date(2016, 11, 3)
    generation = row(date(2011, 2, 22), eps=0.01)

    got = of(
        generation,
        row(None, start, eps=0.02, shape=Shape.START),
        ends=date(2020, 1, 14),
        born=date(2011, 2, 22),
    )

    assert got.hi <= start + timedelta(days=1)
    # the update of MS17-010 came on this day: it is surely not active
    assert before(got, date(2017, 3, 14)) > 0.97
    assert before(got, start + timedelta(days=1)) - before(got, start) > before(got, start) - before(
        got, start - timedelta(days=1)
    )


def test_rows_that_fit_no_common_day_are_a_conflict_and_name_both():
    old, new = (
        row(date(2014, 3, 5), date(2014, 9, 1), text="old"),
        row(date(2019, 3, 5), date(2019, 9, 1), text="new"),
    )
    fine = row(date(2010, 1, 1), text="fine")

    got = of(fine, old, new)

    assert {"old", "new"} == {one.text for one in got.conflict}
    assert of(fine, new).conflict is None


def test_a_start_long_ago_is_no_conflict_with_an_older_bracket():
    got = of(row(date(2011, 3, 1), date(2011, 6, 1)), row(None, date(2016, 11, 3), shape=Shape.START))

    assert got.conflict is None


@pytest.mark.parametrize("days", [0, 89])
def test_a_reading_of_this_quarter_counts_as_of_today(days):
    fresh, older = (
        of(row(date(2014, 3, 5), date(2014, 9, 1), seen=TODAY - timedelta(days=ago))) for ago in (0, days)
    )

    assert fresh == older


def test_an_old_reading_leaves_open_what_came_since():
    fresh = of(row(date(2014, 3, 5), date(2014, 9, 1)))
    old = of(row(date(2014, 3, 5), date(2014, 9, 1), seen=date(2020, 1, 1)))

    assert before(fresh, date(2015, 1, 1)) > 0.9
    assert before(old, date(2015, 1, 1)) < before(fresh, date(2015, 1, 1))
    assert before(old, date(2020, 1, 1)) - before(old, date(2015, 6, 1)) < 0.02
    assert old.hi > date(2020, 1, 1)


def test_a_reading_of_yesterday_of_a_year_ago_never_raises():
    got = of(row(date(2026, 11, 1), None, seen=date(2019, 1, 1)))

    assert got.lo <= got.median <= got.hi


DAYS = st.dates(date(1985, 1, 1), date(2030, 1, 1))


@st.composite
def rows(draw):
    since, until = draw(st.none() | DAYS), draw(st.none() | DAYS)
    return row(
        since, until, delta=draw(st.floats(0.5, 3000)), eps=draw(st.floats(0.001, 0.4)), lag=draw(st.floats(0, 0.3)),
        seen=draw(st.dates(date(1996, 1, 1), TODAY)), shape=draw(st.sampled_from(list(Shape))),
    )  # fmt: skip


@given(
    st.lists(rows(), max_size=5), st.lists(st.tuples(DAYS, st.floats(0.01, 1)), min_size=1, max_size=3),
    st.none() | DAYS, st.sampled_from(list(Kind)),
)  # fmt: skip
def test_whatever_the_rows_say_the_result_is_a_belief(drawn, anchors, born, kind):
    got = believe(drawn, HABITS[kind], anchors, born, TODAY)

    assert START <= got.lo <= got.hi <= TODAY
    days, levels = zip(*got.knots, strict=True)
    assert list(days) == sorted(set(days))
    assert list(levels) == sorted(levels)
    assert 0 <= levels[0]
    assert pytest.approx(1, abs=1e-3) == levels[-1]
    assert len(days) < 100
    assert pytest.approx(0.5, abs=0.02) == before(got, got.median) or before(
        got, got.median
    ) <= 0.5 <= before(got, got.median + timedelta(days=1))


@given(
    st.permutations(
        [row(date(2014, 3, 5), date(2014, 9, 1)), row(date(2012, 1, 1)), row(None, date(2015, 1, 1))]
    )
)
def test_the_order_of_the_rows_does_not_matter(order):
    assert of(*order).lo == of(*sorted(order, key=repr)).lo
