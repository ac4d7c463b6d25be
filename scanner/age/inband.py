"""Days that a device's own texts carry: when its firmware was compiled, when its package was built. No table is needed.

Pure text in, days out; whatever the text, it never raises, and never gives a day in the future or before 1990.
"""

import re
from calendar import monthrange
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Final

from msgspec import Struct

EARLIEST: Final = date(1990, 1, 1)
_LONGEST: Final = 2048
"""Characters of a text that are read."""


class Carried(Struct, frozen=True, kw_only=True):
    """One day, or stretch of days, that a text names."""

    first: date
    last: date
    """Equal to `first` where the text names a day; the end of the year or month where it names no more."""
    what: str
    """What the text says happened then: `built`, `copyright`..."""
    weak: bool
    """True for what only hints: a copyright year is bumped by hand, or forgotten."""


_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAME: Final = "(?P<month>" + "|".join(_MONTHS) + r")[a-z]{0,6}\.?"
_WEEKDAY: Final = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6},? +)?"
_TIME: Final = r"(?:\d{1,2}:\d\d(?::\d\d)? +)?(?:(?:am|pm) +)?(?:[a-z]{2,5} +)?"
_SAYS: Final = (
    r"(?:compiled|built|build(?: date| time)?|release[d]?(?: date)?|firmware date|fw date|dated?)\b"
)
_STAMP: Final = r"(?P<day>\d{1,2}) \d\d:\d\d:\d\d (?:[a-z]{2,5} )?(?P<year>(?:19|20)\d\d)\b"
_YMD: Final = r"(?P<year>(?:19|20)\d\d)[-./](?P<month>\d\d)[-./](?P<day>\d\d)"

_DAYS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # Cisco IOS: `Compiled Wed 18-Aug-10 07:59 by prod_rel_team`
        rf"\b{_SAYS}[ :=(]*(?:on +)?{_WEEKDAY}(?P<day>\d{{1,2}})[- ]{_NAME}[- ](?P<year>\d{{4}}|\d\d)\b",
        # 3Com: `Built on May 17 2000`; others: `Built on Tue Jun 6 14:09:50 EDT 2017`
        rf"\b{_SAYS}[ :=(]*(?:on +)?{_WEEKDAY}{_NAME} +(?P<day>\d{{1,2}}),? +{_TIME}(?P<year>(?:19|20)\d\d)\b",
        # Junos: `Build date: 2012-08-25 04:48:47 UTC`, others: `released 2019/05/14`
        rf"\b{_SAYS}[ :=(]*(?:on +)?{_YMD}",
        # uname -v and old daemons: `#1 SMP Tue Feb 5 12:00:00 UTC 2013`, wu-ftpd: `(1) Sat Jul 19 16:21:30 UTC 2008`
        rf"(?:#\d{{1,6}}|\(\d{{1,3}}\))[^\n]{{0,80}}?\b{_NAME} +{_STAMP}",
        # ntpd in mode 6: `ntpd 4.2.6p5@1.2349-o Fri Jul 22 17:30:51 UTC 2016 (1)`
        rf"\bntpd [^\n]{{0,60}}?\b{_NAME} +{_STAMP}",
        # BusyBox: `BusyBox v1.22.1 (2014-05-26 10:42:11 CST)`, and FreeBSD's and Junos' kernels: `#0: 2014-03-13 06:58`
        rf"\bBusyBox v[\d.]{{1,20}} \({_YMD}",
        rf"#\d{{1,6}}: {_YMD}",
        # GreyWare Domain Time: `5.1.b.20100331R`
        r"\b\d\.\d\.[a-z]\.(?P<year>(?:19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d)[a-z]?\b",
        # cameras, access points and phones: `build 190920`, `V5.2.0 build 140721`, `Build20130528`
        r"\bbuild[ _:-]?(?P<year>(?:20)?\d\d)(?P<month>0[1-9]|1[0-2])(?P<day>0[1-9]|[12]\d|3[01])(?![\d.])",
        # APC's AOS: `MD: 07/12/2011` is the day it was made; month first, as its maker writes
        r"\bMD: ?(?P<month>\d\d)/(?P<day>\d\d)/(?P<year>(?:19|20)\d\d)\b",
    )
)  # fmt: skip
"""What names a day on which software was made."""

