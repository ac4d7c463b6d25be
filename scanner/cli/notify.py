"""Tell somebody what changed."""

from pathlib import Path

import click

from scanner.cli import judging, options


@click.command("notify")
@click.option(
    "--since-last", is_flag=True, required=True, help="Tell what changed between the last two looks."
)
@click.option(
    "--to",
    "places",
    multiple=True,
    metavar="PLACE",
    help="mail:ADDRESS, https://..., syslog:/dev/log or syslog:HOST:PORT (default: [notify] of notify.toml).",
)
@click.option("--always", is_flag=True, help="Tell even when nothing is new, worse, open again or fixed.")
@click.option("--dry-run", is_flag=True, help="Print what would be told to whom; tell nobody.")
@options.engagement
def command(
    since_last: bool,
    places: tuple[str, ...],
    always: bool,
    dry_run: bool,
    scope_path: Path | None,
    db: Path | None,
) -> None:
    """Tell the place that you configured, and nobody else, what changed: counts, finding numbers, names of devices.

    Off until notify.toml or --to names a place. This is the one command beside scans and updates that sends anything.
    """
    from scanner.errors import DataError
    from scanner.report import difftext
    from scanner.tell import hook, mail, settings, syslog

    del since_last
    folder = options.folder(scope_path, db)
    targets = tuple(settings.target(one) for one in places) or settings.read(folder.root / settings.FILE)
    if not targets:
        raise DataError(f"nobody to tell: name a place with --to, or in {folder.root / settings.FILE}")
    since, title = judging.since(scope_path, db)
    subject, body = difftext.brief(since, title)
    if not (always or difftext.worth_telling(since)):
        click.echo("nothing to tell", err=True)
        return
    for one in targets:
        if dry_run:
            click.echo(f"to {one.way}:\n{subject}\n{body}")
            continue
        match one.way:
            case "mail":
                mail.send(one.where, subject, body)
            case "hook":
                hook.post(one.where, subject, body)
            case _:
                syslog.write(one.where, subject, body)
        click.echo(f"told by {one.way}", err=True)
