"""Look after the log: how large it is, its room, and how fine its times are kept."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from scanner.cli import options

if TYPE_CHECKING:
    from scanner.scope.engagement import Folder
    from scanner.store.store import Store

FINE: Final = 90
"""Days for which hours and minutes are kept: when a device is on shows when its people are there."""


@click.group("store")
def command() -> None:
    """Look after the log of the engagement."""


@command.command("stats")
@options.engagement
def stats(scope_path: Path | None, db: Path | None) -> None:
    """Say how many rows the log has, and how large it is."""
    folder = options.folder(scope_path, db)
    with _opened(folder) as store:
        for name, count in store.counts().items():
            click.echo(f"{name:<12} {count:>12,} rows")
        click.echo(f"{'on disk':<12} {store.size() / 1e6:>12,.1f} MB")


@command.command("compact")
@options.engagement
def compact(scope_path: Path | None, db: Path | None) -> None:
    """Give back the room of what was overwritten."""
    folder = options.folder(scope_path, db)
    with _opened(folder) as store:
        before = store.size()
        store.compact()
        click.echo(f"{before / 1e6:,.1f} MB before, {store.size() / 1e6:,.1f} MB now")


@command.command("purge")
@click.option(
    "--older",
    type=click.IntRange(1, 36500),
    default=FINE,
    show_default=True,
    help="Days of fine times to keep.",
)
@click.option("--by", required=True, metavar="NAME", help="Who answers for it; the audit keeps the name.")
@options.engagement
@options.clock
def purge(scope_path: Path | None, db: Path | None, older: int, by: str, now_text: str | None) -> None:
    """Leave only the day of every older time; no device and no fact is lost. The audit keeps that it was done."""
    from datetime import timedelta

    from scanner.errors import ScopeError
    from scanner.wire.audit import Audit

    if not by.strip():
        raise ScopeError("a name is needed: --by 'J. Doe'")
    folder = options.folder(scope_path, db)
    before = options.now(now_text) - timedelta(days=older)
    with _opened(folder) as store, Audit(folder.audit, options.now) as audit:
        # written first: what was meant is on record even where the database fails
        audit.write("purge", before=before.isoformat(), by=by)
        changed = store.coarsen(before)
        audit.write("purged", before=before.isoformat(), times=changed)
    click.echo(f"{changed:,} times before {before:%Y-%m-%d} are days now")


def _opened(folder: "Folder") -> "Store":
    from scanner.errors import StoreError
    from scanner.store.store import open_store

    if not folder.begun:
        raise StoreError(
            f"{folder.database}: no database yet; run `stalehost scan` or `stalehost import` first"
        )
    return open_store(folder.database, folder.id)
