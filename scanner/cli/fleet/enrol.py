"""Make this machine a sensor of the fleet."""

from pathlib import Path

import click

from scanner.cli import options


@click.command("enrol")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    show_default="here",
    help="The engagement folder of the site, with its signed scope.toml.",
)
@click.option(
    "--wait",
    type=click.IntRange(0, 86400),
    default=120,
    show_default=True,
    help="Seconds to wait for the centre at most.",
)
def command(file: Path, folder: Path, wait: int) -> None:
    """Become the sensor that the invitation in FILE is for. The key is made here and never leaves this machine.

    What was broken off goes on when it is run again with the same file.
    """
    import time

    from scanner.fleet import invitation, keeping

    by = invitation.read(file)
    kept = keeping.enrol(
        folder, by, now=options.now(), clock=time.monotonic, sleep=time.sleep, patience=wait, told=_told
    )
    click.echo(
        f"{kept.root}: sensor {kept.sensor} of {kept.site}, its certificate counts until {kept.ends():%Y-%m-%d}",
        err=True,
    )
    click.echo(f"{file} is of no more use: delete it; next: stalehost fleet sensor", err=True)


def _told(line: str) -> None:
    click.echo(line, err=True)
