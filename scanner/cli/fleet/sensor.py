"""A sensor on duty."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from scanner.cli import options
from scanner.cli.fleet import telling

if TYPE_CHECKING:
    from scanner.fleet.keeping import Kept
    from scanner.fleet.say import Log
    from scanner.fleet.sensor import Look


@click.command("sensor")
@options.engagement
@click.option("--once", is_flag=True, help="End when no job is due.")
@click.option(
    "--heartbeat",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Touched while somebody attends; see `stalehost attend` (clinical, ot).",
)
@click.option(
    "--trunk", metavar="IFACE", help="An interface with tagged frames of the networks that have a vlan."
)
@click.option("--no-listen", is_flag=True, help="Do not listen to wards and plants while looking at them.")
@telling.form
def command(
    scope_path: Path | None,
    db: Path | None,
    once: bool,
    heartbeat: Path | None,
    trunk: str | None,
    no_listen: bool,
    log: str,
) -> None:
    """Look at what the centre asks for, by this site's own signed scope file, and ship what is seen.

    Connects outward only, by TLS. While the centre is away what was seen waits on disk. Ctrl-C and SIGTERM end it in
    order. A sensor that was revoked ends with status 2.
    """
    import asyncio

    from scanner.fleet import keeping
    from scanner.fleet.scanning import looker

    folder = options.folder(scope_path, db)
    kept = keeping.find(folder.root, folder.root)
    look = looker(
        lambda: options.folder(scope_path, db),
        clock=options.now,
        heartbeat=heartbeat,
        trunk=trunk,
        listen=not no_listen,
        # a way of its own: what is asked for before each send must not wait for a batch on its way
        connect=lambda: kept.opened()[0],
    )
    asyncio.run(_serve(kept, look, telling.log(log), once=once))


async def _serve(kept: "Kept", look: "Look", log: "Log", *, once: bool) -> None:
    import asyncio
    import random
    from importlib.metadata import version

    from scanner.fleet.duty import Duty, World
    from scanner.fleet.lease import passed
    from scanner.wire.stop import Stop

    over = Stop()
    world = World(
        log=log, over=over, now=options.now, clock=passed, sleep=asyncio.sleep,
        jitter=random.SystemRandom().random, program=f"stalehost {version('stalehost')}",
    )  # fmt: skip
    with telling.ended(over):
        await Duty(kept, look, world).serve(once=once)
