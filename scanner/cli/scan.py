"""Look at the networks of the scope."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from scanner.cli import options, stopping
from scanner.cli.progress import watched

if TYPE_CHECKING:
    from scanner.model.net import Port
    from scanner.scope.engagement import Folder
    from scanner.scope.file import Scope
    from scanner.wire.stop import Stop

PROFILES = ("passive", "ot", "clinical", "office", "lab", "bench")


@click.command("scan")
@options.engagement
@stopping.attended
@click.option(
    "--profile", type=click.Choice(PROFILES), help="Be at least this careful everywhere (never less)."
)
@click.option("--engine", type=click.Choice(["own", "nmap"]), default="own", help="Who looks for open ports.")
@click.option("--dry-run", is_flag=True, help="Say who would be asked what, and for how long; send nothing.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Write the dry run as a change request."
)
@click.option("--approve-by", metavar="NAME", help="After a dry run: NAME approves this plan (clinical, ot).")
@click.option(
    "--ports",
    metavar="all|LIST",
    help="TCP ports such as 22,80,8000-8100, as far as a profile allows; no UDP beside a list.",
)
@click.option(
    "--trunk", metavar="IFACE", help="An interface with tagged frames of the networks that have a vlan."
)
@click.option("--no-listen", is_flag=True, help="Do not listen to wards and plants while looking at them.")
@click.option("--resume", is_flag=True, help="Go on with the last scan where it was cut short.")
@click.option("--yes", is_flag=True, help="Do not ask before sending.")
def command(
    scope_path: Path | None,
    db: Path | None,
    profile: str | None,
    engine: str,
    dry_run: bool,
    output: Path | None,
    approve_by: str | None,
    ports: str | None,
    trunk: str | None,
    no_listen: bool,
    resume: bool,
    yes: bool,
) -> None:
    """Discover and fingerprint every device of the scope. Ctrl-C ends it in order and keeps what was seen."""
    from scanner.discover.ports import read
    from scanner.model.kinds import Profile
    from scanner.scope.profile import careful

    if (output or approve_by) and not dry_run:
        raise click.UsageError("-o and --approve-by belong to --dry-run")
    wished = read(ports) if ports else None
    folder = options.folder(scope_path, db)
    scope = careful(folder.scope, Profile(profile)) if profile else folder.scope
    _plan(folder, scope, output, approve_by, dry_run=dry_run, listen=not no_listen)
    if dry_run:
        return
    _agree(scope, yes=yes)
    _send(folder, scope, engine, wished, trunk, resume=resume, listen=not no_listen)


def _plan(
    folder: "Folder",
    scope: "Scope",
    output: Path | None,
    approve_by: str | None,
    *,
    dry_run: bool,
    listen: bool,
) -> None:
    """Say what would be sent; write it down, and have it approved, where that is wished."""
    from scanner.cli import planning
    from scanner.discover import plan as frames
    from scanner.observe.capture import beside
    from scanner.observe.packets import lines

    plan = planning.made(folder, scope, options.now())
    heard = beside.lines(scope) if listen else ()
    for line in (*lines(plan), *frames.lines(scope), *heard):
        click.echo(line, err=not dry_run)
    if output:
        planning.save(plan, output)
        click.echo(f"wrote {output}", err=True)
    if approve_by:
        planning.approve(folder, scope, approve_by, options.now())
        click.echo(f"approved by {approve_by}: {plan.fingerprint}", err=True)


def _agree(scope: "Scope", *, yes: bool) -> None:
    """Raise ScopeError without an approval where one is needed, and end here when the user says no."""
    from scanner.observe.packets import require_approval
    from scanner.scope import describe

    if soon := describe.expiring(scope, options.now()):
        click.echo(soon, err=True)
    require_approval(scope, scope.networks)
    if not yes:
        click.confirm("Send this?", abort=True, err=True)


def _send(
    folder: "Folder",
    scope: "Scope",
    engine: str,
    ports: "tuple[Port, ...] | None",
    trunk: str | None,
    *,
    resume: bool,
    listen: bool,
) -> None:
    """Scan, and say where it is stored."""
    import asyncio

    from scanner.fleet.scanning import run_chunk
    from scanner.knowledge.base import open_base
    from scanner.means import Engine, means
    from scanner.pipeline import begin, heed, unfinished
    from scanner.store.store import open_store

    knowledge = open_base(engagement=folder.root)

    async def work() -> "Stop":
        run = (
            unfinished(store, scope) if resume else begin(folder, scope, "scan", options.now(), 1, knowledge)
        )
        heeded = heed(scope, store, knowledge, options.now())
        async with (
            stopping.stoppable(folder, heeded) as stop,
            means(
                folder,
                heeded,
                options.now,
                stop=stop,
                later=await stopping.later(),
                trunk=trunk,
                listen=listen,
            ) as using,
        ):
            await run_chunk(
                heeded, None, store, run, using,
                clock=options.now, watch=watch, engine=Engine(engine), current=folder.again, ports=ports,
            )  # fmt: skip
        return stop

    with open_store(folder.database, folder.id) as store, watched() as watch:
        stopping.told(asyncio.run(work()))
        click.echo(f"stored in {store.name}; next: stalehost devices, stalehost report", err=True)
