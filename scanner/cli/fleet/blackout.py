"""Stop a site, or all of them, now; and let it go on."""

from typing import TYPE_CHECKING

import click

from scanner.cli.fleet import opening

if TYPE_CHECKING:
    from scanner.fleet.blackout import Blackout


@click.command("blackout")
@click.argument("site", metavar="[SITE|all]", required=False)
@click.option("--by", metavar="NAME", help="Who stops it, or lets it go on.")
@click.option("--reason", metavar="TEXT", help="Why: kept on record.")
@click.option("--end", "ends", is_flag=True, help="Let it go on.")
@opening.centre
def command(site: str | None, by: str | None, reason: str | None, *, ends: bool) -> None:
    """Stop all sending at a site, or everywhere, within five seconds, until `--end`.

    Nothing is lost and nothing counts as failed: the work goes on where it stopped. Without SITE: what stands, and
    what stood.
    """
    from scanner.fleet import blackout

    if site is not None and (not by or not (reason or ends)):
        raise click.UsageError(
            "want SITE (or `all`), --by NAME and --reason TEXT; or SITE, --by NAME and --end"
        )
    with opening.opened() as link:
        if site is None:
            standing, past = blackout.standing(link), blackout.past(link)
            for one in (*standing, *past):
                click.echo(told(one))
            if not standing:
                click.echo("no blackout stands", err=True)
        elif ends:
            click.echo(told(blackout.end(link, site, by or "")), err=True)
            if site != blackout.ALL and any(one.site == blackout.ALL for one in blackout.standing(link)):
                click.echo(f"{site} still sends nothing: a blackout of all sites stands", err=True)
        else:
            made = blackout.begin(link, site, by or "", reason or "")
            click.echo(told(made), err=True)
            click.echo(f"to let it go on: stalehost fleet blackout {site} --end --by NAME", err=True)


def told(one: "Blackout") -> str:
    """One line about a blackout that stands or stood."""
    since = f"{one.since:%Y-%m-%d %H:%M:%S %Z}"
    if one.until is None:
        return f"BLACKOUT of {one.site} since {since}, by {one.by}: {one.reason}"
    return f"{one.site}: from {since} to {one.until:%Y-%m-%d %H:%M:%S %Z}, by {one.by}: {one.reason}; ended by {one.ended_by}"
