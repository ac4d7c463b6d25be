"""What people decided about findings: accepted by whom, why, until when, and what reopens it."""

import enum
from datetime import date

from msgspec import Struct


class Trigger(enum.StrEnum):
    """What reopens an accepted finding before its date."""

    WORSENS = "worsens"
    """A higher score or one device more than when it was decided."""
    EXPLOIT = "exploit"
    """A CVE behind it is listed as exploited that was not when it was decided."""
    CHANGE = "change"
    """Any of these numbers differs, for better or worse."""


class Decision(Struct, frozen=True, kw_only=True):
    """One finding, cause or device that somebody accepts for a time; shown apart, never deleted."""

    about: str
    """The finding's number (`F-01234`), its cause (`exposure:smb1`) or a device's id."""
    by: str
    reason: str
    decided: date
    until: date
    """The last day on which it holds, in UTC."""
    reopen_on: tuple[Trigger, ...] = ()
    score: int | None = None
    """Highest score of what it is about when it was decided; None when no trigger compares with it."""
    devices: int | None = None
    """How many devices it was about then."""
    exploited: tuple[str, ...] | None = None
    """The CVEs behind it that were listed as exploited then, sorted."""
