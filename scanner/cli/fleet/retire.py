"""Trust one certificate no more."""

import click

from scanner.cli import options
from scanner.cli.fleet import opening


@click.command("retire")
@click.argument("serial")
@opening.centre
def command(serial: str) -> None:
    """End the trust in one certificate, by its SERIAL as `stalehost fleet status --certificates` prints it.

    The sensor's other certificates go on: so one that was copied ends without the sensor's end.
    """
    from scanner.fleet import admit

    with opening.opened() as link:
        sensor = admit.retire(link, admit.serial(serial), options.now())
    click.echo(f"that certificate of {sensor} has ended", err=True)
    opening.listed()
