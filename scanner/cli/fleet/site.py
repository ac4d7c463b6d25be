"""Make a site known to the centre, as its scope file says."""

from pathlib import Path

import click

from scanner.cli import options
from scanner.cli.fleet import opening


@click.command("site")
@click.argument("name")
@click.option(
    "-s",
    "--scope",
    "scope_path",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("scope.toml"),
    show_default=True,
    help="The site's scope file: a copy, the site itself goes by its own.",
)
@opening.centre
def command(name: str, scope_path: Path) -> None:
    """Make the site NAME known: its networks, their windows, and the rate that all sensors together keep below in each.

    Again with a changed file: networks are added, rates and windows change; no network is taken away.
    """
    from scanner.fleet import admit, planning, segments
    from scanner.scope.parse import read

    scope = read(scope_path)
    found, windows = segments.of(name, scope), segments.windows(name, scope)
    home = opening.home()
    with opening.opened() as link:
        admit.settle(link, name, home.engagement, found)
        for one in found:
            planning.allow(link, name, one.id, windows[one.id], options.now())
    for one in found:
        rate = "nothing is sent" if one.rate <= segments.LEAST else f"{one.rate:g} initiations/s at most"
        click.echo(f"{one.id}: zone {one.zone}, {rate}, {'; '.join(windows[one.id]) or 'at any time'}")
    click.echo(f"next: stalehost fleet invite SENSOR --site {name} -o FILE", err=True)
