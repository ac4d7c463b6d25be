"""Options of the centre's commands, and the way to its folder and its database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from datetime import datetime

    from scanner.fleet.home import Home
    from scanner.fleet.link import Link
    from scanner.wire.audit import Audit

_Command = TypeVar("_Command", bound=Callable[..., object])
_FOLDER = "scanner.cli.fleet.folder"
_DATABASE = "scanner.cli.fleet.database"


def centre(command: _Command) -> _Command:
    """Add `--folder` and `--database`, which `home` and `opened` heed."""

    def keep(name: str) -> Callable[[click.Context, click.Parameter, object], None]:
        return lambda context, _option, value: context.meta.__setitem__(name, value)

    folder = click.option(
        "--folder",
        type=click.Path(path_type=Path, file_okay=False),
        expose_value=False,
        callback=keep(_FOLDER),
        help="Where `fleet init` was run (default: here, or the nearest above).",
    )
    database = click.option(
        "--database",
        metavar="URL",
        envvar="STALEHOST_FLEET_DATABASE",
        expose_value=False,
        callback=keep(_DATABASE),
        help="The fleet's database, where it is not as `fleet init` kept it.",
    )
    return folder(database(command))


def home() -> "Home":
    """The centre's folder that the options name, or the nearest one."""
    from scanner.fleet import home as homes

    meta = click.get_current_context().meta
    return homes.find(Path.cwd(), meta.get(_FOLDER), meta.get(_DATABASE))


@contextmanager
def opened() -> "Iterator[Link]":
    """A connection to the fleet's database, as the centre."""
    from scanner.fleet.link import connect

    with connect(home().database) as link:
        yield link


def audit(clock: "Callable[[], datetime]") -> "Audit":
    """The audit in the centre's folder: of what people let go on there."""
    from scanner.scope.engagement import AUDIT_FILE
    from scanner.wire.audit import Audit

    return Audit(home().root.parent / AUDIT_FILE, clock)


def listed() -> None:
    """Write the list of certificates that count no longer, and say how the server comes to heed it."""
    from scanner.cli import options
    from scanner.fleet import admit, authority, private

    one = home()
    with opened() as link:
        rows = admit.retired(link)
    private.put(one.revoked, authority.revoked(one.authority(), rows, options.now()))
    click.echo(
        f"{one.revoked}: copy it over stalehost.crl in the server's data directory, then there:"
        " psql -c 'SELECT pg_reload_conf()'",
        err=True,
    )
