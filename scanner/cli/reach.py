"""Say how it is known who reaches whom, and measure it."""

import sys
from pathlib import Path

import click

from scanner.cli import judging, options, reaching


@click.command("reach")
@click.option(
    "--from", "source", metavar="ZONE", help="Plugged in there: knock on one device of each other zone."
)
@click.option(
    "--check", is_flag=True, help="Hold the declared segments against what was seen; exit 1 when refuted."
)
@options.engagement
@options.clock
@options.as_json
def command(
    source: str | None,
    check: bool,
    scope_path: Path | None,
    db: Path | None,
    now_text: str | None,
    json_lines: bool,
) -> None:
    """Say how many zone pairs are measured, declared, inferred and assumed, and where to plug in next.

    Sends nothing without --from. With it, a connection is opened and closed on ports that were seen open, in office and
    lab networks alone; clinical and ot devices get none.
    """
    if source and check:
        raise click.UsageError("--from measures and --check judges: one of the two at a time")
    if source:
        _measure(scope_path, db, source)
        return
    if check:
        from scanner.knowledge.base import open_base
        from scanner.risk import canary, segments

        folder = options.folder(scope_path, db)
        found, base = judging.assessment(scope_path, db, now_text), open_base(engagement=folder.root)
        devices = [one.device for one in found.devices]
        log = judging.log(scope_path, db)
        checked = segments.check(folder.scope, log, devices, canary.gates(base.exposures()))
        click.echo(reaching.check_line(checked) if json_lines else "\n".join(reaching.check_lines(checked)))
        sys.exit(0 if checked.passed else 1)
    from scanner.risk.worth import worth

    found, on = judging.rehearsal(scope_path, db, now_text)
    told = worth(on)
    click.echo(reaching.line(found, told) if json_lines else "\n".join(reaching.lines(found, told)))


def _measure(scope_path: Path | None, db: Path | None, source: str) -> None:
    """Knock from here, store what was seen as a run of its own, and say it."""
    import asyncio

    import msgspec

    from scanner.discover.crossing import cross
    from scanner.identify import merge
    from scanner.knowledge.base import open_base
    from scanner.means import means
    from scanner.pipeline import begin, heed
    from scanner.risk import canary
    from scanner.store.store import open_store

    folder = options.folder(scope_path, db)
    base = open_base(engagement=folder.root)
    with open_store(folder.database, folder.id) as store:
        scope = heed(folder.scope, store, base, options.now())
        devices = merge.devices(tuple(store.log()), base, scope, options.now())
        wanted = canary.canaries(devices, scope, source, canary.gates(base.exposures()))

        async def work() -> None:
            run = begin(folder, scope, "reach", options.now(), 1, base)
            async with means(folder, scope, options.now) as using:
                targets = [(one.network, one.address, one.ports) for one in wanted]
                seen = await cross(scope, source, targets, using.dialer, using.links, options.now)
                store.append(seen)
                store.save(msgspec.structs.replace(run, ended=options.now(), head=using.audit.head))
            for one in seen:
                click.echo(f"{source} -> {one.zone}: {one.address} {one.port} {one.value}")

        asyncio.run(work())
    spared = sorted(
        {network.zone for network in scope.networks} - {source, *(one.network.zone for one in wanted)}
    )
    if spared:
        click.echo(f"not knocked on: {', '.join(spared)} (the profile, or no port seen open there)", err=True)
