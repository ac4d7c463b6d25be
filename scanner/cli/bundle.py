"""Carry what was seen to another machine, and join what others bring: files, no network."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from scanner.cli import options

if TYPE_CHECKING:
    from scanner.bundle.take import Verified


@click.group("bundle")
def command() -> None:
    """Signed files that carry one site's log to another machine. Nothing is sent."""


@command.command("export")
@click.option(
    "-o", "--output", "to", type=click.Path(path_type=Path), required=True, help="The file to write."
)
@click.option(
    "--site", required=True, metavar="NAME", help="What this site is called where the file is read."
)
@click.option("--key", "key", type=click.Path(path_type=Path), required=True, help="The key that signs: an OpenSSH ed25519 key, or the .pub of one in the agent.")  # fmt: skip
@click.option("--to", "receiver", metavar="NAME", help="Only what the log took in since the last bundle for NAME; the first holds everything.")  # fmt: skip
@click.option("--again", is_flag=True, help="The last bundle for NAME was lost: begin where that one began.")
@click.option("--since", metavar="TIME", help="Leave out sightings that ended before (ISO 8601).")
@click.option("--redact", type=click.Choice(["full", "internal", "external"]), default="full", show_default=True, help="What is replaced.")  # fmt: skip
@click.option("--redact-key", type=click.Path(path_type=Path), help="The key of the stand-ins (made when there is none); FILE.map leads back and stays here.")  # fmt: skip
@options.engagement
@options.clock
def export_(
    to: Path,
    site: str,
    key: Path,
    receiver: str | None,
    again: bool,
    since: str | None,
    redact: str,
    redact_key: Path | None,
    scope_path: Path | None,
    db: Path | None,
    now_text: str | None,
) -> None:
    """Write what was seen here into one signed file."""
    from scanner.bundle.export import export
    from scanner.bundle.form import NAMESPACE
    from scanner.bundle.mask import Mask
    from scanner.cli.redacting import key_of, save_map
    from scanner.report.redact import Level
    from scanner.scope.signing import made_with
    from scanner.store.store import open_store

    if receiver and since:
        raise click.UsageError(
            "--to counts by what was taken in, --since by when it was seen: give one of the two"
        )
    if again and not receiver:
        raise click.UsageError("--again needs --to NAME: for whom was the bundle that was lost?")
    folder = options.folder(scope_path, db)
    level = Level(redact)
    if level is not Level.FULL and redact_key is None:
        raise click.UsageError(
            "--redact needs --redact-key FILE: without it next month's stand-ins would be others"
        )
    mask = None if level is Level.FULL or redact_key is None else Mask(level, key_of(redact_key))
    with open_store(folder.database, folder.id) as store:
        made = export(
            to, store, site=site, engagement=folder.id, owner=folder.scope.engagement.owner, now=options.now(now_text),
            since=options.now(since) if since else None, sign=lambda message: made_with(key, message, NAMESPACE), mask=mask,
            receiver=receiver, again=again,
        )  # fmt: skip
    if mask is not None and redact_key is not None:
        save_map(redact_key, mask.stands_for)
    kept = f"; {made.dropped:,} rows kept back by the redaction" if made.dropped else ""
    click.echo(
        f"{to}: {site}, {made.head.seen:,} observations, {made.head.runs} runs, {made.head.size / 1e6:,.1f} MB{kept}",
        err=True,
    )


@command.command("verify")
@click.argument("file", type=click.Path(path_type=Path))
@options.engagement
@options.clock
def verify_(file: Path, scope_path: Path | None, db: Path | None, now_text: str | None) -> None:
    """Check signature and content of a bundle; take nothing in."""
    from scanner.bundle.take import verify

    found = verify(
        file, options.allowed_signers(), options.folder(scope_path, db).root, options.now(now_text)
    )
    for line in _told(found):
        click.echo(line)


@command.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--as", "site", metavar="NAME", help="Call the site so here (one file only).")
@click.option("--other-owner", is_flag=True, help="Join a bundle of another owner's networks.")
@click.option("--new-signer", is_flag=True, help="Accept that somebody else signs for a site than before.")
@options.engagement
@options.clock
def import_(
    files: tuple[Path, ...],
    site: str | None,
    other_owner: bool,
    new_signer: bool,
    scope_path: Path | None,
    db: Path | None,
    now_text: str | None,
) -> None:
    """Verify bundles and join them to the log, each whole or not at all."""
    from scanner.bundle.take import Terms, missing, take, verify
    from scanner.store.store import open_store

    if site is not None and len(files) > 1:
        raise click.UsageError("--as names one site: give one file")
    folder, now = options.folder(scope_path, db), options.now(now_text)
    terms = Terms(
        engagement=folder.id, owner=folder.scope.engagement.owner, now=now, site=site,
        other_owner=other_owner, new_signer=new_signer,
    )  # fmt: skip
    found = [verify(file, options.allowed_signers(), folder.root, now) for file in files]
    with open_store(folder.database, folder.id) as store:
        for one in found:
            taken = take(one, store, terms)
            what = (
                "was taken in before: nothing to do"
                if taken.again
                else f"{taken.seen:,} observations, {taken.new:,} of them new"
            )
            click.echo(f"{one.opened.path}: {taken.site}, signed by {one.signer}: {what}", err=True)
        for one in (one for one in found if missing(one, store)):
            click.echo(
                f"{one.opened.path}: the bundle before it never came, so something is missing; a whole one brings it"
                " (stalehost bundle export without --to)",
                err=True,
            )


def _told(found: "Verified") -> list[str]:
    head = found.head
    since = f"since {head.since:%Y-%m-%d %H:%M} UTC" if head.since else "everything"
    since = f"what came in after bundle {head.follows[:12]}" if head.follows else since
    return [
        f"{found.opened.path}: signed by {found.signer}, key {found.key}: GOOD",
        f"site {head.site} ({head.identity}), made {head.created:%Y-%m-%d %H:%M} UTC by {head.tool}",
        f"{head.seen:,} observations, {head.days:,} months of presence, {head.runs} runs: {since}; redacted: {head.redacted}",
    ]
