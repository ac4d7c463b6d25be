"""Say how the fleet fares and what to do about what is wrong, in a terminal, as a page, and for Prometheus."""

from pathlib import Path

import click

from scanner.cli import options
from scanner.cli.fleet import opening


@click.command("health")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write one HTML page; it needs no network and no script.",
)
@click.option(
    "--metrics",
    metavar="FILE",
    help="Write Prometheus text to FILE, whole or not at all (node_exporter's textfile collector), or to stdout with `-`.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "notice", "never"]),
    default="never",
    show_default=True,
    help="Exit 1 when something that bad, or worse, is wrong.",
)
@opening.centre
def command(output: Path | None, metrics: str | None, fail_on: str) -> int:
    """Show sites, sensors, jobs, batches, rates and blackouts, and first of all what is wrong and what to do.

    It only reads; run it as often as you like. Without -o and --metrics it prints to the terminal.
    """
    from scanner.fleet import board, health, trouble
    from scanner.fleet import metrics as prometheus
    from scanner.report.save import save

    with opening.opened() as link:
        of = health.read(link, options.now())
        name = link.info.dbname
    found = trouble.troubles(of)
    if metrics == "-":
        click.echo(prometheus.text(of, found), nl=False)
    elif metrics:
        prometheus.put(Path(metrics), prometheus.text(of, found))
    shown = board.board(of, found)
    if output:
        save(output, board.page(shown, name))
        click.echo(f"{output}: {shown.lead}", err=True)
    if not output and not metrics:
        for line in board.lines(shown):
            click.echo(line)
    levels = list(trouble.Level)
    failing = levels[: levels.index(trouble.Level(fail_on)) + 1] if fail_on != "never" else []
    return int(any(one.level in failing for one in found))
