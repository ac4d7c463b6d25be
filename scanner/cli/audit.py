"""Read the record of everything that was sent, and say whether anyone has changed it."""

from pathlib import Path

import click

from scanner.cli import options


@click.group("audit")
def command() -> None:
    """Hold the record of what was sent against itself, and show what each device had to bear."""


@command.command()
@options.engagement
@click.option(
    "--head", "heads", multiple=True, metavar="HASH", help="A last line's hash, as a report prints it."
)
def verify(scope_path: Path | None, db: Path | None, heads: tuple[str, ...]) -> None:
    """Find any line that was changed, lost, moved or put in; exit 2 and name it.

    The last line of each run is known from the database too, so a file that was cut off is found out.
    """
    from scanner.errors import StoreError
    from scanner.store.store import open_store
    from scanner.wire import audit

    folder = options.folder(scope_path, db)
    kept = list(heads)
    if folder.begun:
        with open_store(folder.database, folder.id) as store:
            kept += [run.head for run in store.runs() if run.head]
    if fault := audit.verify(folder.audit, kept):
        raise StoreError(f"{folder.audit}:{fault.line}: {fault.text}")
    count = sum(1 for _ in audit.entries(folder.audit))
    click.echo(f"{folder.audit}: {count:,} lines, none changed, lost or moved; {len(kept)} known ends found")


@command.command()
@options.engagement
@options.as_json
def show(scope_path: Path | None, db: Path | None, json_lines: bool) -> None:
    """Show the harm budget: connections and bytes of every address, over all runs in the file."""
    import msgspec

    from scanner.wire import audit, harm

    trail = options.folder(scope_path, db).audit
    rows = harm.table(audit.entries(trail))
    for row in rows if json_lines else ():
        click.echo(msgspec.json.encode({"schema": "stalehost/1", **msgspec.to_builtins(row)}))
    if json_lines:
        return
    names = ("address", "begun", "held", "bytes out", "bytes in", "refused")
    cells = [
        (one.address, one.initiations, one.connections, one.sent, one.received, one.refused) for one in rows
    ]
    total = ("all together", *(sum(int(row[at]) for row in cells) for at in range(1, len(names))))
    for line in (names, *cells, total):
        click.echo(f"{line[0]:<16}" + "".join(f"{cell:>11}" for cell in line[1:]))
    click.echo(f"ARP requests: {harm.frames(audit.entries(trail)):,}")
