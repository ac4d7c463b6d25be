"""Look at the networks of the scope."""

from pathlib import Path

import click

from scanner.cli import options
from scanner.cli.progress import watched

PROFILES = ("passive", "ot", "clinical", "office", "lab", "bench")


@click.command("scan")
@options.engagement
@click.option(
    "--profile", type=click.Choice(PROFILES), help="Be at least this careful everywhere (never less)."
)
@click.option("--engine", type=click.Choice(["own", "nmap"]), default="own", help="Who looks for open ports.")
@click.option("--dry-run", is_flag=True, help="Say who would be asked what, and for how long; send nothing.")
@click.option("--yes", is_flag=True, help="Do not ask before sending.")
def command(
    scope_path: Path | None, db: Path | None, profile: str | None, engine: str, dry_run: bool, yes: bool
) -> None:
    """Discover and fingerprint every device of the scope. Ctrl-C ends it in order and keeps what was seen."""
    import asyncio

    from scanner.model.kinds import Profile
    from scanner.scope import describe
    from scanner.scope.profile import careful

    folder = options.folder(scope_path, db)
    scope = careful(folder.scope, Profile(profile)) if profile else folder.scope
    for line in describe.plan(scope, options.now()):
        click.echo(line, err=not dry_run)
    if dry_run:
        return
    if not yes:
        click.confirm("Send this?", abort=True, err=True)
    from scanner.knowledge.base import open_base
    from scanner.look import Engine
    from scanner.pipeline import begin, means, scan
    from scanner.store.store import open_store

    run = begin(folder, scope, "scan", options.now(), 1, open_base())

    async def work() -> None:
        async with means(folder, scope, options.now) as using:
            await scan(scope, store, run, using, clock=options.now, watch=watch, engine=Engine(engine))

    with open_store(folder.database, folder.id) as store, watched() as watch:
        asyncio.run(work())
        click.echo(f"stored in {folder.database}; next: stalehost devices, stalehost report", err=True)
