"""Devices are sorted by the last day on which they can have been updated; the unknown never count as fresh."""

from datetime import date, timedelta

import msgspec
import pytest

from scanner.report.sections.horizon import horizon


def label(hospital, latest, first=date(2009, 1, 1)):
    judged = hospital.devices[0]
    window = msgspec.structs.replace(judged.age.horizon, not_before=first, not_after=latest)
    one = msgspec.structs.replace(judged, age=msgspec.structs.replace(judged.age, horizon=window))
    rows = horizon(msgspec.structs.replace(hospital, devices=(one,))).rows
    return next(row.label for row in rows if row.devices)


@pytest.mark.parametrize(
    ("latest", "want"),
    [
        (None, "Not known"),
        (date(2010, 1, 1), "More than 10 years ago"),
        (date(2018, 1, 1), "5 to 10 years ago"),
        (date(2023, 1, 1), "2 to 5 years ago"),
        (date(2025, 6, 1), "1 to 2 years ago"),
        (date(2026, 6, 1), "3 months to 1 year ago"),
        (date(2026, 12, 3), "In the last 3 months"),
        (date(2026, 12, 3) + timedelta(days=9), "In the last 3 months"),
    ],
)
def test_a_device_stands_in_the_bar_of_its_last_possible_update(hospital, latest, want):
    assert want == label(hospital, latest)


@pytest.mark.parametrize(
    ("first", "want"),
    [(date(2026, 11, 20), "In the last 3 months"), (date(2026, 1, 5), "3 months to 1 year ago"), (date(2025, 1, 5), "Not known"), (None, "Not known")],
)  # fmt: skip
def test_software_of_the_last_year_is_fresh_though_nothing_bounds_it_above(hospital, first, want):
    assert want == label(hospital, None, first)


def test_the_middle_of_the_medians_is_told_where_there_are_any(hospital, empty):
    judged = hospital.devices[0]
    window = msgspec.structs.replace(judged.age.horizon, median=date(2023, 12, 3))
    one = msgspec.structs.replace(judged, age=msgspec.structs.replace(judged.age, horizon=window))

    assert "3 years" == horizon(msgspec.structs.replace(hospital, devices=(one,))).middle
    assert not horizon(empty).middle


def test_bars_add_up_and_the_unknown_are_counted_apart(hospital):
    page = horizon(hospital)

    assert len(hospital.devices) == sum(row.devices for row in page.rows) == page.known + page.unknown
    assert ("Not known", 22) == (page.rows[-1].label, page.unknown)


def test_no_device_gives_empty_bars(empty):
    assert 0 == sum(row.devices for row in horizon(empty).rows)
