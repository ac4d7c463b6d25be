"""Show that somebody attends a scan that runs elsewhere."""

import time
from pathlib import Path

import click

from scanner.cli.stopping import BEAT, beating


@click.command("attend")
@click.argument("file", type=click.Path(path_type=Path))
def command(file: Path) -> None:
    """Touch FILE every ten seconds until Ctrl-C; a scan with --heartbeat FILE stops 30 s after this does."""
    with beating(file):
        click.echo(f"attending by {file}; Ctrl-C ends this and, at once, the scan", err=True)
        while True:
            time.sleep(BEAT)
