"""How the programs that keep running tell what they do, and what ends them in order."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final, TypeVar

import click

from scanner.cli import options

if TYPE_CHECKING:
    from scanner.fleet.say import Log
    from scanner.wire.stop import Stop

_Command = TypeVar("_Command", bound=Callable[..., object])

WORDS: Final = {signal.SIGINT: "Ctrl-C", signal.SIGTERM: "it was told to end"}


def form(command: _Command) -> _Command:
    """Add `--log`."""
    return click.option(
        "--log",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help="How lines are written.",
    )(command)


def log(form: str) -> "Log":
    """Lines on stderr."""
    from scanner.fleet.say import Form, Log

    return Log(lambda line: click.echo(line, err=True), Form(form), options.now)


@contextmanager
def signalled() -> "Iterator[threading.Event]":
    """The flag that is set when a program without an event loop is told to end; the second time it ends at once."""
    over = threading.Event()

    def tell(_number: int, _frame: object) -> None:
        if over.is_set():
            raise KeyboardInterrupt
        over.set()

    before = {one: signal.signal(one, tell) for one in WORDS}
    try:
        yield over
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


@contextmanager
def ended(over: "Stop") -> "Iterator[None]":
    """Set the flag when the program is told to end; the second time it ends at once, without waiting for anybody."""
    import asyncio

    loop, task = asyncio.get_running_loop(), asyncio.current_task()

    def tell(word: str) -> None:
        if over and task is not None:
            task.cancel()
        over.set(word)

    with suppress(NotImplementedError):  # Windows: Ctrl-C cancels the run
        for one, word in WORDS.items():
            loop.add_signal_handler(one, tell, word)
    try:
        yield
    finally:
        with suppress(NotImplementedError):
            for one in WORDS:
                loop.remove_signal_handler(one)
