"""Progress on stderr: bars in a terminal, plain lines elsewhere, nothing for what ends within a second."""

import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pathlib import Path

    from scanner.means import Watcher

_QUIET = 10.0
"""Seconds between plain lines, where there is no terminal to redraw."""
_SPAN = 60.0
"""Seconds over which the rate is measured that the time left rests on."""
_SOON = 3.0
"""Seconds of measuring before which nothing is said of the time left."""


class Left:
    """How long a step may still take, by how fast it went in the last minute; unknown is said as unknown."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def told(self, now: float, done: int, total: int) -> str:
        """Take in how far it has come by `now` (seconds); give the time left in words."""
        if self._seen and done < self._seen[-1][1]:
            self._seen.clear()  # another pass, or another way of asking, has begun
        self._seen.append((now, done))
        while self._seen[0][0] < now - _SPAN:
            self._seen.popleft()
        began, before = self._seen[0]
        if not total or done <= before or now - began < _SOON:
            return "time left unknown"
        return f"{_span((total - done) * (now - began) / (done - before))} left"


def _span(seconds: float) -> str:
    """A duration that promises no more than it can: whole minutes, or hours with one decimal."""
    if seconds > 5400:
        return f"about {seconds / 3600:.1f} hours"
    return f"about {seconds / 60:.0f} minutes" if seconds > 90 else f"about {seconds:.0f} seconds"


@contextmanager
def watched() -> "Iterator[Watcher]":
    """Give something to report to, drawn until the block ends."""
    if not sys.stderr.isatty():
        yield _lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description:28}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        TextColumn("{task.fields[left]}"),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as drawn:
        tasks: dict[tuple[str, str], int] = {}
        left: dict[tuple[str, str], Left] = {}

        def watch(zone: str, step: str, done: int, total: int) -> None:
            key = (zone, step)
            if key not in tasks:
                tasks[key] = drawn.add_task(f"{zone}: {step}", left="")
                left[key] = Left()
            said = left[key].told(time.monotonic(), done, total) if total else ""
            drawn.update(drawn.task_ids[tasks[key]], completed=done, total=total or None, left=said)

        yield watch


def _lines() -> "Watcher":
    started = time.monotonic()
    last: dict[str, float] = {}
    left: dict[tuple[str, str], Left] = {}

    def watch(zone: str, step: str, done: int, total: int) -> None:
        if not done and not total:
            # a word rather than a count: it is said once, so it must not be lost
            click.echo(f"{zone}: {step}", err=True)
            return
        now = time.monotonic()
        said = left.setdefault((zone, step), Left()).told(now, done, total)
        if now - last.get(zone, started) >= _QUIET:
            last[zone] = now
            of = f"{total}, {said}" if total else "an unknown number"
            click.echo(f"{zone}: {step}, {done} of {of}", err=True)

    return watch


@contextmanager
def counted() -> "Iterator[Callable[[Path, int], None]]":
    """Give something to report to how much of a file has been read: one line in a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda *_: None
        return
    from rich.console import Console

    with Console(stderr=True).status("reading") as drawn:
        yield lambda path, count: drawn.update(f"{path.name}: {count:,} observations")
