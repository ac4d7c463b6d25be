"""A stretch of the week reads as people write it."""

import pytest

from scanner.scope.window import window


@pytest.mark.parametrize(
    ("text_of", "days"),
    [("daily", set(range(7))), ("Mon-Fri", set(range(5))), ("Fri-Mon", {4, 5, 6, 0}), ("Mon,Wed", {0, 2})],
)
def test_days_are_read(text_of, days):
    assert days == window(f"{text_of} 08:00-18:00 UTC").days


@pytest.mark.parametrize(
    ("text_of", "told"),
    [("whenever", "want days"), ("Sat 25:00-04:00 UTC", "hours run"), ("Sat 08:00-08:00 UTC", "hours run")],
)
def test_what_is_no_window_is_refused(text_of, told):
    with pytest.raises(ValueError, match=told):
        window(text_of)
