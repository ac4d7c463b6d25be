"""When a site is scanned: a schedule in words, and which of its moments has come. Pure: no clock, no database."""

import calendar
import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

from scanner.errors import DataError
from scanner.scope.file import Window
from scanner.scope.window import window

EXAMPLES: Final = (
    "daily 22:00 Europe/London, Mon,Thu 22:00 Europe/London, monthly 31 22:00 Europe/London, every 6 hours"
)

_EVERY: Final = re.compile(r"every (\d{1,3}) hours?", re.IGNORECASE)
_MONTHLY: Final = re.compile(r"monthly (\d{1,2}) (\d{1,2}:[0-5]\d) (\S+)", re.IGNORECASE)
_WEEKLY: Final = re.compile(r"([a-z,\- ]+) (\d{1,2}:[0-5]\d) (\S+)", re.IGNORECASE)
_MOST_HOURS: Final = 744
_DAY: Final = timedelta(days=1)


class Weekly(Struct, frozen=True, kw_only=True):
    """On some days of the week, at a time of day."""

    days: frozenset[int]
    """0 = Monday .. 6 = Sunday."""
    minute: int
    """After midnight, by the clock on the wall."""
    zone: str
    """IANA time zone."""


class Monthly(Struct, frozen=True, kw_only=True):
    """On one day of each month, at a time of day."""

    day: int
    """1 .. 31; the last one of a month that is shorter."""
    minute: int
    zone: str


class Hourly(Struct, frozen=True, kw_only=True):
    """So many hours after the one before, whatever clocks are set to."""

    hours: int


Schedule = Weekly | Monthly | Hourly


def read(text: str) -> Schedule:
    """Read `daily 22:00 Europe/London` and the like: days are written as in a window of scope.toml.

    Raise DataError saying what is wrong.
    """
    words = " ".join(text.split())
    if every := _EVERY.fullmatch(words):
        hours = int(every[1])
        if not 1 <= hours <= _MOST_HOURS:
            raise DataError(f"schedule {text!r}: hours run from 1 to {_MOST_HOURS}")
        return Hourly(hours=hours)
    if monthly := _MONTHLY.fullmatch(words):
        day, (_days, minute, zone) = int(monthly[1]), _at("daily", monthly[2], monthly[3], text)
        if not 1 <= day <= 31:
            raise DataError(f"schedule {text!r}: days of a month run from 1 to 31")
        return Monthly(day=day, minute=minute, zone=zone)
    if weekly := _WEEKLY.fullmatch(words):
        days, minute, zone = _at(weekly[1], weekly[2], weekly[3], text)
        return Weekly(days=days, minute=minute, zone=zone)
    raise DataError(f"schedule {text!r}: write it as one of: {EXAMPLES}")


def read_window(text: str) -> Window:
    """Read a window as scope.toml has it; raise DataError saying what is wrong."""
    try:
        return window(text)
    except (ValueError, ZoneInfoNotFoundError) as error:
        raise DataError(f"window {text!r}: {error}; write it as Sat 22:00-04:00 Europe/London") from error


def begun(schedule: Schedule, last: datetime, now: datetime) -> datetime | None:
    """The moment of the schedule that has come since `last`, the latest of them; None when none has. In UTC.

    `last` is the one that was begun last, or when the schedule was made. However many were missed, one is caught up.
    """
    latest = _latest(schedule, last, now)
    return latest if latest > last else None


def due(schedule: Schedule, last: datetime, now: datetime) -> bool:
    """Whether a scan is to begin now."""
    return begun(schedule, last, now) is not None


def next_at(schedule: Schedule, last: datetime, now: datetime) -> datetime:
    """When the next scan is to begin: `now` when it is due, else a later moment. In UTC."""
    since = believed(last, now)
    return now if due(schedule, since, now) else _following(schedule, since)


def believed(last: datetime, now: datetime) -> datetime:
    """What to count from: `last`, or `now` where `last` lies more than a day ahead.

    A clock that was set back by some hours begins no scan twice. One that had been wrong by months must not keep
    scans away for months.
    """
    return last if last <= now + _DAY else now


def _at(days: str, hour: str, zone: str, text: str) -> tuple[frozenset[int], int, str]:
    """Days, minute and zone, read as a window that is open until midnight."""
    try:
        found = window(f"{days} {hour}-24:00 {zone}")
    except (ValueError, ZoneInfoNotFoundError) as error:
        raise DataError(f"schedule {text!r}: {error}; write it as one of: {EXAMPLES}") from error
    return found.days, found.opens, found.zone


def _latest(schedule: Schedule, last: datetime, now: datetime) -> datetime:
    """The latest moment that is not after `now`; it may be before `last`."""
    if isinstance(schedule, Hourly):
        step = timedelta(hours=schedule.hours)
        return last + (now - last) // step * step
    # the day on the wall may be one ahead of the moment's, where that hour does not exist
    day = now.astimezone(ZoneInfo(schedule.zone)).date() + _DAY
    while not _on(schedule, day) or _moment(schedule, day) > now:
        day -= _DAY
    return _moment(schedule, day)


def _following(schedule: Schedule, last: datetime) -> datetime:
    """The first moment after `last`."""
    if isinstance(schedule, Hourly):
        return last + timedelta(hours=schedule.hours)
    day = last.astimezone(ZoneInfo(schedule.zone)).date() - _DAY
    while not _on(schedule, day) or _moment(schedule, day) <= last:
        day += _DAY
    return _moment(schedule, day)


def _on(schedule: Weekly | Monthly, day: date) -> bool:
    if isinstance(schedule, Weekly):
        return day.weekday() in schedule.days
    return day.day == min(schedule.day, calendar.monthrange(day.year, day.month)[1])


def _moment(schedule: Weekly | Monthly, day: date) -> datetime:
    """When the clock on the wall shows the schedule's time on a day: one moment a day, come what may.

    An hour that exists twice counts the first time; one that does not exist counts as if the clock had not been set
    forward (PEP 495, fold=0).
    """
    at = time(schedule.minute // 60, schedule.minute % 60, tzinfo=ZoneInfo(schedule.zone))
    return datetime.combine(day, at).astimezone(UTC)
