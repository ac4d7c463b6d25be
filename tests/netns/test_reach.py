"""`reach --from ZONE --check` through a router's real rules: declared policy held, refuted, and held again once mended."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

GROUND = Path(__file__).with_name("reach_ground.py")
APART = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="makes network namespaces: needs root")


@pytest.fixture(scope="module")
def told():
    run = subprocess.run(
        [*APART, sys.executable, str(GROUND)], capture_output=True, check=False, text=True, timeout=160
    )
    assert (0, "") == (run.returncode, run.stderr)
    said = json.loads(run.stdout)
    assert 0 == said["looked"]["status"], said["looked"]["err"]
    return said


def test_a_policy_that_the_routers_rules_keep_passes_and_each_rule_says_what_was_tried(told):
    assert [
        "HELD     office -> cameras: shut: tcp/22, tcp/23",
        "HELD     office -> servers: shut: tcp/80",
        "UNTESTED office -> ward: nothing was tried; no port that the rule forbids was seen open there",
        "PASS: 0 of 3 declared rules refuted",
    ] == told["tested"]["out"].splitlines()
    assert 0 == told["tested"]["status"]
    # a refusal and a silence are both shut
    assert "10.81.3.2 tcp/23 silent" in told["tested"]["err"]
    assert "10.81.2.2 tcp/80 unreachable" in told["tested"]["err"]


def test_one_hole_in_the_routers_rules_fails_with_the_port_that_was_reached(told):
    said = json.loads(told["holed"]["out"])

    assert (1, False) == (told["holed"]["status"], said["passed"])
    (broken,) = said["violations"]
    assert ("office", "cameras", "tcp/23", "seen") == tuple(
        broken[name] for name in ("source", "target", "port", "how")
    )
    assert broken["evidence"]


def test_once_the_rule_is_mended_the_same_test_passes_again(told):
    assert (0, "PASS: 0 of 3 declared rules refuted") == (
        told["mended"]["status"], told["mended"]["out"].splitlines()[-1],
    )  # fmt: skip


def test_each_gate_class_is_tried_once_a_test_with_nothing_but_a_knock(told):
    """Two devices have telnet and one is asked, but for what was open last time: that is tried on both. No byte was said."""
    knocks, said = told["heard"]["knocks"], told["heard"]["said"]
    three = {"10.81.2.2 tcp/80": 4, "10.81.3.2 tcp/23": 3, "10.81.3.3 tcp/22": 4}

    assert three | {"10.81.2.2 tcp/445": 1, "10.81.3.3 tcp/23": 2} == knocks
    assert 0 == said


def test_a_ward_gets_no_knock_and_is_named(told):
    assert not [one for one in told["heard"]["knocks"] if one.startswith("10.81.4.")]
    assert "not knocked on: ward" in told["all"]["err"]


def test_without_the_check_every_gate_port_of_one_device_a_zone_is_told(told):
    assert [
        "office -> cameras: 10.81.3.3 tcp/22 unreachable",
        "office -> cameras: 10.81.3.3 tcp/23 open",
        "office -> servers: 10.81.2.2 tcp/445 open",
        "office -> servers: 10.81.2.2 tcp/80 unreachable",
    ] == sorted(told["all"]["out"].splitlines())


def test_what_was_measured_is_told_apart_from_what_is_declared_and_assumed(told):
    said = json.loads(told["known"]["out"])
    known = {
        (one["target"], port, one["probability"])
        for one in said["reach"]
        if one["source"] == "office" and one["known"] == "measured"
        for port in one["gates"]
    }

    assert {
        ("cameras", "tcp/22", 0.0), ("cameras", "tcp/23", 1.0), ("servers", "tcp/445", 1.0), ("servers", "tcp/80", 0.0),
    } == known  # fmt: skip
    assert {"measured": 2, "declared": 1, "inferred": 0, "assumed": 9} == said["pairs"]
