"""Say how the fleet stands, in a few lines."""

import click

from scanner.cli import options
from scanner.cli.fleet import opening


@click.command("status")
@click.option("--certificates", is_flag=True, help="List the certificates of sensors, with their serials.")
@opening.centre
def command(certificates: bool) -> None:
    """Print sites with what is left to do, and sensors with their last word and the end of their certificates.

    It only reads. What is wrong, and what to do about it: `stalehost fleet health`.
    """
    from scanner.fleet import health, status, trouble

    with opening.opened() as link:
        if certificates:
            for line in status.serials(status.certificates(link)):
                click.echo(line)
            return
        of = health.read(link, options.now())
    for line in status.lines(of, trouble.troubles(of)):
        click.echo(line)
