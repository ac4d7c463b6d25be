"""One nmap process, played by a shell script."""

import asyncio
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scanner.errors import HostError, StoreError
from scanner.wire import nmap_child
from scanner.wire.nmap_child import Ended, require, run, version


@pytest.fixture
def fake(tmp_path):
    def make(script):
        path = tmp_path / "nmap"
        path.write_text("#!/bin/sh\n" + script)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return str(path)

    return make


KNOCK = "echo 'CONN (0.1s) TCP localhost > 10.0.0.1:22 => Operation now in progress'"


def test_its_xml_and_its_knocks_come_on_ways_of_their_own(fake):
    knocks = []
    script = f"{KNOCK}; echo '<xml>' > $1; {KNOCK} >&2; echo '</xml>' >> $1"
    ended = asyncio.run(run(fake(script), lambda out: (out,), knocks.append))
    assert (Ended(xml=b"<xml>\n</xml>\n", why=None), ["10.0.0.1"] * 2) == (ended, knocks)


def test_a_reason_ends_it_within_a_quarter_of_a_second(fake, tmp_path):
    """No timing is asserted of a busy machine but the promise itself: a minute of sleep is cut short."""
    why, script = [], f"echo part > $1; touch {tmp_path}/there; exec sleep 60"

    async def main():
        task = asyncio.create_task(
            run(fake(script), lambda out: (out,), why_end=lambda: why[0] if why else None)
        )
        while not (tmp_path / "there").exists():  # noqa: ASYNC110  # another process makes it
            await asyncio.sleep(0.01)
        why.append("enough")
        began = time.monotonic()
        return await task, time.monotonic() - began

    ended, seconds = asyncio.run(main())
    assert Ended(xml=b"part\n", why="enough") == ended
    assert seconds < 30


def test_what_goes_wrong_with_the_books_ends_it_and_is_told(fake, tmp_path):
    def full(_address):
        raise StoreError("the disk is full")

    with pytest.raises(StoreError, match="full"):
        asyncio.run(run(fake(f"echo $$ > {tmp_path}/pid; {KNOCK}; exec sleep 60"), lambda out: (out,), full))
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_too_much_of_it_is_cut_off(fake, monkeypatch):
    monkeypatch.setattr(nmap_child, "MOST", 100_000)
    ended = asyncio.run(run(fake("cat /dev/zero > $1"), lambda out: (out,)))
    assert (True, "more than 100000 bytes" in ended.why) == (len(ended.xml) <= 100_000, True)


def test_one_that_fails_says_its_last_word(fake):
    with pytest.raises(HostError, match=r"status 3.*: second"):
        asyncio.run(run(fake("echo first >&2; echo second >&2; exit 3"), lambda out: (out,)))
    with pytest.raises(HostError, match="no word why"):
        asyncio.run(run(fake("exit 3"), lambda out: (out,)))


def test_one_that_cannot_be_started_or_found_is_named(fake, tmp_path):
    program = fake("")
    (tmp_path / "nmap").write_text("no program at all")
    with pytest.raises(HostError, match="cannot be started"):
        asyncio.run(run(program, lambda out: (out,)))
    with pytest.raises(HostError, match="not installed"):
        require("/nowhere/nmap")
    with pytest.raises(HostError, match="not installed"):
        asyncio.run(version("/nowhere/nmap"))


DIES = """
import asyncio, sys
from scanner.wire.nmap_child import run
asyncio.run(run(sys.argv[1], lambda out: (out,)))
"""


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux tells a child that its parent died"
)
def test_it_dies_with_us_however_we_die(fake, tmp_path):
    """It ignores a broken pipe (7.93 does): without this it would go on knocking after kill -9."""
    program = fake(
        f"trap '' PIPE; echo $$ > {tmp_path}/pid; mv {tmp_path}/pid {tmp_path}/there; exec sleep 60"
    )
    with subprocess.Popen([sys.executable, "-c", DIES, program]) as parent:
        while not (tmp_path / "there").exists():
            os.sched_yield()
        parent.send_signal(signal.SIGKILL)
    child = int((tmp_path / "there").read_text())
    assert gone(child)


def gone(pid):
    """Whether it ends: another process reaps it, so it may stay as a zombie for a moment."""
    for _ in range(10_000_000):
        try:
            if Path(f"/proc/{pid}/stat").read_bytes().rpartition(b") ")[2][:1] in b"ZX":
                return True
        except FileNotFoundError:
            return True
        os.sched_yield()
    return False


def test_the_version_is_the_first_line(fake):
    assert asyncio.run(version(fake("echo Nmap version 7.93; echo more"))) == "Nmap version 7.93"
