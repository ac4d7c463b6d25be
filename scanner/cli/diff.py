"""Say what changed between two runs."""

import sys
from pathlib import Path

import click

from scanner.cli import fit, judging, options


@click.command("diff")
@click.argument("runs", nargs=-1, metavar="[A B]")
@click.option(
    "--fail-on",
    metavar="STATES",
    default="",
    help="Exit 1 when a finding is in one of these states: new,worse,reopened,... (see the docs).",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "html", "md", "json"]),
    default="text",
    show_default=True,
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="File to write (default: stdout).")
@options.engagement
def command(
    runs: tuple[str, ...],
    fail_on: str,
    form: str,
    output: Path | None,
    scope_path: Path | None,
    db: Path | None,
) -> None:
    """Compare the engagement as of two runs, A and B (default: the last two that looked). Sends nothing.

    Each run is judged as of its end, with its own scope and settings, and both by today's knowledge.
    """
    from scanner.report import diff, difftext
    from scanner.report.save import save

    if len(runs) not in {0, 2}:
        raise click.UsageError("name two runs, the earlier first, or none")
    states = judging.states(fail_on)
    since, title = judging.since(scope_path, db, runs)
    match form:
        case "json":
            text = difftext.json(since)
        case "md":
            text = difftext.markdown(since)
        case "html":
            text = difftext.page(since, title)
        case _:
            text = "\n".join(difftext.lines(since)) + "\n"
    if output is None and form == "text":
        fit.echo(text.splitlines())
    elif output is None:
        click.echo(text, nl=False)
    else:
        save(output, text)
        click.echo(f"wrote {output}", err=True)
    if diff.hits(since, states):
        sys.exit(1)
