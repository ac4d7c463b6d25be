"""Several sensors of one segment against its one rate, counted on the wire: real sensors, a real server, a sensor that is revived."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import postgres

GROUND = Path(__file__).with_name("rate_ground.py")
JUMP = Path(__file__).parents[1] / "fleet" / "jump.c"
APART = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
BURSTS = 20
"""In so many bursts a second may be sent: a sensor begins with one of them (scanner/wire/pace.py)."""

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="makes network namespaces: needs root"),
    pytest.mark.skipif(shutil.which("gcc") is None, reason="needs a compiler: apt-get install gcc libc6-dev"),
    pytest.mark.skipif(postgres.found() is None, reason="needs PostgreSQL: apt-get install postgresql"),
]


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What came of it; each test below is about one part."""
    jump = tmp_path_factory.mktemp("jump") / "jump.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", jump, JUMP], check=True)
    run = subprocess.run(
        [*APART, sys.executable, str(GROUND), jump], capture_output=True, check=False, text=True, timeout=300
    )
    assert 0 == run.returncode, run.stderr
    return json.loads(run.stdout)


def early(stamps, begin, rate):
    """Those that left before their time: counted from the beginning, so that being late excuses none that comes after."""
    burst = int(rate / BURSTS)
    return [at - begin for n, at in enumerate(stamps, 1) if at < begin + (n - burst) / rate]


def of(told, who):
    return [at for at, source, *_ in told["begun"] if source == told["sensors"][told[who]]]


def test_both_together_begin_no_more_than_the_rate_of_their_segment(told):
    stamps = [at for at, *_ in told["begun"]]
    again = [at for at in stamps if at > told["stood"]]

    assert [] == early(stamps, told["first"], told["rate"])
    # and anew from before the second had the chunk, when nobody sent: the rest of the first is no credit for it
    assert [] == early(again, told["second"], told["rate"])


def test_a_sensor_that_knows_of_another_keeps_to_its_share(told):
    assert {told["old"]: told["rate"] / 2} == told["before"]
    assert [] == early(of(told, "old"), told["first"], told["rate"] / 2)


def test_whoever_takes_over_has_the_whole_rate_once_the_share_of_the_other_ran_out(told):
    assert {told["new"]: told["rate"]} == told["after"]


def test_a_sensor_that_is_revived_sends_nothing_by_its_old_share(told):
    old, new = of(told, "old"), of(told, "new")

    # each of them did send, the second before and after the first was revived
    assert told["mid"] <= len(old)
    assert told["mid"] <= len([at for at in new if at < told["revived"]])
    assert told["revived"] < new[-1]
    assert [] == [at for at in old if at >= told["stood"]]


def test_every_device_is_seen_and_none_twice(told):
    want = [[f"10.20.0.{host}", port] for host in range(1, 7) for port in ("tcp/22", "tcp/80")]

    assert want == [[address, port] for address, port in told["open"]]
