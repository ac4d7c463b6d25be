"""Options that many commands share, and the one place that reads the clock."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from scanner.scope.engagement import Folder

_Command = TypeVar("_Command", bound=Callable[..., object])


def engagement(command: _Command) -> _Command:
    """Add `--scope` and `--db`."""
    scope = click.option(
        "-s",
        "--scope",
        "scope_path",
        type=click.Path(path_type=Path),
        help="Scope file (default: the nearest above).",
    )
    database = click.option(
        "--db", type=click.Path(path_type=Path), help="Database (default: beside the scope file)."
    )
    return scope(database(command))


def clock(command: _Command) -> _Command:
    """Add `--now`."""
    return click.option(
        "--now", "now_text", metavar="TIME", help="Judge as of this time (ISO 8601) instead of the present."
    )(command)


def as_json(command: _Command) -> _Command:
    """Add `--json`."""
    return click.option(
        "--json", "json_lines", is_flag=True, help="One JSON object a line, schema stalehost/1."
    )(command)


def folder(scope_path: Path | None, db: Path | None) -> "Folder":
    """Open the engagement that the options name, or the nearest one."""
    from scanner.scope.engagement import find

    return find(Path.cwd(), scope_path, db)


def now(text: str | None = None) -> datetime:
    """The present in UTC, or the time that `--now` fixes."""
    if text is None:
        return datetime.now(UTC)  # noqa: TID251 - the command line is where the clock is read
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is not a time such as 2026-12-01T08:00:00+00:00") from error
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
