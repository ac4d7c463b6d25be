"""Trust a sensor no more."""

import click

from scanner.cli import options
from scanner.cli.fleet import opening


@click.command("revoke")
@click.argument("sensor")
@opening.centre
def command(sensor: str) -> None:
    """End SENSOR's trust at once: its certificates, its codes, its connections. What it saw before stays.

    The list of certificates that count no longer is written anew, so that the server refuses them at the door too.
    """
    from scanner.fleet import admit

    with opening.opened() as link:
        admit.revoke(link, sensor, options.now())
    click.echo(f"{sensor} is out: its certificates, codes and connections have ended", err=True)
    opening.listed()
