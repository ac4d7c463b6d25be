"""The fleet's health as people read it: the same words in a terminal and on a page."""

import textwrap
from collections.abc import Iterator, Sequence
from typing import Final

from markupsafe import Markup
from msgspec import Struct

from scanner.fleet.health import Health, Segment, Sensor
from scanner.fleet.lifting import Trip
from scanner.fleet.trouble import Level, Trouble, dark, lasting, serving
from scanner.report import html
from scanner.report.assets import asset, templates_dir
from scanner.report.text import minute, plural, short, visible
from scanner.report.texts import Named, phrase

_WIDTH: Final = 110
_CELL: Final = 34
"""Characters of a cell in a terminal."""
_LOOKS: Final = {Level.ERROR: "critical", Level.WARNING: "medium", Level.NOTICE: "low"}
"""How the page's chips look (templates/page.css)."""
_STOPPED: Final = Named("fleet_stops", ("host", "kind", "segment", "scan"))


class Table(Struct, frozen=True):
    """Rows under their headings; the first cell of each row names it."""

    id: str
    title: str
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    empty: str
    """What is said where there are no rows."""


class Wrong(Struct, frozen=True):
    """One trouble, in words."""

    level: str
    looks: str
    about: str
    what: str
    do: str


class Board(Struct, frozen=True):
    """All that is shown."""

    lead: str
    facts: tuple[tuple[str, str], ...]
    wrong: tuple[Wrong, ...]
    tables: tuple[Table, ...]


def board(of: Health, found: Sequence[Trouble]) -> Board:
    """Everything in words; nothing in it is judged here."""
    return Board(
        lead=_lead(found),
        facts=tuple(_facts(of)),
        wrong=tuple(Wrong(one.level, _LOOKS[one.level], one.about, one.what, one.do) for one in found),
        tables=(
            _sites(of),
            _sensors(of),
            _segments(of),
            _rates(of),
            _blackouts(of),
            _breaker(of),
            _given_up(of),
        ),
    )


def lines(of: Board) -> Iterator[str]:
    """For a terminal; what a name or reason holds cannot act on it."""
    yield of.lead
    for name, value in of.facts:
        yield visible(f"  {name:<20} {value}")
    for one in of.wrong:
        yield ""
        yield from _wrapped(f"{one.level.upper():<8} {one.about}: {one.what}", " " * 9)
        yield from _wrapped(f"         do: {one.do}", " " * 13)
    for table in of.tables:
        yield ""
        yield table.title.upper()
        if table.rows:
            yield from _columns(table)
        else:
            yield f"  {table.empty}"


def page(of: Board, title: str) -> str:
    """As one HTML page, under the report's policy: no script, no network. Equal input, equal bytes."""
    style = asset("page.css") + asset("print.css")
    return (
        html.environment(templates_dir())
        .get_template("fleet.html")
        .render(
            title=title,
            view=of,
            policy=html.policy(style, ""),
            style=Markup(style),  # noqa: S704 - our own files
        )
    )


def _lead(found: Sequence[Trouble]) -> str:
    counts = [(level, sum(one.level is level for one in found)) for level in Level]
    said = [plural(count, str(level)) for level, count in counts if count]
    if not said:
        return "All is well."
    whole = ", ".join(said[:-1]) + (" and " if said[:-1] else "") + said[-1]
    return f"{whole}." if counts[0][1] or counts[1][1] else f"Nothing is wrong; {whole}."


def _facts(of: Health) -> Iterator[tuple[str, str]]:
    last = of.judged
    yield "as of", minute(of.at)
    yield "centre", f"{'at work' if of.working else 'not at work'}; last turn {minute(of.turned)}"
    devices = f", {plural(last.devices, 'device')}" if last.devices is not None else ""
    took = f" in {lasting(last.took)}" if last.took is not None else ""
    yield "last judged", f"{minute(last.at)}{devices}{took}"
    yield "last batch taken in", minute(of.taken)
    room = f"; {of.free[0] / 1e9:,.1f} of {of.free[1] / 1e9:,.1f} GB of its disk free" if of.free else ""
    for one in of.rests:
        ended = phrase(
            "fleet_lifting.ended", at=minute(one.at), left=lasting(one.left), by=one.by, reason=one.reason
        )
        yield phrase("fleet_lifting.rest"), ended
    yield "database", f"{of.size / 1e6:,.1f} MB, schema {of.schema}{room}"


