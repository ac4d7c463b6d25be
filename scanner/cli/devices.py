"""List the devices, most dangerous first."""

from pathlib import Path

import click

from scanner.cli import fit, judging


@click.command("devices")
@judging.listing
@click.option("--site", metavar="NAME", help="Only devices of this site, as its bundle was taken in.")
def command(
    scope_path: Path | None,
    db: Path | None,
    now_text: str | None,
    json_lines: bool,
    fail_at: str,
    min_coverage: float,
    site: str | None,
) -> None:
    """List every device with kind, support and pivot score. Sends nothing."""
    from scanner.report import jsonout, terminal

    found = judging.of_site(judging.assessment(scope_path, db, now_text), site)
    if json_lines:
        for line in jsonout.device_lines(found):
            click.echo(line)
    else:
        fit.echo(terminal.devices(found))
    judging.leave(found, fail_at, min_coverage)
