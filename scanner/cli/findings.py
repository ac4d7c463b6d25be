"""List the findings, grouped by cause."""

from pathlib import Path

import click

from scanner.cli import fit, judging


@click.command("findings")
@judging.listing
def command(
    scope_path: Path | None,
    db: Path | None,
    now_text: str | None,
    json_lines: bool,
    fail_at: str,
    min_coverage: float,
) -> None:
    """List what is wrong, one line a cause with all its devices. Sends nothing."""
    from scanner.report import jsonout, terminal

    found = judging.assessment(scope_path, db, now_text)
    if json_lines:
        for line in jsonout.finding_lines(found):
            click.echo(line)
    else:
        fit.echo(terminal.findings(found))
    judging.leave(found, fail_at, min_coverage)
