"""The last initiation leaves within 250 ms of the flag: measured as the kernel saw it, in the simulated hospital."""

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scanner.lab.run import possible, up

STALEHOST = [sys.executable, "-m", "scanner"]
CAPTURE = [sys.executable, str(Path(__file__).with_name("initiations.py"))]
WITHIN = 0.25


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    if why := possible():
        pytest.skip(f"no network namespaces: {why}")
    with up("hospital", 11, tmp_path_factory.mktemp("abort"), datetime.now(UTC)) as lab:
        of = ["-s", str(lab.scope), "--allowed-signers", str(lab.signers)]
        approve = [*STALEHOST, "scan", "--dry-run", "--approve-by", "a test", *of]
        subprocess.run(approve, check=True, capture_output=True)
        yield lab


def abort(lab, _scan):
    """As `stalehost abort` does."""
    (lab.folder / "abort").write_text("enough")


def interrupt(_lab, scan):
    """As a terminal does: to the whole group, the raw helpers among them."""
    os.killpg(scan.pid, signal.SIGINT)


def lose(lab, _scan):
    """The operator's `stalehost attend` ended."""
    (lab.folder / "heartbeat").unlink()


@pytest.mark.parametrize(("kind", "least"), [("arp", 30), ("syn", 300)])
@pytest.mark.parametrize("end", [abort, interrupt, lose])
def test_the_last_initiation_leaves_within_a_quarter_of_a_second(lab, end, kind, least):
    """A zero after the flag counts only beside many before it: the scan was in full swing."""
    for name in ("ledger.db", "ledger.db-wal", "ledger.db-shm"):
        (lab.folder / name).unlink(missing_ok=True)  # yesterday's budgets
    (lab.folder / "heartbeat").touch()
    pipe = subprocess.PIPE
    words = [*STALEHOST, "scan", "--yes", "-s", str(lab.scope), "--allowed-signers", str(lab.signers)]
    words += ["--heartbeat", str(lab.folder / "heartbeat"), "--lab-clock", "20"]
    with subprocess.Popen(lab.command(CAPTURE), stdin=pipe, stdout=pipe, text=True) as capture:
        assert "ready\n" == capture.stdout.readline()
        scan = subprocess.Popen(lab.command(words), stderr=pipe, start_new_session=True)
        seen = _until(capture, kind, least)
        flagged = time.time()
        end(lab, scan)
        said = scan.communicate(timeout=30)[1].decode()
        capture.stdin.close()
        seen += [_read(line) for line in capture.stdout]

    assert 130 == scan.returncode, said
    before = [at for at, _ in seen if at <= flagged]
    after = [at - flagged for at, _ in seen if at > flagged]
    assert len([at for at in before if at > flagged - 2]) >= 20, "the scan was not in full swing"
    assert max(after, default=0) <= WITHIN, (sorted(after)[-5:], said)


def _until(capture, kind, least):
    """Read until so many of one kind have left."""
    seen, deadline = [], time.monotonic() + 60
    while sum(what == kind for _, what in seen) < least and time.monotonic() < deadline:
        seen.append(_read(capture.stdout.readline()))
    return seen


def _read(line):
    at, kind = line.split()
    return float(at), kind
