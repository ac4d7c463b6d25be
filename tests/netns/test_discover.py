"""Discovery with real frames: on our segment, behind a router, by IPv6; where it may send none; killed and resumed."""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from .discover_ground import BEHIND, NEAR, SIX  # noqa: TID252 - shared with the ground, which runs as a script

GROUND = Path(__file__).with_name("discover_ground.py")
APART = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
ROUTER = "10.77.0.254"

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="makes network namespaces: needs root")


@cache
def ground(scenario):
    run = subprocess.run(
        [*APART, sys.executable, str(GROUND), scenario],
        capture_output=True,
        check=False,
        text=True,
        timeout=160,
    )
    assert (0, "") == (run.returncode, run.stderr)
    said = json.loads(run.stdout)
    return said["ours"], said["far"]


def test_one_run_finds_who_is_near_who_is_behind_a_router_and_who_speaks_ipv6():
    ours, _ = ground("everything")

    assert sorted([*NEAR, ROUTER, *BEHIND, *SIX]) == ours["devices"]
    assert ["tcp/22", "tcp/80"] == ours["ports"]


def test_a_router_that_answers_arp_for_half_a_segment_is_one_device():
    ours, far = ground("everything")

    (note,) = [note for note in ours["zones"]["near"]["notes"] if "proxy ARP" in note]
    assert note.startswith("126 addresses that one card answers for")
    assert len(far["asked"]) >= 240


def test_empty_space_behind_a_router_is_not_knocked_on():
    """Each silent address is asked a few times, not once for each of sixty ports."""
    ours, far = ground("everything")

    # the sample that is asked on further ports apart
    asked = [one.split()[0] for one in far["syns"] if one.startswith("10.88.")]
    empty = sorted(asked.count(address) for address in {*asked} - {*BEHIND})
    assert empty[len(empty) // 2] <= 6
    assert 14 >= max(empty)
    assert any("with 95 % confidence fewer than" in note for note in ours["notes"])


def test_what_was_found_has_a_recall():
    ours, _ = ground("everything")

    near, behind = (ours["zones"][name]["recall"] for name in ("near", "behind"))
    assert (len(NEAR) + 1, len(BEHIND)) == (near["found"], behind["found"])
    assert 0.75 <= near["interval"]["lo"] <= near["share"] <= 1
    assert 0.75 <= behind["interval"]["lo"] <= behind["share"] <= 1
    assert ["a device that slept through every pass", "a device behind a firewall that answers none of the questions asked"] == [
        near["doubts"][0], behind["doubts"][0],
    ]  # fmt: skip


def test_without_raw_sockets_connects_find_who_answers_and_the_report_says_what_is_lost():
    ours, _ = ground("bound")

    assert sorted(BEHIND) == ours["devices"]
    assert any("raw sockets need CAP_NET_RAW" in note for note in ours["notes"])
    assert None is ours["zones"]["behind"]["recall"]


def test_all_ports_of_a_host_are_asked_when_one_wishes():
    ours, far = ground("all_ports")

    assert "tcp/60123" in ours["ports"]
    ports = {int(one.split()[1]) for one in far["syns"]}
    assert len(ports) > 65_400
    # raw print ports stay untouched in a sweep of all ports too
    assert not ports & set(range(9100, 9108))


def test_a_sweep_that_was_killed_goes_on_and_loses_nobody():
    ours, far = ground("killed")

    assert (2, True) == (ours["nothing"][0], "nothing to resume" in ours["nothing"][1])
    assert 0 < len(ours["before"]) < len(NEAR)
    assert sorted(NEAR) == ours["devices"]
    assert 1 == ours["runs"]
    # two tries in each life of the run for whom the kill cost the answer, and our kernel's own question
    assert max(far["asked"].values()) <= 5
    assert (2, True) == (ours["again"][0], "nothing to resume" in ours["again"][1])


def test_a_network_that_comes_with_a_tag_is_asked_through_the_trunk():
    """Its answer bears the tag too, and counts for that alone: we have no address there."""
    ours, far = ground("tagged")

    assert ["10.50.0.5"] == ours["devices"]
    assert {f"10.50.0.{n}" for n in range(1, 15)} == {one for one in far["asked"] if one.startswith("10.50.")}
