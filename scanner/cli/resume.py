"""Let the work go on after the breaker stopped it."""

from pathlib import Path

import click

from scanner.cli import options


@click.command("resume")
@options.engagement
@click.option("--by", required=True, metavar="NAME", help="Who answers for going on.")
@click.option(
    "--reason", required=True, metavar="TEXT", help="What was found at the device, and why it is safe."
)
def command(scope_path: Path | None, db: Path | None, by: str, reason: str) -> None:
    """Name each device that stopped the work, and let the next scan go on; the audit keeps who said so."""
    import msgspec

    from scanner.errors import ScopeError
    from scanner.store.store import open_store
    from scanner.wire.audit import Audit
    from scanner.wire.breaker import Breaker

    if not by.strip() or not reason.strip():
        raise ScopeError("a name and a reason are needed: --by 'J. Doe' --reason 'checked with the ward'")
    folder = options.folder(scope_path, db)
    with Audit(folder.audit, options.now) as audit, Breaker(folder.ledger) as breaker:
        for trip in breaker.trips:
            audit.write("resume", to=trip.address, level=trip.level, why=trip.why, by=by, reason=reason)
            click.echo(f"{trip.address} ({trip.kind}, {trip.cidr}): {trip.why}; had stopped the {trip.level}")
        resumed = breaker.resume(by, reason, options.now())
        known = breaker.history
    if resumed and folder.begun:
        with open_store(folder.database, folder.id) as store:
            # the report of the run that was stopped says who let the work go on
            for run in store.runs()[-1:]:
                store.save(msgspec.structs.replace(run, trips=known))
    click.echo(f"{len(resumed)} resumed" if resumed else "nothing was stopped", err=True)
