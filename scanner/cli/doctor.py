"""Say what works on this machine, and why the rest does not."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time
from pathlib import Path
from typing import NamedTuple

import click

from scanner.cli import options
from scanner.errors import ScannerError


class Finding(NamedTuple):
    """One thing looked at."""

    name: str
    works: bool
    text: str


@click.command("doctor")
def command() -> None:
    """Check raw sockets, nmap, namespaces, clock, file limits, disk and the knowledge base. Sends nothing."""
    for check in (_python, _raw_sockets, _connect, _nmap, _namespaces, _clock, _open_files, _disk):
        for found in check():
            click.echo(f"{'works' if found.works else 'NO   '}  {found.name}: {found.text}")


def _python() -> Iterator[Finding]:
    yield Finding("python", sys.version_info >= (3, 11), sys.version.split()[0])


def _raw_sockets() -> Iterator[Finding]:
    from scanner.wire.raw.link import check_right

    yield _tried("raw sockets", check_right, "ARP sweeps of networks that this machine stands in")


def _connect() -> Iterator[Finding]:
    yield Finding("connect scan", True, "needs no privilege; finds hosts by their open or refusing TCP ports")


def _nmap() -> Iterator[Finding]:
    path = shutil.which("nmap")
    text = path or "not installed: only `scan --engine nmap` needs it; importing its XML files works without"
    yield Finding("nmap", path is not None, text)


def _namespaces() -> Iterator[Finding]:
    from scanner.lab.run import possible

    why = possible()
    yield Finding(
        "simulated networks", why is None, why or "`stalehost demo` can send real packets in namespaces"
    )


def _clock() -> Iterator[Finding]:
    def check() -> None:
        from scanner.knowledge.base import open_base

        newest = max(source.dated for source in open_base().sources())
        if options.now() < datetime.combine(newest, time(), UTC):
            raise ScannerError(
                f"it is earlier than the shipped data ({newest}): set the clock, verdicts depend on it"
            )

    yield _tried("clock and knowledge base", check, f"{options.now():%Y-%m-%d %H:%M} UTC")


def _open_files() -> Iterator[Finding]:
    try:
        import resource
    except ImportError:
        return
    soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    text = f"{soft} at a time" if soft >= 1024 else f"only {soft} at a time: run `ulimit -n 1024`"
    yield Finding("open files", soft >= 1024, text)


def _disk() -> Iterator[Finding]:
    free = shutil.disk_usage(Path.cwd()).free / 1e6
    writable = os.access(Path.cwd(), os.W_OK)
    yield Finding(
        "disk", free > 200 and writable, f"{free:,.0f} MB free here{'' if writable else ', but not writable'}"
    )


def _tried(name: str, check: Callable[[], None], text: str) -> Finding:
    try:
        check()
    except ScannerError as error:
        return Finding(name, False, str(error))
    return Finding(name, True, text)
