"""Take in what others know."""

from pathlib import Path

import click

from scanner.cli import options


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--format", "form", help="Name the format instead of having it recognised.")
@options.engagement
@options.clock
def command(
    files: tuple[Path, ...], form: str | None, scope_path: Path | None, db: Path | None, now_text: str | None
) -> None:
    """Add lease files, nmap XML and the like to the log; the format is recognised. Sends nothing."""
    from scanner.errors import DataError
    from scanner.knowledge.base import open_base
    from scanner.observe.importing import detect
    from scanner.pipeline import begin, take_in
    from scanner.store.store import open_store

    folder = options.folder(scope_path, db)
    known = [(detect(path, form), path) for path in files]
    with open_store(folder.database, folder.id) as store:
        run = begin(
            folder, folder.scope, "import", options.now(now_text), 1, open_base(engagement=folder.root)
        )
        complaints = take_in(known, folder.scope, store, run)
    for one, path in known:
        click.echo(f"{path}: read as {one.name} (checked against: {one.checked_against})", err=True)
    if complaints:
        raise DataError("; ".join(complaints))
