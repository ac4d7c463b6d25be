"""What is wrong with a fleet, worst first, and what to do about each: judged from its health alone."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from msgspec import Struct

from scanner.fleet.health import Health, Segment, Sensor
from scanner.report.text import duration, listing, minute, plural
from scanner.report.texts import phrase

STILL: Final = timedelta(minutes=1)
"""After so long without a turn a centre that is connected stands still; a turn is due each second."""
SILENT_S: Final = 120.0
"""After so many seconds of the leases' clock a sensor counts as gone; it is heard every few."""
ENDS: Final = timedelta(days=14)
"""A certificate with less left should have been renewed: that begins at thirty days (`authority.DAYS`)."""
UNREAD: Final = timedelta(minutes=10)
"""A batch that has waited longer is not taken in; usually that is done within a turn."""
UNJUDGED: Final = timedelta(hours=26)
"""What was taken in longer ago should have been judged: the centre judges at least once a day."""
STUCK: Final = timedelta(days=1)
"""A chunk that has waited longer, though its window is open, is not going to be looked at by itself."""
SKEW_S: Final = 60.0
"""Clocks that are further apart make certificates and windows begin and end at the wrong time."""
FULL: Final = 0.05
"""Of the disk is left: PostgreSQL stops when nothing is."""
NEARLY: Final = 0.15
"""Of the disk is left: time to make room."""


class Level(StrEnum):
    """How much it matters."""

    ERROR = "error"
    """Devices are not looked at, or what was seen is in danger."""
    WARNING = "warning"
    """It will be an error if nobody does anything."""
    NOTICE = "notice"
    """Somebody meant it so, or it is over; good to know."""


class Trouble(Struct, frozen=True):
    """One thing that is wrong."""

    level: Level
    about: str
    """`centre`, `database`, or `sensor`, `segment`, `site` and its name."""
    what: str
    do: str


def troubles(of: Health) -> tuple[Trouble, ...]:
    """What is wrong, worst first; empty where all is well."""
    found = [*_centre(of), *_database(of), *_inbox(of)]
    for sensor in of.sensors:
        found += _sensor(of, sensor)
    for segment in of.segments:
        found += _segment(of, segment)
    found += (*_stopped(of), *_quiet(of))
    order = tuple(Level)
    return tuple(sorted(found, key=lambda one: order.index(one.level)))


def heard(of: Sensor) -> bool:
    """Whether a sensor that may take part was heard of lately."""
    return of.until is not None and not of.revoked and of.beat is not None and of.beat <= SILENT_S


def dark(of: Health, site: str) -> bool:
    """Whether there is a blackout at a site."""
    return any(one.site in ("", site) for one in of.blackouts)


def serving(of: Health, segment: Segment) -> tuple[Sensor, ...]:
    """The sensors that can work on a segment now."""
    return tuple(
        one
        for one in of.sensors
        if segment.id in one.segments and heard(one) and one.until is not None and one.until > of.at
    )


def _centre(of: Health) -> Iterator[Trouble]:
    if not of.settled:
        yield Trouble(
            Level.ERROR,
            "database",
            "it was restored, copied or taken over by a standby; sensors are refused until a centre has taken it into use",
            "read `Backup and restore` in docs/fleet.md, then: stalehost fleet init, stalehost fleet centre",
        )
    if not of.working:
        last = f"; the last turn was at {minute(of.turned)}" if of.turned else ""
        yield Trouble(
            Level.ERROR,
            "centre",
            f"no centre is at work: nothing is given out, taken in or judged{last}",
            "start it and read what it says: systemctl start stalehost-centre; journalctl -u stalehost-centre",
        )
    elif of.turned is None or of.at - of.turned > STILL:
        yield Trouble(
            Level.ERROR,
            "centre",
            f"a centre is connected and takes no turns; the last was at {minute(of.turned)}",
            "read what it says (journalctl -u stalehost-centre), then restart it",
        )
    if abs(of.skew) > SKEW_S:
        yield Trouble(
            Level.WARNING,
            "centre",
            f"the clocks of this machine and of the database server differ by {lasting(abs(of.skew))}",
            "let both follow one time server",
        )
    if of.unsigned:
        yield Trouble(
            Level.WARNING,
            "centre",
            f"{plural(of.unsigned, 'request')} for a certificate without an answer",
            "the centre answers while it runs, where the fleet's authority is in its folder: stalehost fleet init",
        )
    yield from _judged(of)


def _judged(of: Health) -> Iterator[Trouble]:
    last = of.judged
    if last.failed and (last.at is None or last.failed > last.at):
        yield Trouble(
            Level.ERROR,
            "centre",
            f"judging failed at {minute(last.failed)}: {last.why}; the report is of {minute(last.at)}",
            "the reason says what to mend; the log is whole, and nothing has to be scanned again",
        )
    elif of.taken and of.at - (last.at or of.taken) > UNJUDGED and (last.at is None or of.taken > last.at):
        yield Trouble(
            Level.WARNING,
            "centre",
            f"what sensors saw until {minute(of.taken)} is not judged yet; the report is of {minute(last.at)}",
            "see whether the centre is at work, and what it says of judging",
        )


