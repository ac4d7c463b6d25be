"""The fleet in a few lines: each site with what is left to do, each sensor with its last word and its certificate."""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from scanner.fleet.health import Health, Sensor
from scanner.fleet.link import Link, said
from scanner.fleet.trouble import ENDS, Trouble, dark, heard
from scanner.report.text import plural, visible


class Certificate(Struct, frozen=True):
    """One certificate that a sensor has or had."""

    serial: int
    sensor: str
    until: datetime
    revoked: datetime | None


def lines(of: Health, found: tuple[Trouble, ...]) -> Iterator[str]:
    """A line a site, under it a line a sensor, and last how many things are wrong."""
    at_work = "at work" if of.working else "NOT AT WORK: stalehost fleet centre"
    yield f"centre: {at_work}"
    if not of.sites:
        yield "no site yet: stalehost fleet site NAME --scope FILE"
    for site in of.sites:
        yield visible(f"{site}: {_work(of, site)}")
        for sensor in of.sensors:
            if sensor.site == site:
                yield visible(f"  {sensor.id:<20} {_sensor(of, sensor)}")
    if found:
        yield f"{plural(len(found), 'thing')} to see to: stalehost fleet health"


def certificates(link: Link) -> tuple[Certificate, ...]:
    """Every certificate that has not ended by itself, by sensor, the newest last."""
    with said():
        rows = link.execute(
            "SELECT serial, sensor, not_after, revoked FROM fleet.certificate"
            " WHERE not_after > clock_timestamp() ORDER BY sensor, not_after"
        ).fetchall()
    return tuple(Certificate(int(serial), *more) for serial, *more in rows)


def serials(of: tuple[Certificate, ...]) -> Iterator[str]:
    """A line a certificate."""
    for one in of:
        state = f"revoked {one.revoked:%Y-%m-%d %H:%M %Z}" if one.revoked else "counts"
        yield visible(f"{one.sensor:<20} {one.serial:x}  until {one.until:%Y-%m-%d}  {state}")


def _work(of: Health, site: str) -> str:
    own = [one for one in of.segments if one.site == site]
    counts = (
        (sum(one.waiting for one in own), "waiting"),
        (sum(one.doing for one in own), "at work"),
        (sum(one.later for one in own), "for a later window"),
        (sum(one.given_up for one in own), "GIVEN UP"),
        (sum(one.done for one in own), "done"),
    )
    told = ", ".join(f"{count:,} {what}" for count, what in counts if count)
    black = "BLACKOUT; " if dark(of, site) else ""
    return f"{black}{plural(len(own), 'segment')}; chunks: {told or 'none ordered'}"


def _sensor(of: Health, one: Sensor) -> str:
    if one.revoked:
        return "revoked"
    if one.until is None:
        return "invited, not enrolled yet"
    if one.beat is None:
        words = ["enrolled, not heard yet"]
    else:
        words = [f"{'' if heard(one) else 'SILENT, '}heard {one.beat:,.0f} s ago"]
    soon = ", SOON" if one.until - of.at < ENDS else ""
    words.append(f"certificate until {one.until:%Y-%m-%d}{soon}")
    if one.waiting:
        words.append(f"{plural(one.waiting, 'batch')} to take in")
    return "; ".join(words)
