"""Invite a sensor: one file that travels to it."""

from pathlib import Path

import click

from scanner.cli import options
from scanner.cli.fleet import opening


@click.command("invite")
@click.argument("sensor")
@click.option("--site", required=True, metavar="NAME", help="The site where it stands.")
@click.option(
    "--segments",
    metavar="LIST",
    default="",
    help="What it serves: zones, ranges or ids, with commas between (default: all of the site).",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="File to write; only you may read it.",
)
@opening.centre
def command(sensor: str, site: str, segments: str, output: Path) -> None:
    """Write an invitation for SENSOR into a file. It works once, for 24 hours; the centre keeps a hash of it only.

    Inviting a sensor again ends the invitation before; that is also how one comes back whose certificate has ended.
    """
    from datetime import timedelta

    from scanner.fleet import admit, invitation
    from scanner.fleet import segments as known

    home = opening.home()
    words = tuple(word.strip() for word in segments.split(",") if word.strip())
    with opening.opened() as link:
        chosen = known.chosen(admit.segments(link, site), words)
        code = admit.invite(link, sensor, site, chosen)
    one = invitation.Invitation(
        sensor=sensor, site=site, host=home.host, port=home.port, database=home.name, code=code,
        until=options.now().replace(microsecond=0) + timedelta(hours=admit.HOURS),
        authority=home.authority().certificate.decode(),
    )  # fmt: skip
    invitation.write(output, one)
    click.echo(
        f"{output}: for {sensor} at {site}, works once, until {one.until:%Y-%m-%d %H:%M} UTC", err=True
    )
    click.echo(f"there, beside the site's scope.toml: stalehost fleet enrol {output.name}", err=True)
