"""The real nmap, held to scope and pace, against simulated hosts; the far end tells what reached it."""

import itertools
import json
import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

GROUND = Path(__file__).with_name("wire_ground.py")
OFFICE = Path(__file__).with_name("nmap_ground.py")
APART = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="makes network namespaces: needs root"),
    pytest.mark.skipif(not shutil.which("nmap"), reason="nmap is not installed"),
]


def stood(script, scenario):
    run = subprocess.run(
        [*APART, sys.executable, str(script), scenario],
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
    )
    assert (0, "") == (run.returncode, run.stderr)
    return json.loads(run.stdout)


@pytest.fixture(scope="module")
def ground():
    return stood(GROUND, "nmap")


@pytest.fixture(scope="module")
def office():
    return stood(OFFICE, "office")


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


LIVE, DEAF = ("10.77.0.2", "10.77.0.3", "10.77.0.4"), ("10.77.0.5", "10.77.0.6")
OPEN, SHUT = (
    ("tcp/22", "tcp/80", "tcp/443"),
    ("tcp/21", "tcp/25", "tcp/110", "tcp/139", "tcp/445", "tcp/3389", "tcp/8080"),
)


def test_in_an_office_it_tells_every_port_of_every_host(office):
    live = {**dict.fromkeys(OPEN, "open"), **dict.fromkeys(SHUT, "closed")}
    deaf = dict.fromkeys([*OPEN, *SHUT], "filtered")
    assert {**dict.fromkeys(LIVE, live), **dict.fromkeys(DEAF, deaf)} == office["ours"]["seen"]


def connections(syns, host):
    """When each connection to a host began: a SYN that the kernel repeats is none."""
    first = {}
    for at, to, port, source in syns:
        if to == host:
            first.setdefault((port, source), at)
    return sorted(first.values())


@pytest.mark.parametrize("host", [*LIVE, *DEAF])
def test_no_host_gets_more_connections_in_a_second_than_its_profile_bears_at_once(office, host):
    """Four at a time, each for a second at most: so a host that keeps silent has no more than four half-open.

    nmap counts from when it meant to knock. On a busy machine one knock may leave late and the next in time, so a single
    gap proves nothing; but none ever leaves early, and in the middle the gaps are what they should be.
    """
    times = connections(office["syns"], host)
    early = [number for number, at in enumerate(times) if at < office["ours"]["began"] + number / 4]
    assert [] == early
    assert statistics.median(later - at for at, later in zip(times, times[4:], strict=False)) >= 0.9


def test_all_hosts_together_keep_the_pace_of_the_profile(office):
    times = sorted(itertools.chain(*(connections(office["syns"], host) for host in (*LIVE, *DEAF))))
    assert max(sum(at <= other < at + 1 for other in times) for at in times) <= 5 * 40


def test_the_harm_table_counts_what_the_capture_counts(office):
    """By nmap's own trace: a deaf host is knocked at twice on each port, another once and now and then again."""
    captured = {host: len(connections(office["syns"], host)) for host in (*LIVE, *DEAF)}
    assert captured == office["ours"]["harm"]
    assert [20, 20] == [captured[host] for host in DEAF]
    assert all(10 <= captured[host] <= 20 for host in LIVE)


def test_the_ledger_holds_no_less_than_what_was_sent(office):
    assert office["ours"]["harm"] == office["ours"]["spent"]


def test_the_last_knock_leaves_within_a_quarter_of_a_second_of_the_flag():
    said = stood(OFFICE, "stopped")
    told = said["ours"]["told"]
    before = [at for at, *_ in said["syns"] if at <= told]
    after = [at - told for at, *_ in said["syns"] if at > told]
    assert len([at for at in before if at > told - 1]) >= 8, "it was not in full swing"
    assert max(after, default=0) <= 0.25
    assert ["enough"] == said["ours"]["ended"]
