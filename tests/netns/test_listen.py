"""`stalehost listen` on a real cable: what it hears, and that nothing at all leaves this end."""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

GROUND = Path(__file__).with_name("listen_ground.py")
APART = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
CARD, OTHER = "00:1b:21:00:00:07", "00:1b:21:00:00:09"

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="makes network namespaces: needs root")


@cache
def ground():
    run = subprocess.run(
        [*APART, sys.executable, str(GROUND)], capture_output=True, check=False, text=True, timeout=90
    )
    assert (0, "") == (run.returncode, run.stderr)
    said = json.loads(run.stdout)
    assert said["status"] == 0, said["words"]
    return said


def test_no_frame_leaves_the_end_that_listens():
    """Counted twice: by the far end, and by the card itself."""
    assert (0, 0) == (ground()["heard"], ground()["sent"])


def test_what_passes_is_told_once_with_its_zone():
    log = ground()["log"]

    assert [["passive:ssh", "ssh.banner", "OpenSSH_4.3", "10.77.0.7", CARD, "ward"]] == [
        one for one in log if one[1] == "ssh.banner"
    ]
    assert {("10.77.0.7", CARD), ("10.77.0.9", OTHER)} == {
        (one[3], one[4]) for one in log if one[1] == "link.mac"
    }


def test_nothing_of_addresses_outside_the_scope_is_kept():
    assert "192.0.2" not in json.dumps(ground()["log"])
    assert "Strange" not in json.dumps(ground()["log"])
    assert "outside" in ground()["words"]


def test_frames_and_losses_are_counted_and_the_audit_says_that_we_listened():
    assert "1,600 frames" in ground()["words"]
    assert "dropped by the kernel: 0" in ground()["words"]
    assert '"event":"listen","interface":"v0"' in ground()["audit"]
