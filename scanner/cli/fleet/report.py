"""Judge all sites and write the joint report."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from scanner.cli import options
from scanner.cli.fleet import opening

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from scanner.fleet.home import Home
    from scanner.model.assessment import Assessment

TOGETHER = 150_000
"""Observations up to which all sites are judged as one network, unless told: above it takes minutes and gigabytes."""
_FOLDER = "judged"
_MOST = 20
"""Sites that the terminal tells of; the page has them all."""
_SMALL = 2_000
"""Devices up to which the trend is as long as in `stalehost report`: each point of it is one judgement more."""


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
@click.option(
    "--no-since", is_flag=True, help="Leave out what changed since last time, which costs a few judgements."
)
@opening.centre
@options.clock
def command(output: Path, by_site: bool | None, now_text: str | None, *, no_since: bool) -> None:
    """Judge what all sites have seen, and write one report of it. Sends nothing.

    It says what changed since last time, at each site and at all: as in `stalehost report`, the look before the last one
    is judged again from the log and compared with now.

    By site, the page compares all sites and names what is worst anywhere; in the folder of its name each site has a
    report of its own. Only sites with something new are judged again, once a day all of them.

    `stalehost fleet centre` does this by itself. All other commands that judge work too, in the centre's engagement
    folder with --store: devices, findings, plan, diff.
    """
    import time

    from scanner.fleet import health

    began, now, home = time.monotonic(), options.now(now_text), opening.home()
    apart = _large(home) if by_site is None else by_site
    devices, told = (_apart if apart else _together)(home, output, now, since=not no_since)
    with opening.opened() as link:
        health.judged(link, now, devices, time.monotonic() - began)
    click.echo("\n".join(told), err=True)


def _together(home: "Home", output: Path, now: "datetime", *, since: bool) -> tuple[int, list[str]]:
    from scanner.report import html, jsonout
    from scanner.report.news import news, sentence
    from scanner.report.save import save
    from scanner.report.sections.since_last_time import of_site

    found = _assessment(home, now, since=since)
    save(output, html.render(found))
    machine = output.with_suffix(".json")
    save(machine, jsonout.assessment(found))
    told = [sentence(news(found.since) if found.since else None)] if since else []
    if found.since:
        told += _listed([(one.site, of_site(found.since, one)) for one in found.since.sites])
    return len(found.devices), [*told, f"wrote {output} and {machine}"]


def _apart(home: "Home", output: Path, now: "datetime", *, since: bool) -> tuple[int, list[str]]:
    from scanner.errors import DataError
    from scanner.fleet import judging, overview
    from scanner.report import news
    from scanner.report.save import save
    from scanner.report.text import plural
    from scanner.risk.plan import planner

    reports, machine = output.with_suffix(""), output.with_suffix(".json")
    work = judging.Work(
        where=home.store, engagement=home.engagement, folder=home.root / _FOLDER, knowledge=home.root.parent,
        reports=reports, steps=planner.STEPS, since=since,
    )  # fmt: skip
    found, anew = judging.judge(work, now)
    if not found:
        raise DataError("nothing has been seen yet; order a scan with `stalehost fleet order`")
    save(output, overview.page(overview.overview(found, now, reports.name, since=since), home.name))
    save(machine, overview.machine(found, now, reports.name))
    told = list(overview.changed(found)) if since else []
    # where nothing is new the sentence above says how many there are
    told += _listed(
        [(overview.name(one), news.told(one.news)) for one in found if one.news and one.news.counts]
    )
    of_sites = f"in {reports} a report for each of {plural(len(found), 'site')}, {anew:,} judged anew"
    return sum(one.devices for one in found), [*told, f"wrote {output} and {machine}; {of_sites}"]


def _listed(sites: "Sequence[tuple[str, str]]") -> list[str]:
    from scanner.report.text import plural, visible

    lines = [visible(f"  {site}: {changed}") for site, changed in sites[:_MOST]]
    more = len(sites) - _MOST
    return [*lines, f"  and {plural(more, 'site')} more, on the page"] if more > 0 else lines


def _large(home: "Home") -> bool:
    from scanner.store import parts
    from scanner.store.store import open_store

    with open_store(home.store, home.engagement) as store:
        return sum(mark.rows for mark in parts.marks(store).values()) > TOGETHER


def _assessment(home: "Home", now: "datetime", *, since: bool) -> "Assessment":
    from scanner.cli import judging
    from scanner.knowledge.base import open_base
    from scanner.pipeline import assess
    from scanner.risk.plan import planner
    from scanner.since import TREND, compared
    from scanner.store.store import open_store

    folder = home.root.parent
    with open_store(home.store, home.engagement) as store:
        runs = judging.decided(folder, store.runs(everywhere=True))
        log, kept = tuple(store.log(everywhere=True)), tuple(store.presence(everywhere=True))
    base = open_base(engagement=folder)
    found = assess(log, runs, base, now, kept, steps=planner.STEPS)
    trend = TREND if len(found.devices) <= _SMALL else 1
    return compared(found, log, kept, base, trend) if since else found
