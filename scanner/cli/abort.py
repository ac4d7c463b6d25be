"""End the scan that runs in an engagement folder."""

import time
from pathlib import Path

import click

from scanner.cli import options

_PATIENCE = 15.0
"""Seconds that a scan is given to close its connections in order and store what it saw."""


@click.command("abort")
@options.engagement
@click.option("--reason", default="", help="Why; the report says so.")
def command(scope_path: Path | None, db: Path | None, reason: str) -> None:
    """Stop all sending within a quarter of a second; what was seen is kept."""
    from scanner.wire.stop import ABORT

    flag = options.folder(scope_path, db).root / ABORT
    flag.write_text(f"stalehost abort{f': {reason}' if reason else ''}\n", "utf-8")
    end = time.monotonic() + _PATIENCE
    while flag.exists() and time.monotonic() < end:
        time.sleep(0.1)
    if not flag.exists():
        click.echo("the scan has ended; what it saw is stored", err=True)
        return
    flag.unlink(missing_ok=True)
    click.echo("no scan took notice: none is running in this folder", err=True)