def _database(of: Health) -> Iterator[Trouble]:
    if of.free is None or not of.free[1]:
        return
    left = of.free[0] / of.free[1]
    if left < NEARLY:
        yield Trouble(
            Level.ERROR if left < FULL else Level.WARNING,
            "database",
            f"its disk has {of.free[0] / 1e9:,.1f} GB left ({left:.0%})",
            "give it a larger one, or make room: stalehost store purge, then stalehost store compact",
        )


def _inbox(of: Health) -> Iterator[Trouble]:
    if of.oldest and of.at - of.oldest > UNREAD:
        yield Trouble(
            Level.ERROR,
            "centre",
            f"what sensors sent waits since {minute(of.oldest)} to be taken in",
            "see what the centre says; sensors keep what it does not take on their own disks",
        )


def _sensor(of: Health, one: Sensor) -> Iterator[Trouble]:
    about = f"sensor {one.id}"
    if one.revoked:
        return
    if one.until is None:
        yield Trouble(
            Level.NOTICE,
            about,
            "was invited and has not enrolled yet",
            "run `stalehost fleet enrol` there; invite it again where the code has run out",
        )
        return
    yield from _certificate(of.at, about, one.until)
    if of.working and not heard(one):
        silence = (
            "has not been heard since it enrolled"
            if one.beat is None
            else f"is silent for {lasting(one.beat)}"
        )
        yield Trouble(
            Level.WARNING,
            about,
            silence,
            "see whether it runs there and reaches the database: systemctl status stalehost-sensor",
        )
    if one.refused:
        yield Trouble(
            Level.WARNING,
            about,
            f"sent {plural(one.refused, 'batch')} that could not be read",
            "see whether it runs the same version; they are kept: SELECT id, refused FROM fleet.inbox WHERE refused IS NOT NULL",
        )
    if one.late:
        yield Trouble(
            Level.NOTICE,
            about,
            f"{plural(one.late, 'batch')} came after its hold on the chunk had gone; nothing is lost or doubled",
            "where it goes on, its line or machine stands still for half a minute at a time",
        )


def _certificate(now: datetime, about: str, until: datetime) -> Iterator[Trouble]:
    if until <= now:
        yield Trouble(
            Level.ERROR,
            about,
            f"its certificate ended at {minute(until)}; it is refused",
            "invite it again: stalehost fleet invite; then stalehost fleet enrol there",
        )
    elif until - now < ENDS:
        yield Trouble(
            Level.WARNING,
            about,
            f"its certificate ends at {minute(until)}, and it should have the next one by now",
            "it renews by itself while centre and sensor run; see what the sensor says",
        )


def _segment(of: Health, one: Segment) -> Iterator[Trouble]:
    about = f"segment {one.id}"
    if one.waiting and not serving(of, one):
        yield Trouble(
            Level.ERROR,
            about,
            f"{plural(one.waiting, 'chunk')} waiting, and no sensor that can look at it",
            "bring one of its sensors back, or invite another: stalehost fleet invite",
        )
    elif one.waiting and not one.doing and _may(of, one) and one.oldest and of.at - one.oldest > STUCK:
        yield Trouble(
            Level.WARNING,
            about,
            f"{plural(one.waiting, 'chunk')} waiting since {minute(one.oldest)}, and nobody works on it",
            "see what its sensors say: their own scope may not allow it now",
        )
    if one.given_up:
        names = listing([chunk.cidr for chunk in of.given_up if chunk.segment == one.id])
        yield Trouble(
            Level.ERROR,
            about,
            f"{plural(one.given_up, 'chunk')} given up, since five sensors ended while looking: {names}",
            "see what the sensors said at that time before anybody looks there again: stalehost fleet order",
        )


def _may(of: Health, one: Segment) -> bool:
    """Whether anybody may look at a segment now."""
    return one.open and not of.rest and not dark(of, one.site)


def _stopped(of: Health) -> Iterator[Trouble]:
    for site in sorted({one.site for one in of.trips}):
        trips = [one for one in of.trips if one.site == site]
        last = trips[-1]
        yield Trouble(
            Level.ERROR,
            phrase("fleet_lifting.about", site=site),
            phrase(
                "fleet_lifting.what",
                count=len(trips),
                devices=listing(sorted({one.address for one in trips})),
                sensor=last.sensor,
                at=minute(last.at),
                why=last.why,
            ),
            phrase("fleet_lifting.do", site=site),
        )


def _quiet(of: Health) -> Iterator[Trouble]:
    if of.rest:
        yield Trouble(
            Level.NOTICE,
            "database",
            f"it was restored: nothing is sent for {lasting(of.rest)} more, since what was spent on devices is not known",
            phrase("fleet_lifting.wait"),
        )
    for one in of.blackouts:
        yield Trouble(
            Level.NOTICE,
            f"site {one.site}" if one.site else "all sites",
            f"blackout since {minute(one.since)} by {one.by}: {one.reason}",
            "end it when its reason is over: stalehost fleet blackout",
        )
    versions = sorted({one.program for one in of.sensors if one.program and not one.revoked})
    if len(versions) > 1:
        yield Trouble(
            Level.NOTICE,
            "all sites",
            f"sensors run different versions: {listing(versions)}",
            "bring the older ones up to date",
        )


def lasting(seconds: float) -> str:
    """How long, in words; to the second where it is short."""
    return plural(round(seconds), "second") if seconds < 120 else duration(seconds / 3600)