def _sites(of: Health) -> Table:
    rows = []
    for site in of.sites:
        sensors = [one for one in of.sensors if one.site == site and not one.revoked]
        segments = [one for one in of.segments if one.site == site]
        rows.append(
            (
                site,
                f"{len(segments):,}",
                f"{len(sensors):,}",
                f"{sum(one.waiting + one.later for one in segments):,}",
                f"{sum(one.doing for one in segments):,}",
                f"{sum(one.done for one in segments):,}",
                "blackout" if dark(of, site) else "rest" if of.rest else "may be looked at",
            )
        )
    columns = ("Site", "Segments", "Sensors", "Chunks waiting", "Being looked at", "Done", "State")
    return Table(
        "sites", "Sites", "A row a site", columns, tuple(rows), "none yet: stalehost fleet site NAME"
    )


def _sensors(of: Health) -> Table:
    columns = ("Sensor", "Site", "Last heard", "Version", "Certificate ends", "Batches", "Segments")
    rows = tuple(
        (one.id, one.site, _heard(one), one.program or "-", minute(one.until) if one.until else "-",
         _batches(one), ", ".join(one.segments) or "-")
        for one in of.sensors
    )  # fmt: skip
    caption = "When each was last heard is counted by the clock of the leases, which stands while no centre is at work"
    return Table("sensors", "Sensors", caption, columns, rows, "none yet: stalehost fleet invite NAME")


def _heard(one: Sensor) -> str:
    if one.revoked:
        return "revoked"
    if one.until is None:
        return "invited"
    return "never" if one.beat is None else f"{lasting(one.beat)} ago"


def _batches(one: Sensor) -> str:
    counts = ((one.waiting, "waiting"), (one.late, "late"), (one.refused, "refused"))
    return ", ".join(f"{count:,} {what}" for count, what in counts if count) or "-"


def _segments(of: Health) -> Table:
    columns = (
        "Segment",
        "Network",
        "Zone",
        "Waiting",
        "Looked at",
        "Done",
        "Given up",
        "Since",
        "Sensors",
        "Window",
    )
    rows = tuple(
        (one.id, one.cidr, one.zone, f"{one.waiting + one.later:,}", f"{one.doing:,}", f"{one.done:,}", f"{one.given_up:,}",
         minute(one.oldest) if one.oldest else "-", f"{len(serving(of, one)):,}", "open" if one.open else "closed")
        for one in of.segments
    )  # fmt: skip
    caption = (
        "Chunks of each segment; since when the first of them waits, and how many sensors can look at it now"
    )
    return Table(
        "segments", "Segments and jobs", caption, columns, rows, "none yet: stalehost fleet site NAME"
    )


def _rates(of: Health) -> Table:
    rows = tuple((one.id, f"{one.rate:g}", _shares(one)) for one in of.segments if one.shares)
    columns = ("Segment", "Initiations a second", "Shares now")
    return Table(
        "rates", "Rates in use", "All shares together are never above the rate", columns, rows, "none now"
    )


def _shares(one: Segment) -> str:
    return ", ".join(f"{sensor} {share:g}" for sensor, share in one.shares.items())


def _blackouts(of: Health) -> Table:
    rows = tuple((one.site or "all sites", minute(one.since), one.by, one.reason) for one in of.blackouts)
    columns = ("Site", "Since", "By", "Reason")
    return Table("blackouts", "Blackouts", "Nothing is sent there", columns, rows, "none")


def _breaker(of: Health) -> Table:
    rows = tuple(
        (one.site, one.address, _STOPPED[one.level], minute(one.at), one.sensor, one.why, *_went_on(one))
        for one in (*of.trips, *of.resumed)
    )
    columns = (
        phrase("fleet_lifting.site"),
        phrase("fleet_lifting.device"),
        phrase("fleet_lifting.level"),
        phrase("fleet_lifting.since"),
        phrase("fleet_lifting.sensor"),
        phrase("fleet_lifting.why"),
        phrase("fleet_lifting.went_on"),
        phrase("fleet_lifting.by"),
        phrase("fleet_lifting.reason"),
    )
    title, caption = phrase("fleet_lifting.breaker"), phrase("fleet_lifting.caption")
    return Table("breaker", title, caption, columns, rows, phrase("fleet_lifting.empty"))


def _went_on(one: Trip) -> tuple[str, str, str]:
    at = minute(one.resumed) if one.resumed else phrase("fleet_lifting.stands")
    return at, one.by or "-", one.reason or "-"


def _given_up(of: Health) -> Table:
    rows = tuple((one.cidr, one.segment, one.scan) for one in of.given_up)
    caption = "Five sensors ended while they looked at each; nobody looks there again by itself"
    return Table(
        "given-up", "Chunks given up", caption, ("Addresses", "Segment", "Scan"), rows, "none in thirty days"
    )


def _columns(of: Table) -> Iterator[str]:
    shown = [[short(visible(cell), _CELL) for cell in row] for row in (of.columns, *of.rows)]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    for row in shown:
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _wrapped(line: str, rest: str) -> list[str]:
    return textwrap.wrap(
        visible(line), _WIDTH, subsequent_indent=rest, break_long_words=False, drop_whitespace=True
    )
