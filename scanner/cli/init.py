"""Write a first scope file."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from scanner.cli import options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scanner.model.observation import Observation
    from scanner.scope.drafting import Listed


@click.command("init")
@click.option("--sector", type=click.Choice(["hospital", "utility", "bank", "office"]), prompt=True)
@click.option("--name", prompt="Name of the job", help="What the report calls it.")
@click.option("--owner", prompt="Whose networks", help="The organisation that owns the networks.")
@click.option("--authorized-by", prompt="Who authorises it (name, role)", help="Who may say so.")
@click.option(
    "--contact", prompt="Whom a ward calls (phone)", help="Whom people call when something looks wrong."
)
@click.option("--reference", prompt="Change or contract number", help="The paper that allows it.")
@click.option(
    "--from",
    "files",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Draft the networks from this file: DHCP scopes, IPAM, routers, controllers. Repeatable.",
)
@click.argument("more", nargs=-1, type=click.Path(path_type=Path))
def command(sector: str, files: tuple[Path, ...], more: tuple[Path, ...], **answers: str) -> None:
    """Write scope.toml here, by asking; nothing is sent.

    Without --from the ranges in it are documentation addresses that nobody has: put your own in their place. Files that
    follow the one after --from count too.
    """
    from scanner.scope import drafting
    from scanner.scope.engagement import SCOPE_FILE, draft, write_private

    found, complaints = _networks((*files, *more))
    networks = list(drafting.lines(found, sector))
    path = Path(SCOPE_FILE)
    write_private(path, draft(sector, answers, options.now().date(), networks))
    for complaint in complaints:
        click.echo(complaint, err=True)
    drafted = sum(line.startswith("[[network]]") for line in networks)
    told = f"{drafted} networks drafted" if files or more else "put your own ranges in"
    click.echo(
        f"wrote {path}: {told}; look at each line marked CHECK, then run `stalehost scope check`", err=True
    )


def _networks(files: tuple[Path, ...]) -> "tuple[tuple[Listed, ...], list[str]]":
    """The networks that files tell of, and what could not be read; raise DataError where they tell of none."""
    from scanner.errors import DataError
    from scanner.observe.importing import detect
    from scanner.scope import drafting

    complaints: list[str] = []

    def seen() -> "Iterator[Observation]":
        for path in files:
            try:
                yield from detect(path).read(path, options.now())
            except DataError as error:
                complaints.append(str(error))

    found = drafting.listed(seen())
    if files and not found:
        why = "; ".join(complaints) or "they hold leases or devices, but no DHCP scope, prefix or interface"
        raise DataError(f"no network in {', '.join(map(str, files))}: {why}")
    return found, complaints
