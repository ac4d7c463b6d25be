"""What may end a scan from outside: Ctrl-C, a closed terminal, `stalehost abort`, an operator who was lost."""

import contextlib
import os
import signal
import sys
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import click

from scanner.cli import options

if TYPE_CHECKING:
    from scanner.scope.engagement import Folder
    from scanner.scope.file import Scope
    from scanner.wire.stop import Stop

_Command = TypeVar("_Command", bound=Callable[..., object])
_HEARTBEAT: Final = "scanner.cli.heartbeat"
_CLOCK: Final = "scanner.cli.lab_clock"

BEAT: Final = 10.0
"""Seconds between two signs of life: two may be lost before the operator counts as lost."""


def attended(command: _Command) -> _Command:
    """Add `--heartbeat` and `--lab-clock`."""

    def keep(name: str) -> Callable[[click.Context, click.Parameter, object], None]:
        return lambda context, _option, value: context.meta.__setitem__(name, value)

    heartbeat = click.option(
        "--heartbeat",
        type=click.Path(path_type=Path),
        expose_value=False,
        callback=keep(_HEARTBEAT),
        help="Stop when this file is not touched for 30 s; see `stalehost attend` (clinical, ot).",
    )
    clock = click.option(
        "--lab-clock",
        type=click.FloatRange(1, 60),
        default=1.0,
        expose_value=False,
        callback=keep(_CLOCK),
        help="In a lab without a way out: wait so many times less before the look a minute after.",
    )
    return heartbeat(clock(command))


@asynccontextmanager
async def stoppable(folder: "Folder", scope: "Scope") -> "AsyncGenerator[Stop, None]":
    """Give the flag that ends a scan, with everything that may set it in place; raise ScopeError when nobody attends."""
    import asyncio

    from scanner.wire.stop import ABORT, Stop, Watched

    heartbeat = click.get_current_context().meta.get(_HEARTBEAT)
    terminal = _attendance(scope, heartbeat)
    flag = folder.root / ABORT
    flag.unlink(missing_ok=True)  # it was meant for an earlier scan
    stop = Stop(Watched(abort=flag, heartbeat=heartbeat))
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()

    def interrupt(name: str) -> None:
        if stop and task is not None:
            task.cancel()  # asked twice: do not wait for connections to end in order
        stop.set(name)

    def typed() -> None:
        if not os.read(sys.stdin.fileno(), 1024):
            stop.set("the terminal was closed")

    words = {"SIGINT": "Ctrl-C", "SIGTERM": "it was told to end", "SIGHUP": "the terminal was closed"}
    with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C cancels the run
        for name, word in words.items():
            loop.add_signal_handler(getattr(signal, name), interrupt, word)
    if terminal:
        loop.add_reader(sys.stdin.fileno(), typed)
    try:
        yield stop
    finally:
        if terminal:
            loop.remove_reader(sys.stdin.fileno())
        flag.unlink(missing_ok=True)  # whoever aborts waits for this


async def later() -> float:
    """Seconds after which a device is looked at once more, by the lab's clock where there is one."""
    from scanner.errors import ScopeError
    from scanner.wire.links import has_default_route
    from scanner.wire.vigil import LATER

    factor: float = click.get_current_context().meta.get(_CLOCK) or 1.0
    if factor == 1:
        return LATER
    if await has_default_route():
        raise ScopeError("--lab-clock is for simulated networks: this machine has a way out of here")
    click.echo(
        f"lab clock x{factor:g}: the look a minute after a device comes after {LATER / factor:g} s", err=True
    )
    return LATER / factor


def told(stop: "Stop") -> None:
    """Say why a scan ended early, and end the program with status 130; nothing when it came to its end."""
    if stop.reason is not None:
        click.echo(f"stalehost: stopped ({stop.reason}); what was seen so far is stored", err=True)
        raise click.exceptions.Exit(130)


@contextmanager
def beating(file: Path) -> Iterator[None]:
    """Touch a heartbeat file every few seconds until the block ends; then it is gone."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(BEAT):
            file.touch()

    file.touch(0o600)
    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        file.unlink(missing_ok=True)


def _attendance(scope: "Scope", heartbeat: Path | None) -> bool:
    """Whether the terminal is what shows that somebody attends; ScopeError when somebody must and nobody does."""
    from scanner.errors import ScopeError
    from scanner.model.kinds import Profile
    from scanner.wire.stop import fresh

    zones = [one.zone for one in scope.networks if one.profile in {Profile.CLINICAL, Profile.OT}]
    if heartbeat is not None and not fresh(heartbeat, options.now().timestamp()):
        raise ScopeError(
            f"{heartbeat}: not touched in the last 30 s; keep `stalehost attend {heartbeat}` running"
        )
    if not zones or heartbeat is not None:
        return False
    if not sys.stdin.isatty():
        raise ScopeError(
            f"{', '.join(zones)}: clinical and ot are scanned with somebody attending; run this in a terminal,"
            " or give --heartbeat FILE and keep `stalehost attend FILE` running in one"
        )
    return True
