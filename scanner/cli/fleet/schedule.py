"""When sites are scanned, and when they may be worked on."""

from typing import TYPE_CHECKING

import click

from scanner.cli import options
from scanner.cli.fleet import opening

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scanner.fleet.planning import Plan


@click.group("schedule")
def command() -> None:
    """When each site is scanned, and in which windows. Sensors keep to the windows of their own scope file too.

    Each moment begins one scan, after summer time and after an absence of the centre too.
    """


@command.command("set")
@click.argument("site")
@click.option(
    "--at",
    "words",
    metavar="WORDS",
    help='"daily 22:00 Europe/London", "Mon,Thu 22:00 ...", "monthly 31 22:00 ..." (31 = the last day), "every 6 hours".',
)
@click.option("--by", metavar="NAME", help="Who sets it (with --at).")
@click.option(
    "--window",
    "windows",
    multiple=True,
    metavar="WORDS",
    help='When it may be worked on, as in a scope file: "Sat 22:00-04:00 Europe/London". Several are several.',
)
@click.option("--always", is_flag=True, help="No windows: at any time.")
@click.option("--segment", metavar="ID", help="The windows are this segment's, in place of its site's.")
@opening.centre
@options.clock
def set_(
    site: str,
    words: str | None,
    by: str | None,
    windows: tuple[str, ...],
    segment: str | None,
    now_text: str | None,
    *,
    always: bool,
) -> None:
    """Set how often a SITE is scanned, or in which windows it may be, or both."""
    from scanner.fleet import planning

    if not (words or windows or always) or (windows and always):
        raise click.UsageError("want --at WORDS, and --window WORDS or --always, or one of them")
    if words and (segment or not by):
        raise click.UsageError("--at is a whole site's, and wants --by NAME")
    now = options.now(now_text)
    with opening.opened() as link:
        with link.transaction():
            if windows or always:
                planning.allow(link, site, segment, windows, now)
            if words and by:
                planning.put(link, site, words, by, now)
        for line in _told(next(one for one in planning.listed(link, now) if one.site == site)):
            click.echo(line, err=True)


@command.command("remove")
@click.argument("site")
@opening.centre
def remove_(site: str) -> None:
    """End a SITE's schedule; what is ordered already is still done. Windows stay (`set --always`)."""
    from scanner.fleet import planning

    with opening.opened() as link:
        planning.remove(link, site)
    click.echo(f"{site} is scanned when it is ordered, and at no other time", err=True)


@command.command("list")
@opening.centre
@options.clock
def list_(now_text: str | None) -> None:
    """Every site: its schedule, the next scan, its segments' windows and what is left to do."""
    from scanner.fleet import planning

    with opening.opened() as link:
        for one in planning.listed(link, options.now(now_text)):
            for line in _told(one):
                click.echo(line)


def _told(one: "Plan") -> "Iterator[str]":
    when = f"next at {one.next_at:%Y-%m-%d %H:%M UTC}" if one.next_at else "cannot be read: set it again"
    yield f"{one.site}: {one.words}, by {one.by}; {when}" if one.words else f"{one.site}: no schedule"
    for part in one.parts:
        windows = "; ".join(part.windows) or "at any time"
        state = "open" if part.open else "shut"
        left = f", {part.left:,} chunks left" if part.left else ""
        yield f"  {part.segment} {part.cidr}: {windows} ({state} now{left})"
