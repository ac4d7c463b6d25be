"""Look at the shipped knowledge."""

import click


@click.group("kb")
def command() -> None:
    """Show how old the shipped knowledge is."""


@command.command()
def status() -> None:
    """Print each table with its rows, its date and where it came from."""
    from scanner.knowledge.base import open_base

    base = open_base()
    click.echo(f"version {base.version}")
    for source in base.sources():
        click.echo(
            f"{source.dated}  {source.rows:>7,} rows  {source.name}: {source.source} ({source.licence})"
        )
