"""Simulated networks to practise on."""

import subprocess
import sys
from pathlib import Path

import click

from scanner.cli import options


@click.group("lab")
def command() -> None:
    """Bring a simulated network up, in network namespaces with no way out."""


@command.command("list")
def list_() -> None:
    """Name the networks that can be simulated."""
    from scanner.lab.sector import load, sectors

    for name in sectors():
        click.echo(f"{name}: {len(load(name, None).devices)} devices")


@command.command()
@click.argument("sector", default="hospital")
@click.option(
    "--seed", type=int, help="Vary names, versions and addresses; the same seed gives the same network."
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), default=Path("stalehost-lab"), help="Its papers."
)
def up(sector: str, seed: int | None, output: Path) -> None:
    """Run a network and a shell inside it, where the scanner stands; it goes down when the shell ends."""
    from scanner.cli import planning
    from scanner.lab.run import up as boot

    output.mkdir(parents=True, exist_ok=True)
    with boot(sector, seed, output, options.now()) as lab:
        planning.approve_lab(lab.scope, options.now())
        click.echo(
            f"lab is up; in this shell: stalehost scan -s {lab.scope.resolve()} --allowed-signers {lab.signers}. Leave it with `exit`",
            err=True,
        )
        # the shell is the point of the command: its exit status says nothing about the lab
        subprocess.run(lab.command(["/bin/sh"]), check=False, stdin=sys.stdin)
