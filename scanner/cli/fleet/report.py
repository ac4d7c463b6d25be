"""Judge all sites and write the joint report."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from scanner.cli import options
from scanner.cli.fleet import opening

if TYPE_CHECKING:
    from datetime import datetime

    from scanner.fleet.home import Home
    from scanner.model.assessment import Assessment

TOGETHER = 150_000
"""Observations up to which all sites are judged as one network, unless told: above it takes minutes and gigabytes."""
_FOLDER = "judged"


@click.command("report")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="HTML file to write; the machine output stands beside it as .json.",
)
@click.option(
    "--by-site/--together",
    default=None,
    help="Judge each site by itself, or all as one network (default: together, up to about 12,000 devices).",
)
@opening.centre
@options.clock
def command(output: Path, by_site: bool | None, now_text: str | None) -> None:
    """Judge what all sites have seen, and write one report of it. Sends nothing.

    By site, the page compares all sites and names what is worst anywhere; in the folder of its name each site has a
    report of its own. Only sites with something new are judged again, once a day all of them.

    `stalehost fleet centre` does this by itself. All other commands that judge work too, in the centre's engagement
    folder with --store: devices, findings, plan, diff.
    """
    import time

    from scanner.fleet import health

    began, now, home = time.monotonic(), options.now(now_text), opening.home()
    apart = _large(home) if by_site is None else by_site
    devices, told = (_apart if apart else _together)(home, output, now)
    with opening.opened() as link:
        health.judged(link, now, devices, time.monotonic() - began)
    click.echo(told, err=True)


def _together(home: "Home", output: Path, now: "datetime") -> tuple[int, str]:
    from scanner.report import html, jsonout
    from scanner.report.save import save

    found = _assessment(home, now)
    save(output, html.render(found))
    machine = output.with_suffix(".json")
    save(machine, jsonout.assessment(found))
    return len(found.devices), f"wrote {output} and {machine}"


def _apart(home: "Home", output: Path, now: "datetime") -> tuple[int, str]:
    from scanner.errors import DataError
    from scanner.fleet import judging, overview
    from scanner.report.save import save
    from scanner.report.text import plural
    from scanner.risk.plan import planner

    reports, machine = output.with_suffix(""), output.with_suffix(".json")
    work = judging.Work(
        where=home.store, engagement=home.engagement, folder=home.root / _FOLDER, knowledge=home.root.parent,
        reports=reports, steps=planner.STEPS,
    )  # fmt: skip
    told, anew = judging.judge(work, now)
    if not told:
        raise DataError("nothing has been seen yet; order a scan with `stalehost fleet order`")
    save(output, overview.page(overview.overview(told, now, reports.name), home.name))
    save(machine, overview.machine(told, now, reports.name))
    of_sites = f"in {reports} a report for each of {plural(len(told), 'site')}, {anew:,} judged anew"
    return sum(one.devices for one in told), f"wrote {output} and {machine}; {of_sites}"


def _large(home: "Home") -> bool:
    from scanner.store import parts
    from scanner.store.store import open_store

    with open_store(home.store, home.engagement) as store:
        return sum(mark.rows for mark in parts.marks(store).values()) > TOGETHER


def _assessment(home: "Home", now: "datetime") -> "Assessment":
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
    return assess(log, runs, base, now, kept, steps=planner.STEPS)
