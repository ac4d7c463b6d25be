"""Say how it is known who reaches whom, and measure it."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scanner.cli import judging, options, reaching

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from scanner.discover.crossing import Target
    from scanner.model.device import Device
    from scanner.model.knowledge import Knowledge
    from scanner.model.observation import Observation
    from scanner.risk.canary import Gates
    from scanner.risk.flows import Doors
    from scanner.scope.file import Scope
    from scanner.store.store import Store


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
    lab networks alone; clinical and ot devices get none. Zones of another site take part where the scope file names
    their networks ([[peer]]) and a bundle of that site is in the log.
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
    from scanner.store.store import open_store

    folder = options.folder(scope_path, db)
    found, base = judging.assessment(scope_path, db, now_text), open_base(engagement=folder.root)
    with open_store(folder.database, folder.id) as store:
        far, beyond = _abroad(folder.scope, store, base, found.now)
        # what another site saw at an address says nothing of that address here
        log = tuple(store.log())
    devices = [one.device for one in found.devices if one.device.site is None]
    checked = segments.check(folder.scope, log, [*devices, *far], canary.gates(base.exposures()), beyond)
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
    from scanner.scope.exclude import followed
    from scanner.scope.site import beside
    from scanner.store.store import open_store
    from scanner.wire import fragile

    folder = options.folder(scope_path, db)
    base = open_base(engagement=folder.root)
    with open_store(folder.database, folder.id) as store:
        own = heed(folder.scope, store, base, options.now())
        log, known = tuple(store.log()), canary.gates(base.exposures())
        far, beyond = _abroad(own, store, base, options.now())
        devices = (*merge.devices(log, base, own, options.now()), *far)
        # what another site knows of its devices can only forbid; whether anything may be sent, our own scope says
        scope = beside(fragile.learn(followed(own, far), devices, log) if far else own)
        wanted = (
            _refuting(scope, source, log, devices, known, beyond)
            if check
            else _telling(scope, source, devices, known)
        )

        async def work() -> None:
            run = begin(folder, scope, "reach", options.now(), 1, base)
            async with means(folder, scope, options.now) as using:
                seen = await cross(own, source, wanted, using.dialer, using.links, options.now)
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


def _abroad(
    scope: "Scope", store: "Store", base: "Knowledge", now: "datetime"
) -> "tuple[tuple[Device, ...], Doors]":
    """Devices of other sites that the scope names, as far as their bundles are here; and their open doors."""
    from scanner import sites

    runs = store.runs(everywhere=True)
    if not scope.peers or all(run.site is None for run in runs):
        return (), frozenset()
    picture = sites.picture(store.log(everywhere=True), runs, store.presence(everywhere=True))
    return sites.abroad(picture, scope, base, now)


def _telling(scope: "Scope", source: str, devices: "Sequence[Device]", known: "Gates") -> "list[Target]":
    """One device of each other zone, on every gate port that it has open."""
    from scanner.risk import canary

    return [(one.network, one.address, one.ports) for one in canary.canaries(devices, scope, source, known)]


def _refuting(
    scope: "Scope",
    source: str,
    log: "Sequence[Observation]",
    devices: "Sequence[Device]",
    known: "Gates",
    beyond: "Doors",
) -> "list[Target]":
    """The fewest knocks that could refute what is declared of the zone, and all that refuted it last time."""
    from scanner.risk import segments
    from scanner.scope.gate import Gate

    told = segments.check(scope, log, devices, known, beyond)
    anew = segments.check(scope, segments.anew(log, source), devices, known, beyond)
    wanted = {(one.address, one.port) for rule in anew.rules for one in rule.knocks if one.source == source}
    wanted |= set(segments.still(log, source, told))
    gate = Gate(scope)
    return [
        (network, address, (port,)) for address, port in sorted(wanted) if (network := gate.network(address))
    ]
