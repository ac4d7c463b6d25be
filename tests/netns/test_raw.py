"""The raw helper on a real cable between two namespaces; the far end tells what reached it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

GROUND = Path(__file__).with_name("wire_ground.py")
APART = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
ALLOWED = {f"10.77.0.{last}" for last in range(2, 32)} - {"10.77.0.7"}
THERE = [["10.77.0.2", "02:00:00:00:00:02"], ["10.77.0.3", "02:00:00:00:00:02"]]

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="makes network namespaces: needs root")


def ground(scenario):
    run = subprocess.run(
        [*APART, sys.executable, str(GROUND), scenario],
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    assert (0, "") == (run.returncode, run.stderr)
    said = json.loads(run.stdout)
    assert said["far"]["lost"] == 0
    return said["ours"], said["far"]


def test_a_sweep_finds_who_is_there_and_asks_for_nobody_outside_the_scope():
    ours, far = ground("sweep")

    # asked for the whole /24, of which the scope holds a /27 without one excluded address that is there
    assert THERE == ours["found"]
    assert set(far["asked"]) == ALLOWED
    assert len(far["asked"]) == far["frames"]


def test_who_answered_is_not_asked_again():
    _, far = ground("sweep")
    assert [1, 1, 2] == [far["asked"].count(f"10.77.0.{last}") for last in (2, 3, 4)]


def test_the_helper_holds_one_privilege_and_the_links_are_read():
    ours, _ = ground("sweep")
    assert ("0000000000002000", ["10.77.0.0/27"], False) == (ours["held"], ours["on_link"], ours["default"])


def test_a_sweep_keeps_its_rate():
    ours, far = ground("pace")
    assert THERE == ours
    assert len(far["gaps"]) == 28
    # the far end's clock starts late by what it was busy; a second holds 50 all the same
    assert sum(far["gaps"]) / len(far["gaps"]) >= 1 / 50


def test_who_leaves_early_stops_the_sweep_and_may_ask_again():
    ours, _ = ground("stop")
    assert (1, THERE) == (ours["first"], ours["again"])
    assert ours["seconds"] < 5


def test_a_capture_hears_and_sends_nothing():
    ours, far = ground("listen")
    assert ours["heard"] >= 1
    assert (3, 0) == (ours["frames"], ours["arp"])
    assert set(far["asked"]) <= {"10.77.0.2"}
    assert far["syns"] == {}


def test_what_this_machine_cannot_do_is_said_clearly():
    faults, _ = ground("faults")
    for name, words in {
        "no right": "HostError: raw sockets need CAP_NET_RAW",
        "no helper": "HostError: the raw helper ended (status 1): nobody home",
        "no interface": "HostError: cannot open interface nix0",
        "interface gone": "HostError: interface v0 went away",
        "helper gone": "HostError: the raw helper ended",
        "too wide": "ScopeError: 10.0.0.0/8 is too wide",
        "no rate": "ScopeError: a sweep of 10.77.0.0/24 needs a rate above 0",
    }.items():
        assert faults[name].startswith(words)
