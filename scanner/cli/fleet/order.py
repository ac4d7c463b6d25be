"""Have sites looked at now."""

import click

from scanner.cli import options
from scanner.cli.fleet import opening


@click.command("order")
@click.argument("sites", nargs=-1, required=True, metavar="SITE...|all")
@opening.centre
def command(sites: tuple[str, ...]) -> None:
    """Put a scan of each SITE, or of all of them, into the queues.

    Sensors take it up within seconds, as far as the windows here and in their own scope files allow.
    """
    from scanner.fleet import admit, centre
    from scanner.report.text import plural

    scan = f"order-{options.now():%Y%m%dT%H%M%S}"
    with opening.opened() as link:
        for site in admit.sites(link, sites):
            new = centre.order(link, scan, site)
            click.echo(f"{site}: {plural(new, 'chunk')}, as {scan}", err=True)
    click.echo("see how it goes on: stalehost fleet status", err=True)
