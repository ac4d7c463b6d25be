"""Take in what others know."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from scanner.cli import options

if TYPE_CHECKING:
    from scanner.scope.engagement import Folder


@click.command("import")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--format", "form", help="Name the format instead of having it recognised.")
@click.option(
    "--map",
    "words",
    metavar="WORD=HEADING",
    multiple=True,
    help="Which heading of a table of devices means what.",
)
@click.option("--formats", is_flag=True, help="List the formats and how to get such files.")
@options.engagement
@options.clock
def command(
    files: tuple[Path, ...],
    form: str | None,
    words: tuple[str, ...],
    formats: bool,
    scope_path: Path | None,
    db: Path | None,
    now_text: str | None,
) -> None:
    """Add what others know to the log: leases, switch tables, directories, scans. Sends nothing.

    The format of each FILE is recognised; packed files (.gz) are read as they are.
    """
    from scanner.bundle.form import is_bundle
    from scanner.cli.progress import counted
    from scanner.errors import DataError
    from scanner.intake import take_in
    from scanner.knowledge.base import open_base
    from scanner.observe.importing import detect, load_formats, mapping
    from scanner.pipeline import begin
    from scanner.store.store import open_store

    if formats:
        for one in load_formats().values():
            click.echo(f"{one.name}: {one.says} (checked against: {one.checked_against})\n    {one.export}")
        return
    if not files:
        raise click.UsageError("name the files to import, or ask with --formats which formats there are")
    if bundles := [str(path) for path in files if is_bundle(path)]:
        raise DataError(
            f"{bundles[0]}: is a signed bundle of another site; look at it with `stalehost bundle verify`, and take it in"
            f" with: stalehost bundle import {' '.join(bundles)}"
        )
    folder = options.folder(scope_path, db)
    files = _decided(files, folder)
    if not files:
        return
    # who names headings has a table of devices, whatever else it may look like
    form = form or ("cmdb-csv" if words else None)
    known = [(mapping(detect(path, form), words), path) for path in files]
    with open_store(folder.database, folder.id) as store:
        run = begin(
            folder, folder.scope, "import", options.now(now_text), 1, open_base(engagement=folder.root)
        )
        with counted() as told:
            taken = take_in(known, folder.scope, store, run, told)
    for (one, path), count in zip(known, taken.counts, strict=True):
        click.echo(
            f"{path}: read as {one.name} (checked against: {one.checked_against}), {count:,} observations",
            err=True,
        )
    if taken.complaints:
        raise DataError("; ".join(taken.complaints))


def _decided(files: tuple[Path, ...], folder: "Folder") -> tuple[Path, ...]:
    """Put decisions that were made in a report's page to those of the engagement; give the other files."""
    from scanner.report import decisions
    from scanner.report.save import save
    from scanner.report.text import plural

    made = [path for path in files if decisions.is_named(path)]
    held = decisions.read(folder.root / decisions.FILE)
    for path in made:
        new = decisions.read(path)
        held = decisions.added(held, new)
        click.echo(f"{path}: {plural(len(new), 'decision')}", err=True)
    if made:
        save(folder.root / decisions.FILE, decisions.written(held))
    return tuple(path for path in files if path not in made)
