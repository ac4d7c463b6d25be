"""Bring newer facts in, go back, and pin an engagement to one base."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from scanner.cli import options

if TYPE_CHECKING:
    from scanner.knowledge.updater.bring import Refusal
    from scanner.knowledge.updater.make import Taken

_SOURCE = click.option(
    "--source", "names", metavar="NAME,...", help="Only these, such as kev,epss (default: all)."
)
_ACCEPT = click.option(
    "--accept", is_flag=True, help="Take feeds that shrank or are older than those in use too."
)
_KEY = click.option(
    "--nvd-key",
    default="",
    envvar="STALEHOST_NVD_KEY",
    help="Key for NVD's API (better in STALEHOST_NVD_KEY).",
)


@click.command("update")
@_SOURCE
@click.option(
    "--from", "place", metavar="URL|DIR|FILE", default="", help="From here instead of the official addresses."
)
@_KEY
@_ACCEPT
@options.clock
def update(names: str | None, place: str, nvd_key: str, accept: bool, now_text: str | None) -> None:
    """Fetch the official feeds and put a base made of them in use. Refused while a scan runs.

    --from URL/ is a web folder as `kb fetch` fills it; --from URL, with one --source, stands in for its address;
    --from DIR or FILE takes files that you fetched yourself.
    """
    from scanner.knowledge.updater import run

    _told(run.update(names, place, nvd_key, options.now(now_text), accept=accept, told=_asking))


@click.command("fetch")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@_SOURCE
@_KEY
@options.clock
def fetch(folder: Path, names: str | None, nvd_key: str, now_text: str | None) -> None:
    """Download the raw feeds into FOLDER with a list of their hashes, to be carried to a site without a network."""
    from scanner.knowledge.updater import run

    digest, count, refused = run.fetch(folder, names, nvd_key, options.now(now_text), told=_asking)
    click.echo(f"{folder}: {count} files; SHA-256 of the list: {digest}")
    _refused(refused)


@click.command("import")
@click.argument("place", type=click.Path(path_type=Path), required=False)
@_SOURCE
@click.option(
    "--local",
    type=click.Path(path_type=Path),
    help="A local.toml: end dates and contracts that only you know.",
)
@click.option(
    "--recog", type=click.Path(path_type=Path), help="A folder of your own Recog fingerprints (*.xml)."
)
@click.option("--expect", metavar="SHA256", default="", help="Hash of the list, as `kb fetch` printed it.")
@_ACCEPT
@options.clock
def take_in(
    place: Path | None,
    names: str | None,
    local: Path | None,
    recog: Path | None,
    expect: str,
    accept: bool,
    now_text: str | None,
) -> None:
    """Take in a folder or tar file of feeds that `kb fetch` filled; every file is held against its hash first."""
    from scanner.knowledge.updater import run

    if not (place or local or recog):
        raise click.UsageError("want a folder or bundle of feeds, --local FILE or --recog DIR")
    now = options.now(now_text)
    _told(run.take_in(place, names, now, local=local, recog=recog, expect=expect, accept=accept))


@click.command("rollback")
def rollback() -> None:
    """Use the base before the one in use again."""
    from scanner.knowledge import installed
    from scanner.knowledge.updater import swap

    base = swap.roll_back(installed.home())
    click.echo(f"in use: {base.manifest.id if base else installed.SHIPPED}")


@click.command("pin")
@click.argument("name", metavar="ID|shipped", required=False)
@options.engagement
@click.option("--off", is_flag=True, help="Take the pin away.")
def pin(name: str | None, scope_path: Path | None, db: Path | None, off: bool) -> None:
    """Judge this engagement with one base until further notice (by default the one in use), whatever is updated."""
    from scanner.knowledge import installed

    root = options.folder(scope_path, db).root
    path = root / installed.PIN
    if off:
        path.unlink(missing_ok=True)
    else:
        current = installed.current()
        chosen = name or (current.manifest.id if current else installed.SHIPPED)
        before = path.read_bytes() if path.exists() else None
        path.write_text(chosen + "\n", encoding="ascii")
        try:
            installed.pinned(root)
        except BaseException:
            path.unlink() if before is None else path.write_bytes(before)
            raise
    base = installed.pinned(root)
    click.echo(f"{root} is judged with {base.manifest.id if base else installed.SHIPPED}", err=True)


def _asking(url: str) -> None:
    """Say what is asked for: some feeds take minutes."""
    click.echo(f"asking for {url}", err=True)


def _told(taken: "Taken") -> None:
    """Say what came in; exit 2 when something was refused."""
    for note in taken.notes:
        click.echo(note, err=True)
    click.echo(f"in use: {taken.base.manifest.id} ({', '.join(taken.feeds) or 'no new feed'})")
    _refused(taken.refused)


def _refused(refused: "tuple[Refusal, ...]") -> None:
    from scanner.errors import DataError

    if refused:
        raise DataError("refused: " + "; ".join(f"{one.feed}: {one.why}" for one in refused))
