"""All nodes of a real link, asked at once: who is found by it, what exactly is sent for it, and where nobody is asked."""

import json
import os
import subprocess
import sys
from collections import Counter
from functools import cache
from ipaddress import ip_address
from pathlib import Path

import pytest

GROUND = Path(__file__).with_name("nodes_ground.py")
APART = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
CARDS = {"answers": "02:00:00:00:00:0a", "ignores": "02:00:00:00:00:0b", "spared": "02:00:00:00:00:0c"}
ALL_NODES, ROUTERS = ip_address("ff02::1"), ip_address("ff02::16")

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="makes network namespaces: needs root")


@cache
def ground(scenario):
    run = subprocess.run(
        [*APART, sys.executable, str(GROUND), scenario],
        capture_output=True,
        check=False,
        text=True,
        timeout=100,
    )
    assert (0, "") == (run.returncode, run.stderr)
    return json.loads(run.stdout)


def sent(found):
    """What left our card, as (card, hop limit, source, target, ICMPv6 type): multicast reports of the kernel left out."""
    frames = [bytes.fromhex(one) for one in found["sent"]]
    assert {b"\x86\xdd"} >= {one[12:14] for one in frames}
    six = [(one[:6].hex(":"), one[21], ip_address(one[22:38]), ip_address(one[38:54]), one) for one in frames]
    return [
        (card, hops, str(source), str(target), whole[54])
        for card, hops, source, target, whole in six
        if target != ROUTERS
    ]


def to_group(frames):
    return [one for one in frames if one[0].startswith("33:33")]


def test_who_answers_the_group_is_heard_from_its_address_of_either_scope():
    """The one that ignores multicast is not; the third, excluded by nothing here, is."""
    local, wide = (one["heard"] for one in ground("office")["said"])

    assert [["fe80::ff:fe00:a", CARDS["answers"]], ["fe80::ff:fe00:c", CARDS["spared"]]] == local
    assert [["fd77::5a", CARDS["answers"]], ["fd77::5c", CARDS["spared"]]] == wide


def test_the_group_gets_exactly_the_frames_that_were_allowed():
    found = ground("office")
    frames = sent(found)

    want = [
        ("33:33:00:00:00:01", 1, source, str(ALL_NODES), 128) for source in ("fe80::ff:fe00:1", "fd77::1")
    ]
    assert [want[0], want[0], want[1], want[1]] == to_group(frames)
    assert [2, 2] == [one["done"]["sent"] for one in found["said"]]
    # what our kernel adds by itself: its card, to those who answer and so have to ask for it
    others = [one for one in frames if one not in want]
    assert {136} == {kind for *_, kind in others}
    assert {CARDS["answers"], CARDS["spared"]} == {card for card, *_ in others}


@pytest.mark.parametrize(
    ("scenario", "why"),
    [
        ("ward", "profile clinical of 10.77.0.128/25"),
        ("excluded", "02:00:00:00:00:0c/48 is excluded"),
        ("half", "10.77.0.0/24 is on the link and in no network"),
    ],
)
def test_a_group_is_asked_only_where_every_network_on_the_link_allows_it(scenario, why):
    found = ground(scenario)

    assert [True, True] == [why in one["error"] for one in found["said"]]
    assert [] == sent(found)
    # the same link, the same question: what differs is the scope alone
    assert 4 == len(to_group(sent(ground("office"))))


def test_no_other_group_source_or_wish_is_ever_served():
    found = ground("odd")

    assert all("error" in one for one in found["said"])
    assert [] == sent(found)


def test_a_scan_finds_by_it_whom_nothing_else_tells_of():
    found = ground("scan")
    six = {one["address"]: one["via"] for one in found["said"]["lines"] if ":" in one["address"]}

    assert {"fd77::5a", "fd77::5c"} == six.keys()
    assert {"raw:nd"} == {via for vias in six.values() for via in vias if via.startswith("raw")}
    assert {"fe80::ff:fe00:1": 2, "fd77::1": 2} == asked(found)


def test_a_scan_beside_those_who_must_be_left_alone_asks_no_group_and_says_so():
    found = ground("scan_quiet")

    assert {} == asked(found)
    assert [] == [one["address"] for one in found["said"]["lines"] if ":" in one["address"]]
    assert 1 == sum("profile passive of 10.77.0.128/25 lets nothing" in one for one in found["said"]["notes"])


def asked(found):
    """How often the group was asked, by our own address."""
    six = {"sent": [one for one in found["sent"] if one[24:28] == "86dd"]}
    return Counter(
        source for _, _, source, target, kind in sent(six) if (target, kind) == (str(ALL_NODES), 128)
    )
