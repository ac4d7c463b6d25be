"""Keep who accepts which finding, why and until when."""

from datetime import date
from pathlib import Path

import click

from scanner.cli import fit, judging, options


@click.command("decide")
@click.argument("about", metavar="FINDING", required=False)
@click.option("--by", metavar="NAME", help="Who accepts it.")
@click.option("--reason", metavar="TEXT", help="Why.")
@click.option(
    "--until", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="The last day on which it holds."
)
@click.option(
    "--reopen-on",
    multiple=True,
    type=click.Choice(["worsens", "exploit", "change"]),
    help="What reopens it before that day; may be given several times.",
)
@click.option("--list", "listing", is_flag=True, help="List what was decided, and whether it still holds.")
@options.engagement
@options.clock
def command(
    about: str | None,
    by: str | None,
    reason: str | None,
    until: date | None,
    reopen_on: tuple[str, ...],
    listing: bool,
    scope_path: Path | None,
    db: Path | None,
    now_text: str | None,
) -> None:
    """Accept FINDING (its number, its cause, or a device's id) for a time: it is shown apart, never deleted.

    Writes decisions.toml beside the scope file. Sends nothing.
    """
    from scanner.report import decisions, terminal
    from scanner.report.accept import decision
    from scanner.report.save import save

    found = judging.assessment(scope_path, db, now_text)
    path = options.folder(scope_path, db).root / decisions.FILE
    held = decisions.read(path)
    if listing:
        fit.echo(terminal.decided(found, held))
        return
    if not (about and by and reason and until):
        raise click.UsageError("want FINDING, --by, --reason and --until; or --list")
    made = decision(found, about, by, reason, date(until.year, until.month, until.day), reopen_on)
    save(path, decisions.written(decisions.added(held, [made])))
    click.echo(f"kept in {path}: {made.about} is accepted by {made.by} until {made.until}", err=True)
