"""Options that many commands share, and the one place that reads the clock."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from scanner.scope.engagement import Folder

_Command = TypeVar("_Command", bound=Callable[..., object])


def engagement(command: _Command) -> _Command:
    """Add `--scope`, `--db`, `--store` and `--allowed-signers`."""
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
    store = click.option(
        "--store",
        metavar="URL",
        envvar="STALEHOST_STORE",
        expose_value=False,
        callback=_keep_store,
        help="PostgreSQL in place of a file: postgresql://USER@HOST/DATABASE (password: ~/.pgpass).",
    )
    signers = click.option(
        "--allowed-signers",
        envvar="STALEHOST_ALLOWED_SIGNERS",
        type=click.Path(path_type=Path),
        expose_value=False,
        callback=_keep_signers,
        help="Who may sign scope files, as OpenSSH lists them (default: /etc/stalehost, then your own).",
    )
    return scope(database(store(signers(command))))


def _keep_store(context: click.Context, _option: click.Parameter, value: str | None) -> None:
    context.meta[_STORE] = value


def _keep_signers(context: click.Context, _option: click.Parameter, value: Path | None) -> None:
    context.meta[_SIGNERS] = value


_SIGNERS = "scanner.cli.allowed_signers"
_STORE = "scanner.cli.store"


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

    context = click.get_current_context(silent=True)
    # a file that is named goes before a server that is merely set in the environment
    return find(
        Path.cwd(), scope_path, db or (context.meta.get(_STORE) if context else None), allowed_signers()
    )


def allowed_signers() -> Path | None:
    """The list of those who may sign: the one that is named, or the one that this machine uses."""
    from scanner.scope.authority import usual_signers

    context = click.get_current_context(silent=True)
    named = context.meta.get(_SIGNERS) if context else None
    return named or usual_signers(os.environ, Path.home())


def now(text: str | None = None) -> datetime:
    """The present in UTC, or the time that `--now` fixes."""
    if text is None:
        return datetime.now(UTC)  # noqa: TID251 - the command line is where the clock is read
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is not a time such as 2026-12-01T08:00:00+00:00") from error
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
