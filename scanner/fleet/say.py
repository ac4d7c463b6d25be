"""What centre and sensors tell of themselves while they run: one line an event, from a closed list, with no secret in it."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

import msgspec
from msgspec import Struct

from scanner.errors import StoreError
from scanner.fleet.centre import Turn
from scanner.fleet.restore import Restored
from scanner.report.text import visible

Value = str | int | float | bool | None
"""What may stand beside an event."""

MOST: Final = 300
"""Characters of one value; what is longer is cut."""


class Form(StrEnum):
    """How a line is written."""

    TEXT = "text"
    JSON = "json"


class Level(StrEnum):
    """Whom a line is for: nobody in a hurry, somebody this week, somebody now."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Event(Struct, frozen=True):
    """One thing that may be told."""

    name: str
    level: Level
    means: str
    keys: tuple[str, ...] = ()
    """What stands beside it, and nothing else."""


EVENTS: Final[Mapping[str, Event]] = {
    one.name: one
    for one in (
        Event("centre.started", Level.INFO, "the centre is at work", ("program",)),
        Event("centre.stopped", Level.INFO, "the centre was told to end, and did"),
        Event("centre.away", Level.ERROR, "the database is away; said once until it is back", ("why",)),
        Event("centre.back", Level.INFO, "the database is there again"),
        Event("centre.taken", Level.INFO, "batches of sensors are in the log", ("batches", "seen")),
        Event("centre.waiting", Level.WARNING, "no sensor is at work for these segments", ("segments",)),
        Event(
            "centre.dropped", Level.WARNING, "observations that no sensor may make were left out", ("seen",)
        ),
        Event("centre.refused", Level.WARNING, "batches could not be read; they stay", ("batches",)),
        Event("centre.rescued", Level.WARNING, "chunks whose sensor went are for others again", ("jobs",)),
        Event("centre.given_up", Level.ERROR, "chunks that ended five sensors are left", ("jobs",)),
        Event("centre.signed", Level.INFO, "requests for certificates were answered", ("requests",)),
        Event("centre.ordered", Level.INFO, "a site is to be looked at", ("site", "scan", "chunks")),
        Event("centre.judged", Level.INFO, "everything was judged anew", ("devices", "seconds")),
        Event("centre.unjudged", Level.ERROR, "judging failed; the report is the one before", ("why",)),
        Event(
            "centre.restored", Level.WARNING, "this database is a restored one; a day of rest", ("fence",)
        ),
        Event("sensor.started", Level.INFO, "the sensor is at work", ("sensor", "site", "program")),
        Event("sensor.stopped", Level.INFO, "the sensor was told to end, and did", ("sensor",)),
        Event(
            "sensor.away", Level.WARNING, "the centre is away; said once until it is back", ("sensor", "why")
        ),
        Event("sensor.back", Level.INFO, "the centre is there again", ("sensor",)),
        Event("sensor.took", Level.INFO, "a chunk is being looked at", ("sensor", "job", "segment", "chunk")),
        Event("sensor.done", Level.INFO, "a chunk was looked at whole", ("sensor", "job", "segment")),
        Event(
            "sensor.left", Level.WARNING, "a chunk was not looked at whole; it is for others", ("sensor", "job", "why")
        ),
        Event("sensor.sent", Level.INFO, "batches were handed in", ("sensor", "batches")),
        Event("sensor.waiting", Level.INFO, "batches wait on this disk for the centre", ("sensor", "batches")),
        Event("sensor.disk", Level.ERROR, "this disk takes no more; nothing is looked at", ("sensor", "why")),
        Event("sensor.dark", Level.WARNING, "a blackout: nothing is sent", ("sensor", "site")),
        Event("sensor.light", Level.INFO, "the blackout is over", ("sensor", "site")),
        Event("sensor.rotated", Level.INFO, "the next certificate is in use", ("sensor", "until")),
        Event("sensor.ending", Level.ERROR, "the certificate ends soon, and no other came", ("sensor", "until")),
        Event("sensor.refused", Level.ERROR, "what the centre asked for is not in our scope", ("sensor", "job", "why")),
    )
}  # fmt: skip
"""Everything that is ever told; docs/fleet.md has the same list."""

