"""Read a stretch of the week as people write it: `Sat 22:00-04:00 Europe/London`."""

import re
from typing import Final
from zoneinfo import ZoneInfo

from scanner.scope.file import Window

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WINDOW: Final = re.compile(r"([A-Za-z,\- ]+?)\s+(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})\s+(\S+)")


def window(text: str) -> Window:
    """Read `Sat 22:00-04:00 Europe/London`; raise ValueError, or ZoneInfoNotFoundError, saying what is wrong."""
    found = _WINDOW.fullmatch(text.strip())
    if not found:
        raise ValueError("want days, hours and a time zone")
    opens, closes = (int(found[hour]) * 60 + int(found[hour + 1]) for hour in (2, 4))
    if not 0 <= opens < 1440 or not 0 <= closes <= 1440 or opens == closes:
        raise ValueError("hours run from 00:00 to 24:00")
    return Window(days=_days(found[1]), opens=opens, closes=closes, zone=ZoneInfo(found[6]).key)


def _days(text: str) -> frozenset[int]:
    """Read `Sat`, `Mon-Fri`, `Mon,Wed`, `daily`."""
    if text.strip().lower() == "daily":
        return frozenset(range(7))
    days: set[int] = set()
    for part in text.split(","):
        first, _, last = (word.strip().lower()[:3] for word in part.partition("-"))
        start, stop = _DAYS.index(first), _DAYS.index(last or first)
        days |= {(start + step) % 7 for step in range((stop - start) % 7 + 1)}
    return frozenset(days)
