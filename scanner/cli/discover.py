"""Say who is there and which ports are open, without asking what they are."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from scanner.cli import options, stopping
from scanner.cli.progress import watched

if TYPE_CHECKING:
    from scanner.wire.stop import Stop


@click.command("discover")
@options.engagement
@stopping.attended
@options.as_json
@click.option("--cross-check", is_flag=True, help="Send nothing; compare what we and nmap saw so far.")
def command(scope_path: Path | None, db: Path | None, json_lines: bool, cross_check: bool) -> None:
    """Find addresses and open ports of the whole scope, and print a line for each address."""
    import asyncio

    from scanner.discover.nmap import compare
    from scanner.knowledge.base import open_base
    from scanner.means import NMAP_SOURCE, Engine, means
    from scanner.pipeline import begin, heed, scan
    from scanner.report import addresses, recall
    from scanner.store.store import open_store

    folder = options.folder(scope_path, db)
    knowledge = open_base(engagement=folder.root)
    with open_store(folder.database, folder.id) as store:
        if cross_check:
            log = list(store.log())
            theirs = [seen for seen in log if seen.source in (NMAP_SOURCE, "import:nmap-xml")]
            for line in addresses.crossed(
                compare((seen for seen in log if seen.source == "tcp:connect"), theirs)
            ):
                click.echo(line)
            return
        scope = heed(folder.scope, store, knowledge, options.now())
        run = begin(folder, scope, "discover", options.now(), 1, knowledge)

        async def work() -> "Stop":
            async with (
                stopping.stoppable(folder, scope) as stop,
                means(
                    folder, scope, options.now, stop=stop, later=await stopping.later(), listen=True
                ) as using,
            ):
                await scan(
                    scope, store, run, using,
                    clock=options.now, watch=watch, engine=Engine.KNOCK, current=folder.again,
                )  # fmt: skip
            return stop

        with watched() as watch:
            stopping.told(asyncio.run(work()))
        log = list(store.log())
        for line in (addresses.as_json if json_lines else addresses.as_text)(log, knowledge):
            click.echo(line)
        for zone, found in recall.recall(log, run.started, {}).items():
            click.echo(f"found in {zone}: {recall.words(found)}", err=True)
