"""Look at the scope file."""

from pathlib import Path

import click

from scanner.cli import options


@click.group("scope")
def command() -> None:
    """Check what the scope file allows."""


@command.command()
@options.engagement
@options.clock
def check(scope_path: Path | None, db: Path | None, now_text: str | None) -> None:
    """Read the scope file and say in words what may be touched, how carefully and until when."""
    from scanner.scope import describe

    folder = options.folder(scope_path, db)
    for line in describe.lines(folder.scope, options.now(now_text)):
        click.echo(line)
