"""Progress on stderr: bars in a terminal, plain lines elsewhere, nothing for what ends within a second."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from scanner.look import Watcher

_QUIET = 10.0
"""Seconds between plain lines, where there is no terminal to redraw."""


@contextmanager
def watched() -> "Iterator[Watcher]":
    """Give something to report to, drawn until the block ends."""
    if not sys.stderr.isatty():
        yield _lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description:28}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as drawn:
        tasks: dict[tuple[str, str], int] = {}

        def watch(zone: str, step: str, done: int, total: int) -> None:
            key = (zone, step)
            if key not in tasks:
                tasks[key] = drawn.add_task(f"{zone}: {step}")
            drawn.update(drawn.task_ids[tasks[key]], completed=done, total=total or None)

        yield watch


def _lines() -> "Watcher":
    started = time.monotonic()
    last: dict[str, float] = {}

    def watch(zone: str, step: str, done: int, total: int) -> None:
        if not done and not total:
            # a word rather than a count: it is said once, so it must not be lost
            click.echo(f"{zone}: {step}", err=True)
            return
        now = time.monotonic()
        if now - last.get(zone, started) >= _QUIET:
            last[zone] = now
            click.echo(f"{zone}: {step}, {done} of {total or 'an unknown number'}", err=True)

    return watch
