"""Hidden characters are shown, and numbers and dates have one spelling."""

import unicodedata
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.model.verdict import Interval
from scanner.report import text

ANY = st.text(st.characters(exclude_categories=()))


@given(ANY)
def test_what_is_visible_holds_no_hidden_character_and_is_stable(raw):
    shown = text.visible(raw)

    assert all(unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} for char in shown)
    assert shown == text.visible(shown)
    shown.encode()


@pytest.mark.parametrize(
    ("raw", "want"),
    [
        ("plain é 画像 🩻", "plain é 画像 🩻"),
        ("a\u202eb", "a\\u202eb"),
        ("\x1b[31m", "\\x1b[31m"),
        ("a\nb\tc\x00", "a\\nb\\tc\\x00"),
        ("\udcff", "\\udcff"),
    ],
)
def test_hidden_characters_are_shown_as_escapes(raw, want):
    assert want == text.visible(raw)


@given(ANY)
def test_a_css_string_can_hold_nothing_but_letters_digits_and_escapes(raw):
    quoted = text.css(raw)

    assert quoted[0] == quoted[-1] == '"'
    assert set(quoted[1:-1]) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789\\")


@pytest.mark.parametrize(
    ("value", "want"),
    [(0.0, "0.0"), (0.04, "<0.1"), (0.05, "0.1"), (9.94, "9.9"), (9.96, "10"), (1234.4, "1,234")],
)
def test_amounts_are_whole_from_ten_up(value, want):
    assert want == text.amount(value)


@pytest.mark.parametrize(
    ("share", "want"),
    [(0.0, "0%"), (0.001, "<1%"), (0.5, "50%"), (0.996, ">99%"), (1.0, "100%")],
)
def test_a_share_never_rounds_to_none_or_all(share, want):
    assert want == text.percent(share)


@pytest.mark.parametrize(
    ("since", "want"),
    [
        (date(2026, 12, 2), "1 day"),
        (date(2026, 10, 20), "44 days"),
        (date(2026, 6, 1), "6 months"),
        (date(2020, 1, 14), "6 years"),
        (date(2027, 1, 1), "in the future"),
    ],
)
def test_an_age_takes_the_largest_unit_that_fits(since, want):
    assert want == text.age(since, date(2026, 12, 3))


@pytest.mark.parametrize(
    ("items", "want"),
    [
        ([], "none"),
        (["a"], "a"),
        (["a", "b"], "a and b"),
        (["a", "b", "c"], "a, b and c"),
        (list("abcdef"), "a, b, c, d and 2 more"),
    ],
)
def test_lists_read_as_people_write_them(items, want):
    assert want == text.listing(items)


def test_days_and_minutes_that_are_missing_are_said_to_be_not_known():
    assert ["not known", "not known"] == [text.day(None), text.minute(None)]


def test_days_and_minutes_are_iso_and_utc():
    moment = datetime(2026, 12, 3, 9, 5, tzinfo=UTC)

    assert ["2026-12-03", "2026-12-03 09:05 UTC"] == [text.day(moment), text.minute(moment)]


def test_an_interval_is_printed_with_its_level():
    assert text.span(Interval(lo=84, hi=91.55)) == "84 to 92 in 80% of draws"
    assert text.span(Interval(lo=0.01, hi=0.04)) == "<0.1 in 80% of draws"


def test_long_text_is_cut_with_a_mark_and_short_text_is_left():
    assert ["abc…", "abcd"] == [text.short("abcdef", 4), text.short("abcd", 4)]


@pytest.mark.parametrize(("count", "want"), [(1, "1 batch"), (2, "2 batches"), (1200, "1,200 batches")])
def test_things_are_counted_in_the_right_number(count, want):
    assert want == text.plural(count, "batch")


def test_a_capital_leaves_the_other_letters_alone():
    assert ["IPv6 box", ""] == [text.capital("iPv6 box".replace("i", "I", 1)), text.capital("")]


@pytest.mark.parametrize(
    ("hours", "want"),
    [
        (0.0, "a few minutes"),
        (0.24, "a few minutes"),
        (0.5, "30 minutes"),
        (0.9, "an hour"),
        (1.49, "an hour"),
        (1.6, "2 hours"),
        (47.0, "47 hours"),
        (60.0, "2 days"),
        (240.0, "10 days"),
    ],
)
def test_a_time_is_said_roughly(hours, want):
    assert want == text.duration(hours)
