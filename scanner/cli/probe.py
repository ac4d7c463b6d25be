"""Try one probe on one host of the scope."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from scanner.cli import options

if TYPE_CHECKING:
    from scanner.model.net import Address, Port
    from scanner.observe.probe import Probe


@click.command("probe")
@click.argument("name")
@click.argument("host")
@click.option("--port", type=click.IntRange(1, 65535), help="Another port than the probe's usual one.")
@click.option("--record", type=click.Path(path_type=Path), help="Write the exchange as a .talk file.")
@options.engagement
def command(
    name: str, host: str, port: int | None, record: Path | None, scope_path: Path | None, db: Path | None
) -> None:
    """Run probe NAME on HOST (an address) within the scope, and print what it saw, one JSON object a line."""
    import asyncio

    import msgspec

    from scanner.errors import DataError
    from scanner.identify.claims import identify
    from scanner.knowledge.base import open_base
    from scanner.means import means
    from scanner.observe.active import load_probes
    from scanner.pipeline import heed, probe_once
    from scanner.report import issue
    from scanner.report.save import save
    from scanner.store.store import open_store

    folder = options.folder(scope_path, db)
    known, address = load_probes(), _address(host)
    if name not in known:
        raise DataError(f"no probe {name!r}; known: {', '.join(known)}")
    at = _port(known[name], port)

    with open_store(folder.database, folder.id) as store:
        knowledge = open_base(engagement=folder.root)
        scope = heed(folder.scope, store, knowledge, options.now())

    async def work() -> None:
        async with means(folder, scope, options.now) as using:
            seen, talk = await probe_once(scope, known[name], address, at, using, options.now)
        for one in seen:
            click.echo(msgspec.json.encode(one))
        if not any(identify(one.field, one.value, knowledge)[1] for one in seen):
            click.echo(
                f"not recognised; if you know what it is, tell the project:\n\n{issue.body(seen)}", err=True
            )
        if record is not None:
            save(record, talk)
            click.echo(
                f"wrote {record}: check that it names no person or place before you share it", err=True
            )

    asyncio.run(work())


def _port(probe: "Probe", number: int | None) -> "Port":
    """The port that was typed, by TCP or UDP as the probe speaks; without one its lowest usual port."""
    from scanner.errors import DataError
    from scanner.model import net

    if number:
        return net.udp(number) if any(map(net.is_udp, probe.ports)) else net.tcp(number)
    if not probe.ports:
        raise DataError(f"probe {probe.name} has no usual port; name one with --port")
    return min(probe.ports, key=net.number)


def _address(host: str) -> "Address":
    """The address that was typed; names are not resolved, since nothing may be asked outside the scope."""
    from scanner.errors import ScopeError
    from scanner.model import net

    try:
        return net.address(host)
    except ValueError as error:
        raise ScopeError(f"{error}; name the host by its address") from error
