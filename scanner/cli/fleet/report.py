"""Judge all sites and write the joint report."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from scanner.cli import options
from scanner.cli.fleet import opening

if TYPE_CHECKING:
    from scanner.fleet.home import Home
    from scanner.model.assessment import Assessment


@click.command("report")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="HTML file to write; the machine output stands beside it as .json.",
)
@opening.centre
@options.clock
def command(output: Path, now_text: str | None) -> None:
    """Judge what all sites have seen, and write one report of it. Sends nothing.

    `stalehost fleet centre` does this by itself. All other commands that judge work too, in the centre's engagement
    folder with --store: devices, findings, plan, diff.
    """
    import time

    from scanner.fleet import health
    from scanner.report import html, jsonout
    from scanner.report.save import save

    began, now = time.monotonic(), options.now(now_text)
    found = _assessment(opening.home(), now_text)
    save(output, html.render(found))
    machine = output.with_suffix(".json")
    save(machine, jsonout.assessment(found))
    with opening.opened() as link:
        health.judged(link, now, len(found.devices), time.monotonic() - began)
    click.echo(f"wrote {output} and {machine}", err=True)


def _assessment(home: "Home", now_text: str | None) -> "Assessment":
    from scanner.cli import judging
    from scanner.knowledge.base import open_base
    from scanner.pipeline import assess
    from scanner.risk.plan import planner
    from scanner.store.store import open_store

    folder = home.root.parent
    with open_store(home.store, home.engagement) as store:
        runs = judging.decided(folder, store.runs(everywhere=True))
        log, kept = tuple(store.log(everywhere=True)), tuple(store.presence(everywhere=True))
    base = open_base(engagement=folder)
    return assess(log, runs, base, options.now(now_text), kept, steps=planner.STEPS)