_DROPBEAR: Final = re.compile(r"\bdropbear(?:_| sshd v?)(?P<year>20\d\d)\.\d{1,3}\b", re.IGNORECASE)
"""Dropbear has been numbered by year since 2011; its own release list: matt.ucc.asn.au/dropbear/CHANGES."""
_COPYRIGHT: Final = re.compile(
    r"(?:copyright|\(c\)|©)[^\n]{0,40}?(?P<year>(?:19|20)\d\d)(?:[ ,-]{1,3}(?P<until>(?:19|20)\d\d))?",
    re.IGNORECASE,
)

_WORDS: Final = (
    *("compiled", "built", "build", "release", "date", "#", "(", "ntpd ", "busybox ", ".20", ".19", "md:"),
    *("dropbear", "copyright"),
)
"""Of these a text in ASCII has one where any of the patterns fits it: most texts have none."""


def carried(text: str, today: date) -> tuple[Carried, ...]:
    """Every day that a text names as that of its making, earliest first; empty where it names none."""
    return _carried(text[:_LONGEST], today)


@lru_cache(maxsize=4096)
def _carried(text: str, today: date) -> tuple[Carried, ...]:
    low = text.lower()
    # beyond ASCII a pattern takes other letters for these, such as the long s
    if text.isascii() and not any(word in low for word in _WORDS):
        return ()
    found = [*_days(text), *_years(text)]
    known = {one for one in found if EARLIEST <= one.first <= today}
    return tuple(sorted(known, key=lambda one: (one.first, one.last, one.what)))


def last_modified(text: str, today: date) -> date | None:
    """The day of an HTTP Last-Modified header (RFC 9110, 8.8.2); None when it is garbled, or too fresh to be a build."""
    day = _said(text[:64])
    return None if day is None else _settled(day, today)


@lru_cache(maxsize=4096)
def _said(text: str) -> date | None:
    try:
        when = parsedate_to_datetime(text)
        day = (when if when.tzinfo is None else when.astimezone(UTC)).date()
    except (ValueError, OverflowError):
        return None
    return day


def etag(text: str, server: str, today: date) -> date | None:
    """The day hidden in a file's ETag: nginx writes mtime and size in hex, Apache the mtime in microseconds; else None."""
    tag = text.strip()[:64].removeprefix("W/").strip('"')
    name = server.lower()
    if "nginx" in name and (found := re.fullmatch(r"([0-9a-f]{8})-[0-9a-f]+", tag)):
        return _epoch(int(found[1], 16), today)
    if "apache" in name and (found := re.fullmatch(r"(?:[0-9a-f]+-)?[0-9a-f]+-([0-9a-f]{13,14})", tag)):
        return _epoch(int(found[1], 16) // 1_000_000, today)
    return None


def _days(text: str) -> Iterator[Carried]:
    for pattern in _DAYS:
        for found in pattern.finditer(text):
            if day := _day(found.groupdict()):
                yield Carried(first=day, last=day, what="built", weak=False)


def _years(text: str) -> Iterator[Carried]:
    if found := _DROPBEAR.search(text):
        year = int(found["year"])
        yield Carried(first=date(year, 1, 1), last=date(year, 12, 31), what="released", weak=False)
    if found := _COPYRIGHT.search(text):
        year = int(found["until"] or found["year"])
        yield Carried(first=date(year, 1, 1), last=date(year, 12, 31), what="copyright", weak=True)


def _day(parts: Mapping[str, str]) -> date | None:
    """The parts as a day; None where the device made one up."""
    month, year = parts["month"].lower(), int(parts["year"])
    if len(parts["year"]) == 2:
        year += 1900 if year >= 80 else 2000
    number = int(month) if month.isdigit() else _MONTHS.index(month) + 1
    day = int(parts["day"])
    if not 1 <= number <= 12 or not 1 <= day <= monthrange(year, number)[1]:
        return None
    return date(year, number, day)


def _epoch(seconds: int, today: date) -> date | None:
    """At most 56 bits of microseconds or 32 of seconds: always a day that the calendar has."""
    return _settled((datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).date(), today)


def _settled(day: date, today: date) -> date | None:
    """A page that changed this week was made on the fly, or its clock is new; a day before 1995 is a dead clock."""
    return day if date(1995, 1, 2) <= day <= today - timedelta(days=7) and day != date(2000, 1, 1) else None
