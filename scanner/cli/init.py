"""Write a first scope file."""

from pathlib import Path

import click

from scanner.cli import options


@click.command("init")
@click.option("--sector", type=click.Choice(["hospital", "utility", "bank", "office"]), prompt=True)
@click.option("--name", prompt="Name of the job", help="What the report calls it.")
@click.option("--owner", prompt="Whose networks", help="The organisation that owns the networks.")
@click.option("--authorized-by", prompt="Who authorises it (name, role)", help="Who may say so.")
@click.option(
    "--contact", prompt="Whom a ward calls (phone)", help="Whom people call when something looks wrong."
)
@click.option("--reference", prompt="Change or contract number", help="The paper that allows it.")
def command(sector: str, **answers: str) -> None:
    """Write scope.toml here, by asking; nothing is sent.

    The ranges in it are documentation addresses that nobody has: put your own in their place.
    """
    from scanner.scope.engagement import SCOPE_FILE, draft, write_private

    path = Path(SCOPE_FILE)
    write_private(path, draft(sector, answers, options.now().date()))
    click.echo(
        f"wrote {path}: put your own ranges where it says CHECK, then run `stalehost scope check`", err=True
    )
