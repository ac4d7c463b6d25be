"""Devices that need more care than their office, captured: by the fragile list, and by what an earlier run knew of them.

One scan of a small office, near and behind a router, by the real program: see care_ground.py.
"""

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
from scanner.model.kinds import Kind, Profile
from scanner.model.net import tcp
from scanner.scope.profile import LIMITS
from scanner.wire.first import shipped as firsts
from scanner.wire.fragile import shipped

GROUND = Path(__file__).with_name("care_ground.py")
CAREFUL = LIMITS[Profile.CLINICAL]
KNOWN = {"card": Kind.PATIENT_MONITOR, "gateway": Kind.INFUSION_GATEWAY, "monitor": Kind.PATIENT_MONITOR}
"""Who is to be treated as on a ward, and the kind that says what may still be asked."""
FREE = ("pc-a", "pc-b", "pc-far")
OLD = "10.9.1.5"
"""Where the gateway was in the earlier run; nobody is there now."""


class Capture:
    """What the scanner sent: ARP questions, the start of each connection, and all else, by address."""

    def __init__(self, raw):
        self.raw, self.at = raw, {name: address for name, (_, address, _) in raw["devices"].items()}
        self.arps, self.other = [], defaultdict(list)
        self.flows = defaultdict(list)
        for at, frame in ((at, bytes.fromhex(frame)) for at, frame in raw["frames"]):
            self._take(at, frame)

    def _take(self, at, frame):
        if frame[12:14] == b"\x08\x06" and frame[20:22] == b"\0\1":
            self.arps.append((at, str(ipaddress.ip_address(frame[38:42]))))
        elif frame[12:14] == b"\x08\x00":
            to, segment = str(ipaddress.ip_address(frame[30:34])), frame[14 + (frame[14] & 15) * 4 :]
            if frame[23] == 6:
                ports = int.from_bytes(segment[2:4], "big"), int.from_bytes(segment[:2], "big")
                self.flows[to, *ports].append((at, segment[13]))
            else:
                self.other[to].append(frame[23])

    def begun(self, name):
        """The frames of each connection to a device, in the order in which they began, with its port."""
        mine = [(frames, port) for (to, port, _), frames in self.flows.items() if to == self.at[name]]
        return sorted(mine, key=lambda one: one[0][0][0])


def most(times):
    """The most of them in any second."""
    times = sorted(times)
    return max((at - bisect_left(times, time - 1 + 1e-9) + 1 for at, time in enumerate(times)), default=0)


@pytest.fixture(scope="module")
def capture(tmp_path_factory):
    if reason := run.possible():
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("care")
    command = [*run._unshare(), sys.executable, str(GROUND), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)
    assert (0, "") == (done.returncode, done.stderr)
    raw = json.loads((folder / "frames.json").read_text("utf-8"))
    assert [0, 0, 0] == raw["status"], raw["said"]
    return Capture(raw)


@pytest.mark.parametrize("name", KNOWN)
def test_what_needs_more_care_than_its_office_gets_it_from_the_first_frame_on(capture, name):
    begun = capture.begun(name)
    spans = [(frames[0][0], frames[-1][0]) for frames, _ in begun]

    assert {tcp(port) for _, port in begun} <= set(firsts()[KNOWN[name]].ports)
    assert 1 <= len(begun) <= CAREFUL.budget
    assert most([first for first, _ in spans]) <= CAREFUL.rate_host
    assert all(later[0] > earlier[1] for earlier, later in pairwise(spans)), "one connection at a time"
    assert all(later[0] - earlier[0] >= CAREFUL.gap for earlier, later in pairwise(spans))
    # RFC 9293: a SYN and then a reset is a connection that was never meant
    assert [] == [port for frames, port in begun if [flags & 6 for _, flags in frames[:2]] == [2, 4]]
    assert [] == capture.other[capture.at[name]], "no echo and no datagram, behind the router neither"


def test_a_row_of_the_list_may_ask_for_less_than_its_profile_allows(capture):
    row = next(one for one in shipped() if one.id == "philips-monitor-card")

    assert row.budget < CAREFUL.budget
    assert 1 <= len(capture.begun("card")) <= row.budget


def test_what_the_owner_says_nothing_may_be_sent_to_gets_no_frame(capture):
    banned = capture.at["banned"]

    assert [] == capture.begun("banned")
    assert [] == capture.other[banned]
    assert banned not in {address for _, address in capture.arps}


def test_its_neighbours_are_asked_by_arp_no_faster_than_it_bears(capture):
    taken = {*capture.at.values(), "10.9.1.1", "10.9.1.14"}
    asked = [at for at, address in capture.arps if address not in taken]

    assert most(asked) <= LIMITS[Profile.OT].arp_rate, "nothing is sent to one of them"
    assert len({address for _, address in capture.arps}) >= 10
    assert OLD in {address for _, address in capture.arps}


def test_all_others_are_looked_at_as_an_office(capture):
    """The zeros count beside this: the same run asked them on every port of an office, and by datagram."""
    office = LIMITS[Profile.OFFICE]
    for name in FREE:
        begun, address = capture.begun(name), capture.at[name]
        assert len({port for _, port in begun}) >= 0.9 * len(office.ports)
        assert most([frames[0][0] for frames, _ in begun]) > CAREFUL.rate_host
        assert capture.other[address].count(17) >= len(office.udp) - 1
    assert 1 in capture.other[capture.at["pc-far"]], "behind the router by echo too"
    swept = [to for to, kinds in capture.other.items() if 1 in kinds and to.startswith("10.9.2.")]
    assert len(swept) >= 12


def test_dry_run_and_report_name_them_and_say_why(capture):
    assert "1 device is on the fragile list: 10.9.1.7 (fragile 1)" in capture.raw["dry"]
    assert "10.9.2.5 patient-monitor: at most 12 connections, treated as clinical" in capture.raw["dry"]

    cared = {one["address"]: one for one in capture.raw["safety"]["cared"]}
    assert {*(capture.at[name] for name in KNOWN), capture.at["banned"], OLD} == set(cared)
    assert ["philips-monitor-card"] == cared[capture.at["card"]]["rows"]
    assert ["it stops the furnace"] == cared[capture.at["banned"]]["why"]
    assert cared[capture.at["gateway"]]["before"]
    assert {"clinical", "passive"} == {one["profile"] for one in cared.values()}
