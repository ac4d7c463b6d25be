"""Listen, and send nothing: on an interface or to a capture file."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scanner.cli import options

if TYPE_CHECKING:
    from scanner.model.net import Address
    from scanner.observe.capture.ear import Ear
    from scanner.scope.file import Scope

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def _seconds(_context: click.Context, _option: click.Parameter, value: str | None) -> float:
    """`30s`, `10m`, `2h`, `7d`."""
    found = re.fullmatch(r"(\d{1,6})([smhd])", value or "999999d")
    if found is None or not int(found[1]):
        raise click.BadParameter(f"{value!r} is not a time such as 30s, 10m, 2h or 7d")
    return float(int(found[1]) * _UNITS[found[2]])


@click.command("listen")
@click.option("-i", "--interface", help="The interface to listen on: a mirror port, or any.")
@click.option(
    "--for",
    "seconds",
    metavar="TIME",
    callback=_seconds,
    help="How long: 30s, 10m, 2h, 7d (default: until Ctrl-C).",
)
@click.option(
    "--read",
    "file",
    type=click.Path(path_type=Path),
    help="Read a capture instead: a file, a FIFO, or - for standard input.",
)
@options.engagement
@options.clock
def command(
    interface: str | None,
    seconds: float,
    file: Path | None,
    scope_path: Path | None,
    db: Path | None,
    now_text: str | None,
) -> None:
    """Learn from what passes by, without sending a frame: the kernel itself forbids this process to send.

    What is heard of addresses outside the scope is not kept. Repeats only widen intervals: a mirror port may be listened
    to for weeks.
    """
    import asyncio

    import msgspec

    from scanner.errors import DataError
    from scanner.knowledge.base import open_base
    from scanner.observe.capture import live
    from scanner.pipeline import begin
    from scanner.store.store import open_store
    from scanner.wire.audit import Audit
    from scanner.wire.helper import RawHelper

    if (interface is None) == (file is None):
        raise click.UsageError("name an interface (-i) or a capture (--read), one of the two")
    folder = options.folder(scope_path, db)
    ear, wrong, lost = _ear(folder.scope), "", [0]

    def told(_frames: int, dropped: int) -> None:
        lost[0] = dropped

    with open_store(folder.database, folder.id) as store:
        run = begin(
            folder, folder.scope, "listen", options.now(now_text), 1, open_base(engagement=folder.root)
        )
        store.save(run)

        async def hear(on: str) -> None:
            with Audit(folder.audit, options.now) as audit:
                async with RawHelper(folder.scope, audit) as helper:
                    async for news in live.news(helper, on, ear, seconds=seconds, told=told):
                        store.append(news)

        try:
            if interface is not None:
                asyncio.run(hear(interface))
            elif file is not None:
                store.append(live.recorded(file, ear, options.now(now_text).timestamp()))
        except DataError as error:
            wrong = str(error)
        finally:
            store.append(ear.finish())
            said = tuple(live.lines(ear, lost[0] if interface else None))
            store.save(msgspec.structs.replace(run, ended=options.now(now_text), notes=(*run.notes, *said)))
            _print(said)
    if wrong:
        raise DataError(wrong)


def _ear(scope: "Scope") -> "Ear":
    """What hears for this scope: of addresses outside it nothing is kept, of another site's only whom they answered."""
    from functools import lru_cache

    from scanner.observe.capture.ear import Ear
    from scanner.observe.capture.watch import Watch
    from scanner.observe.parsers import load_parsers
    from scanner.scope.gate import Gate
    from scanner.scope.site import beside

    own, both = Gate(scope), Gate(beside(scope))

    @lru_cache(1 << 14)
    def zone(address: "Address") -> str | None:
        network = own.network(address)
        return network.zone if network else None

    @lru_cache(1 << 14)
    def whose(address: "Address") -> str | None:
        network = both.network(address)
        return network.zone if network else None

    def far(address: "Address") -> bool:
        return zone(address) is None and whose(address) is not None

    watch = Watch(lambda address, _near: zone(address) is not None, zone=zone, far=far)
    return Ear(watch, load_parsers(), whose)


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line, err=True)
