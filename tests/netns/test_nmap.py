"""The real nmap, held to the scope, against two simulated hosts; the far end tells what reached it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

GROUND = Path(__file__).with_name("wire_ground.py")
APART = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="makes network namespaces: needs root"),
    pytest.mark.skipif(not shutil.which("nmap"), reason="nmap is not installed"),
]


@pytest.fixture(scope="module")
def ground():
    run = subprocess.run(
        [*APART, sys.executable, str(GROUND), "nmap"],
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
    )
    assert (0, "") == (run.returncode, run.stderr)
    return json.loads(run.stdout)


def test_nmap_and_we_agree_on_every_port(ground):
    hosts = ("10.77.0.2", "10.77.0.3")
    assert [
        [host, port, state, state, True]
        for host in hosts
        for port, state in (("tcp/22", "open"), ("tcp/81", "closed"))
    ] == ground["ours"]["rows"]


def test_nmap_says_what_speaks_there(ground):
    assert ["OpenSSH", "OpenSSH"] == ground["ours"]["products"]


def test_nmap_touches_nothing_but_what_was_allowed(ground):
    allowed = {f"10.77.0.{last}:{port}" for last in (2, 3) for port in (22, 81)}
    assert allowed == set(ground["far"]["syns"])
    assert {"10.77.0.2", "10.77.0.3"} >= set(ground["far"]["asked"])
    # two for our own knock and nmap's, one for its version question, one spare for its retry
    assert max(ground["far"]["syns"].values()) <= 4
