"""What goes over the wire, captured: for arbitrary scopes and hostile answers, nothing outside, nothing too fast."""

import ipaddress
import json
import subprocess
import sys
from bisect import bisect_left
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import pytest

from scanner.lab import run
from scanner.model.kinds import Profile
from scanner.model.net import tcp
from scanner.scope.profile import LIMITS
from scanner.wire.never import why_not

GROUND = Path(__file__).with_name("promise_ground.py")
DRAWS = [(1, "office"), (2, "office"), (3, "clinical"), (4, "ot")]
FRAMES_OF_A_TALK = 60
"""Frames of ours on one connection that carries a question and its answer."""
FRAMES_OF_A_FLOOD = 1500
"""The same where a device floods us: acknowledgements of at most one megabyte."""


class Capture:
    """What the scanner sent in one run, frame by frame."""

    def __init__(self, profile, raw):
        self.profile = Profile(profile)
        self.limits = LIMITS[self.profile]
        self.raw = raw
        self.cidrs = [ipaddress.ip_network(cidr) for cidr in raw["cidrs"]]
        self.others, self.arps, self.flows = [], [], defaultdict(list)
        for at, frame in ((at, bytes.fromhex(frame)) for at, frame in raw["frames"]):
            if frame[12:14] == b"\x08\x06":
                self.arps.append((at, frame[20:22], str(ipaddress.ip_address(frame[38:42]))))
            elif frame[12:14] == b"\x08\x00" and frame[23] == 6:
                segment = frame[14 + (frame[14] & 15) * 4 :]
                to = str(ipaddress.ip_address(frame[30:34]))
                flow = (to, int.from_bytes(segment[2:4], "big"), int.from_bytes(segment[:2], "big"))
                self.flows[flow].append((at, frame[:6].hex(":"), segment[13]))
            else:
                self.others.append(frame.hex())

    def begun(self):
        """When each connection began, by host: the first frame of each flow (the kernel's repeats are its own)."""
        times = defaultdict(list)
        for (host, _, _), frames in self.flows.items():
            times[host].append(frames[0][0])
        return {host: sorted(at) for host, at in times.items()}

    def allowed(self, address):
        inside = any(ipaddress.ip_address(address) in cidr for cidr in self.cidrs)
        return inside and address not in self.raw["excluded"]


def most(times, seconds=1.0):
    """The most of them in any window of so many seconds."""
    times = sorted(times)
    return max(
        (at - bisect_left(times, time - seconds + 1e-9) + 1 for at, time in enumerate(times)), default=0
    )


@pytest.fixture(scope="session")
def captures():
    """Each run once, whatever the order of the tests."""
    return {}


@pytest.fixture(params=DRAWS, ids=lambda draw: f"{draw[1]}-{draw[0]}")
def capture(request, captures, tmp_path_factory):
    if reason := run.possible():
        pytest.skip(reason)
    seed, profile = request.param
    if request.param not in captures:
        folder = tmp_path_factory.mktemp("promise")
        command = [*run._unshare(), sys.executable, str(GROUND), str(seed), str(folder), profile]
        subprocess.run(command, check=True, timeout=250)
        raw = json.loads((folder / "frames.json").read_text("utf-8"))
        assert raw["status"] == 0, raw["said"]
        captures[request.param] = Capture(profile, raw)
    return captures[request.param]


def test_no_frame_of_ours_leaves_the_scope_whatever_the_scope_and_the_answers(capture):
    strayed = [address for _, _, address in capture.arps if not capture.allowed(address)]
    strayed += [host for host, _, _ in capture.flows if not capture.allowed(host)]
    shunned = [flow for flow, frames in capture.flows.items() if frames[0][1] == capture.raw["shunned_mac"]]

    assert [] == strayed
    assert [] == shunned
    assert [] == capture.others, "no datagram, no IPv6, no multicast"
    # the zeros count beside what did happen: every host that may be was talked to, past its lures
    assert set(capture.raw["hosts"]) == {host for host, _, _ in capture.flows}
    assert len(capture.flows) >= 4 * len(capture.raw["hosts"])


def test_ports_of_the_never_list_get_no_frame(capture):
    asked = {port for _, port, _ in capture.flows}
    assert [] == [port for port in asked if why_not(tcp(port), capture.profile)]
    assert {22, 80, 443} <= asked


def test_initiations_stay_within_the_rate_in_any_sliding_second(capture):
    begun = capture.begun()
    nobody = {address for _, _, address in capture.arps} - set(begun) - {capture.raw["shunned"]}
    swept = [at for at, _, address in capture.arps if address in nobody]

    assert max(most(times) for times in begun.values()) <= max(1, capture.limits.rate_host)
    for cidr in capture.cidrs:
        there = [at for host, times in begun.items() if ipaddress.ip_address(host) in cidr for at in times]
        assert most(there) <= capture.limits.rate_total
        here = [
            at
            for at, _, address in capture.arps
            if address in nobody and ipaddress.ip_address(address) in cidr
        ]
        assert most(here) <= capture.limits.arp_rate
    assert len(swept) >= 10


def test_a_connection_costs_a_bounded_number_of_frames(capture):
    counts = sorted(len(frames) for frames in capture.flows.values())

    assert counts[-1] <= FRAMES_OF_A_FLOOD
    assert counts[len(counts) * 3 // 4] <= FRAMES_OF_A_TALK
    assert counts[-1] >= 4  # some did come about


@pytest.mark.parametrize(
    "capture", [draw for draw in DRAWS if LIMITS[Profile(draw[1])].per_host == 1], indirect=True
)
def test_a_gentle_profile_never_has_two_connections_to_one_host(capture):
    for host in capture.begun():
        spans = sorted(
            (frames[0][0], frames[-1][0]) for (to, _, _), frames in capture.flows.items() if to == host
        )
        assert len(spans) >= 4
        assert all(later[0] > earlier[1] for earlier, later in pairwise(spans))
        assert all(later[0] - earlier[0] >= capture.limits.gap for earlier, later in pairwise(spans))