_SECRET: Final = (
    # a key or certificate in PEM, whole or cut off
    (re.compile(r"-----BEGIN.*?(?:-----END[^-]*-----|\Z)", re.DOTALL), "(hidden)"),
    (re.compile(r"(?<=://)\S+@"), "(hidden)@"),
    (re.compile(r"(?i)\b(pass(?:word|wd|file|phrase)?|pwd|secret|token|code|key)(\s*[=:]\s*)(?:'[^']*'|\S+)"), r"\1\2(hidden)"),
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "(hidden)"),
    (re.compile(r"(?<=/home/)[^/\s]+|(?<=/Users/)[^/\s]+"), "(hidden)"),
    # what a one-time code, a key without its frame or a hash looks like; a long name has no capitals
    (re.compile(r"(?=[a-z0-9+/_-]*[A-Z])[A-Za-z0-9+/_-]{24,}={0,2}|\b[0-9a-f]{32,}\b"), "(hidden)"),
)  # fmt: skip


class Log:
    """Where a program of the fleet tells what it does: UTC, level, event, and ids beside it."""

    def __init__(self, write: Callable[[str], None], form: Form, now: Callable[[], datetime]) -> None:
        """`write` takes one line without its end; `now` gives the wall clock's time."""
        self._write, self._form, self._now = write, form, now

    def say(self, event: str, **values: Value) -> None:
        """Tell one event of the list, with what belongs to it and nothing else.

        A name that is not on the list, or a value that is not the event's, is a bug of ours: KeyError.
        """
        what = EVENTS[event]
        if strange := set(values) - set(what.keys):
            raise KeyError(f"{event} has no {', '.join(sorted(strange))}")
        at = self._now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        told = {
            key: clean(values[key], free=key == "why") for key in what.keys if values.get(key) is not None
        }
        if self._form is Form.JSON:
            line = {"time": at, "level": str(what.level), "event": what.name, **told}
            # one line, whatever stands in it: JSON escapes line ends, and we every other control character
            self._write(msgspec.json.encode(line).decode())
        else:
            beside = "".join(f" {key}={_worded(value)}" for key, value in told.items())
            self._write(f"{at} {what.level:<7} {what.name:<15} {what.means}{' |' if beside else ''}{beside}")


class Turns:
    """The hook of `centre.serve`: tells what a turn did, and once when the database goes away and comes back."""

    def __init__(self, log: Log) -> None:
        self._log, self._away = log, False

    def __call__(self, what: Turn | Restored | StoreError) -> None:
        """Tell of one turn, or of why there was none; a turn that did nothing is not worth a line."""
        if isinstance(what, StoreError):
            if not self._away:
                self._log.say("centre.away", why=str(what))
            self._away = True
            return
        if self._away:
            self._log.say("centre.back")
        self._away = False
        if isinstance(what, Restored):
            self._log.say("centre.restored", fence=what.fence)
        else:
            self._turned(what)

    def _turned(self, what: Turn) -> None:
        if what.again:
            self._log.say("centre.rescued", jobs=what.again)
        if what.given_up:
            self._log.say("centre.given_up", jobs=what.given_up)
        if what.signed:
            self._log.say("centre.signed", requests=what.signed)
        if what.taken.batches:
            self._log.say("centre.taken", batches=what.taken.batches, seen=what.taken.seen)
        if what.taken.dropped:
            self._log.say("centre.dropped", seen=what.taken.dropped)
        if what.taken.refused:
            self._log.say("centre.refused", batches=what.taken.refused)


def clean(value: Value, *, free: bool) -> Value:
    """A value as it may be told: no control character, not too long; in `free` text no password, code, key or person.

    What is not free is a name that was checked when it was given, or a number.
    """
    if not isinstance(value, str):
        return value
    for pattern, instead in _SECRET if free else ():
        value = pattern.sub(instead, value)
    value = visible(value)
    return value if len(value) <= MOST else value[: MOST - 1] + "…"


def _worded(value: Value) -> str:
    """Bare where it is one word, in quotes where it is not."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if re.fullmatch(r"[\w.:/-]+", text) else msgspec.json.encode(text).decode()
