"""Scan a simulated network and write its report."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from scanner.cli import options

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_OURS: Final = (
    "stalehost.db",
    "stalehost.db-wal",
    "stalehost.db-shm",
    "ledger.db",
    "audit.jsonl",
    "plan.approved",
    "scope.toml",
    "scope.toml.sig",
)


_CLOCK: Final = 20
"""How many times sooner than in a hospital a device is looked at once more."""


@click.command("demo")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), default=Path("stalehost-demo"), show_default=True
)
@click.option(
    "--sector", type=click.Choice(["hospital", "utility", "bank"]), default="hospital", show_default=True
)
@click.option(
    "--seed", type=int, help="Vary names, versions and addresses; the same seed gives the same network."
)
@click.option(
    "--lab", "variant", type=click.Choice(["two-bridge"]),
    help="The hospital with other cabling: a second computer that joins office and management.",
)  # fmt: skip
def command(output: Path, sector: str, seed: int | None, variant: str | None) -> None:
    """Boot a simulated network, scan it with real packets, and write report.html and stalehost.db to DIR."""
    from scanner.lab import run
    from scanner.lab.paperwork import PAPERS, signers
    from scanner.lab.sector import VARIANTS

    if variant and sector != "hospital":
        raise click.UsageError(f"--lab {variant} is cabling of the hospital: leave --sector {sector} away")
    cards = VARIANTS[variant] if variant else ()
    output.mkdir(parents=True, exist_ok=True)
    for name in _OURS:
        # a throw-away engagement: yesterday's demo must not spend today's budgets
        (output / name).unlink(missing_ok=True)
    why_not = run.possible()
    if why_not is None:
        _in_namespaces(sector, seed, output, cards)
    else:
        click.echo(
            f"no namespaces here ({why_not}): the devices are played in process, without packets", err=True
        )
        _in_process(sector, seed, output, cards)
    scope = str(output / "scope.toml")
    same = ("-s", scope, "--allowed-signers", str(signers(output)))
    _stalehost("import", *same, *(str(output / name) for name in PAPERS))
    _stalehost("report", *same, "-o", str(output / "report.html"))
    _stalehost("report", *same, "--format", "json", "-o", str(output / "report.json"))
    _stalehost("devices", *same)
    for line in _summary(output):
        click.echo(line)


def _summary(output: Path) -> "Iterator[str]":
    """Two lines: what the breaker stopped, and what looking cost the devices."""
    from scanner.scope.engagement import find
    from scanner.wire import audit, harm
    from scanner.wire.breaker import Breaker

    folder = find(output, output / "scope.toml")
    with Breaker(folder.ledger) as breaker:
        trips = breaker.trips
    stopped = (
        f"{trip.address} ({trip.kind}): {trip.why}, so the {trip.level} {trip.cidr} was left alone"
        for trip in trips
    )
    yield f"breaker: {'; '.join(stopped) or 'no device fared badly'}" + (
        "; go on with: stalehost resume --by NAME --reason TEXT" if trips else ""
    )
    rows = harm.table(audit.entries(folder.audit))
    begun = [row.initiations for row in rows]
    yield (
        f"harm budget: {sum(begun):,} connections to {sum(map(bool, begun))} addresses, {max(begun, default=0)} to one at most;"
        f" {sum(row.sent for row in rows):,} bytes sent, {sum(row.received for row in rows):,} received;"
        f" {harm.frames(audit.entries(folder.audit)):,} ARP requests; each one: stalehost audit show"
    )


def _in_namespaces(sector: str, seed: int | None, output: Path, cards: "Sequence[str]") -> None:
    """Scan from a namespace with a leg in every zone and no way out."""
    from scanner.cli import planning
    from scanner.cli.stopping import beating
    from scanner.errors import HostError
    from scanner.lab.run import up

    with up(sector, seed, output, options.now(), cards) as lab:
        click.echo(f"{sector}: up, in network namespaces with no way out", err=True)
        planning.approve_lab(lab.scope, options.now())
        words = [sys.executable, "-m", "scanner", "scan", "--yes", "-s", str(lab.scope)]
        words += ["--allowed-signers", str(lab.signers)]
        sign = (output / "heartbeat").resolve()
        words += ["--heartbeat", str(sign), "--lab-clock", str(_CLOCK)]
        with beating(sign):
            status = lab.enter(words).wait()
    if status != 0:
        raise HostError(f"the scan of the simulated network ended with status {status}")


def _in_process(sector: str, seed: int | None, output: Path, cards: "Sequence[str]") -> None:
    """Play the devices in memory and scan them through the same dialer, gate and probes."""
    import asyncio

    from scanner.cli import planning
    from scanner.knowledge.base import open_base
    from scanner.lab.inprocess import InProcess, links
    from scanner.lab.paperwork import signers, write
    from scanner.lab.sector import load
    from scanner.means import Played, means
    from scanner.pipeline import begin, scan
    from scanner.scope.engagement import find
    from scanner.store.store import open_store
    from scanner.wire.vigil import LATER

    now = options.now()
    sector_of = load(sector, seed, cards=cards)
    write(sector_of, output, now)
    planning.approve_lab(output / "scope.toml", now)
    folder = find(output, output / "scope.toml", allowed_signers=signers(output))
    run = begin(folder, folder.scope, "demo", now, 1, open_base())

    async def work() -> None:
        devices = InProcess(sector_of.devices, now)
        played = Played(transport=devices.connect, sweeper=devices, links=links(sector_of.plan))
        async with means(folder, folder.scope, options.now, played, later=LATER / _CLOCK) as using:
            await scan(folder.scope, store, run, using, clock=options.now, watch=lambda *_: None)

    with open_store(folder.database, folder.id) as store:
        asyncio.run(work())


def _stalehost(*words: str) -> None:
    from scanner.cli import stalehost

    stalehost.main(args=list(words), prog_name="stalehost", standalone_mode=False)
