"""Say how it is known who reaches whom, and measure it."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scanner.cli import judging, options, reaching

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scanner.discover.crossing import Target
    from scanner.model.device import Device
    from scanner.model.observation import Observation
    from scanner.risk.canary import Gates
    from scanner.scope.file import Scope


@click.command("reach")
@click.option(
    "--from", "source", metavar="ZONE", help="Plugged in there: knock on one device of each other zone."
)
@click.option(
    "--check", is_flag=True,
    help="Hold the declared segments against what was seen; exit 1 when refuted. With --from: knock first, with the "
    "fewest knocks that could refute what is declared of that zone.",
)  # fmt: skip
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
    if source:
        _measure(scope_path, db, source, check)
    if check:
        _check(scope_path, db, now_text, json_lines)
    if source:
        return
    from scanner.risk.worth import worth

    found, on = judging.rehearsal(scope_path, db, now_text)
    told = worth(on)
    click.echo(reaching.line(found, told) if json_lines else "\n".join(reaching.lines(found, told)))


def _check(scope_path: Path | None, db: Path | None, now_text: str | None, json_lines: bool) -> None:
    """Print the declared policy against what was seen, and end with its verdict."""
    from scanner.knowledge.base import open_base
    from scanner.risk import canary, segments

    folder = options.folder(scope_path, db)
    found, base = judging.assessment(scope_path, db, now_text), open_base(engagement=folder.root)
    devices = [one.device for one in found.devices]
    log = judging.log(scope_path, db)
    checked = segments.check(folder.scope, log, devices, canary.gates(base.exposures()))
    click.echo(reaching.check_line(checked) if json_lines else "\n".join(reaching.check_lines(checked)))
    sys.exit(0 if checked.passed else 1)


def _measure(scope_path: Path | None, db: Path | None, source: str, check: bool) -> None:
    """Knock from here, store what was seen as a run of its own, and say it on stderr, or as data where nothing follows."""
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
        log = tuple(store.log())
        devices, known = merge.devices(log, base, scope, options.now()), canary.gates(base.exposures())
        wanted = (_refuting if check else _telling)(scope, source, log, devices, known)

        async def work() -> None:
            run = begin(folder, scope, "reach", options.now(), 1, base)
            async with means(folder, scope, options.now) as using:
                seen = await cross(scope, source, wanted, using.dialer, using.links, options.now)
                store.append(seen)
                store.save(msgspec.structs.replace(run, ended=options.now(), head=using.audit.head))
            for one in seen:
                click.echo(f"{source} -> {one.zone}: {one.address} {one.port} {one.value}", err=check)

        asyncio.run(work())
    spared = sorted({network.zone for network in scope.networks} - {source, *(one[0].zone for one in wanted)})
    if spared:
        why = "nothing left to refute, or " if check else ""
        click.echo(
            f"not knocked on: {', '.join(spared)} ({why}the profile, or no port seen open there)", err=True
        )


def _telling(
    scope: "Scope", source: str, _log: "Sequence[Observation]", devices: "Sequence[Device]", known: "Gates"
) -> "list[Target]":
    """One device of each other zone, on every gate port that it has open."""
    from scanner.risk import canary

    return [(one.network, one.address, one.ports) for one in canary.canaries(devices, scope, source, known)]


def _refuting(
    scope: "Scope", source: str, log: "Sequence[Observation]", devices: "Sequence[Device]", known: "Gates"
) -> "list[Target]":
    """The fewest knocks that could refute what is declared of the zone, and all that refuted it last time."""
    from scanner.risk import segments
    from scanner.scope.gate import Gate

    told = segments.check(scope, log, devices, known)
    anew = segments.check(scope, segments.anew(log, source), devices, known)
    wanted = {(one.address, one.port) for rule in anew.rules for one in rule.knocks if one.source == source}
    wanted |= set(segments.still(log, source, told))
    gate = Gate(scope)
    return [
        (network, address, (port,)) for address, port in sorted(wanted) if (network := gate.network(address))
    ]
