"""The dialer over real sockets; the far end tells what reached it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

GROUND = Path(__file__).with_name("wire_ground.py")
APART = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="makes network namespaces: needs root")


@pytest.fixture(scope="module")
def ground():
    run = subprocess.run(
        [*APART, sys.executable, str(GROUND), "dial"], capture_output=True, check=False, text=True, timeout=60
    )
    assert (0, "") == (run.returncode, run.stderr)
    return json.loads(run.stdout)


@pytest.mark.parametrize(
    ("to", "want"),
    [
        ("2/21", ["ok", 9]),
        ("2/22", ["silent", 21]),
        ("2/23", ["silent", 0]),
        ("2/25", ["reset", 0]),
        ("2/80", ["endless", 1 << 20]),
        ("2/81", ["closed", 0]),
        ("9/22", ["silent", 0]),
        ("20/22", ["unreachable", 0]),
        ("7/22", ["refused", 0]),
        ("40/22", ["refused", 0]),
        ("2/9100", ["refused", 0]),
    ],
)
def test_each_behaviour_is_its_outcome(ground, to, want):
    assert want == ground["ours"][to]


def test_the_excluded_the_outside_and_the_never_port_get_no_packet(ground):
    called = ground["far"]["syns"]
    assert {
        "10.77.0.2:21",
        "10.77.0.2:22",
        "10.77.0.2:23",
        "10.77.0.2:25",
        "10.77.0.2:80",
        "10.77.0.2:81",
    } <= set(called)
    assert not {"10.77.0.7:22", "10.77.0.40:22", "10.77.0.2:9100"} & set(called)
    assert not {"10.77.0.7", "10.77.0.40"} & set(ground["far"]["asked"])
    assert ground["far"]["lost"] == 0


def test_no_connection_of_ours_ends_in_a_reset_but_one_that_would_not_end(ground):
    assert set(ground["far"]["resets"]) <= {"10.77.0.2:80"}
