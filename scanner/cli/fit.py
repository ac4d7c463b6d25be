"""Lines for people, made to fit the window in which they read; whoever writes to a file or a pipe gets them as they are."""

import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator

import click

_NARROWEST = 40
"""Columns below which nothing would be gained."""
_HANG = 4


def echo(lines: Iterable[str]) -> None:
    """Print them, one after the other, as wide as the terminal is."""
    wide = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
    click.echo("\n".join(fitted(lines, wide)))


def fitted(lines: Iterable[str], columns: int) -> Iterator[str]:
    """Break what is longer than so many columns between its words, and set the rest in; 0 columns break nothing."""
    for line in lines:
        if columns < _NARROWEST or len(line) <= columns:
            yield line
            continue
        own = len(line) - len(line.lstrip(" "))
        hang = " " * (min(own, columns // 2) + _HANG)
        yield from textwrap.wrap(
            line, columns, subsequent_indent=hang, break_on_hyphens=False, expand_tabs=False
        )
