"""Write the report."""

from pathlib import Path

import click

from scanner.cli import judging, options


@click.command("report")
@options.engagement
@options.clock
@click.option("-o", "--output", type=click.Path(path_type=Path), help="File to write (default: stdout).")
@click.option(
    "--format", "form", type=click.Choice(["html", "json", "csv"]), default="html", show_default=True
)
@click.option("--static", is_flag=True, help="HTML without any script, for mail gateways.")
@judging.thresholds
def command(
    scope_path: Path | None,
    db: Path | None,
    now_text: str | None,
    output: Path | None,
    form: str,
    static: bool,
    fail_at: str,
    min_coverage: float,
) -> None:
    """Write everything that can be said as one HTML file, as JSON or as CSV. Sends nothing.

    The same database, data and --now give the same bytes.
    """
    from scanner.report import csvout, html, jsonout
    from scanner.report.save import save

    found = judging.assessment(scope_path, db, now_text)
    match form:
        case "json":
            text = jsonout.assessment(found)
        case "csv":
            text = csvout.devices(found)
        case _:
            text = html.render(found, static=static)
    if output is None:
        click.echo(text, nl=False)
    else:
        save(output, text)
        click.echo(f"wrote {output}", err=True)
    judging.leave(found, fail_at, min_coverage)
