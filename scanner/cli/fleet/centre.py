"""The centre at work."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scanner.cli import options
from scanner.cli.fleet import opening, telling

if TYPE_CHECKING:
    from scanner.fleet.home import Home
    from scanner.fleet.say import Log
    from scanner.fleet.tending import Judge

REPORT = Path("reports") / "fleet.html"


@click.command("centre")
@opening.centre
@click.option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the joint report here, and its machine output beside it as .json (default: reports/fleet.html).",
)
@click.option("--no-report", is_flag=True, help="Do not judge; somebody else does with `fleet report`.")
@click.option("--once", is_flag=True, help="End when no job is open and all that was seen is judged.")
@telling.form
def command(report: Path | None, no_report: bool, once: bool, log: str) -> None:
    """Give out chunks, sign certificates, take in what sensors saw, and judge it once it has come to rest.

    There is one centre at a time: a second waits, and takes over when the first has gone. Ctrl-C and SIGTERM end it in
    order; sensors keep what they see on their own disks until it is back.
    """
    from importlib.metadata import version

    from scanner.fleet.tending import EndedError

    home, told = opening.home(), telling.log(log)
    judge = None if no_report else _judge(home, report or home.root.parent / REPORT)
    told.say("centre.started", program=f"stalehost {version('stalehost')}")
    try:
        _serve(home, told, judge, once=once)
    except EndedError:
        told.say("centre.stopped")


def _serve(home: "Home", told: "Log", judge: "Judge | None", *, once: bool) -> None:
    import time

    from scanner.fleet import centre
    from scanner.fleet.tending import Tending
    from scanner.store.store import open_store

    with telling.signalled() as over, open_store(home.store, home.engagement) as store:

        def pause(seconds: float) -> None:
            over.wait(seconds)

        tending = Tending(
            told,
            judge,
            opened=opening.opened,
            now=options.now,
            clock=time.monotonic,
            over=over.is_set,
            once=once,
        )
        try:
            centre.serve(
                home.database, store, home.authority(), now=options.now, clock=time.monotonic,
                sleep=pause, told=tending,
            )  # fmt: skip
        finally:
            tending.end()


def _judge(home: "Home", report: Path) -> "Judge":
    """Who judges: this very program, as a process of its own."""
    import sys

    from scanner.fleet import tending

    report.parent.mkdir(parents=True, exist_ok=True)
    words = tending.words(sys.executable, home.root.parent, report)
    # by the environment: a password may be in it, and what was started with which words everybody on a machine can see
    return tending.Judge(words, {**os.environ, "STALEHOST_FLEET_DATABASE": home.database})
