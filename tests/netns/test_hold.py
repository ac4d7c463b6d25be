"""A raw helper that is stopped alone, and revived when its right to send has run out, sends nothing by it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

GROUND = Path(__file__).with_name("hold_ground.py")
APART = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="makes network namespaces: needs root")


@pytest.mark.parametrize("how", ["silent", "told"])
def test_no_frame_leaves_after_the_end_of_the_right_by_the_helper_s_own_clock(how):
    """`silent`: nobody tells it anything meanwhile; `told`: its sensor lives, and says every half second how it stands."""
    run = subprocess.run(
        [*APART, sys.executable, str(GROUND), how], capture_output=True, check=False, text=True, timeout=120
    )
    assert (0, "") == (run.returncode, run.stderr)
    told = json.loads(run.stdout)

    assert 0 == told["by an old right"]
    # it was in the middle, and by the next right it went on from there: everybody once
    assert 20 <= told["before"] < 253
    assert (253, 253) == (told["all"], told["sent"])
