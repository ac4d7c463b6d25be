"""What goes over the wire, captured: for arbitrary scopes and hostile answers, nothing outside, nothing too fast.

Two draws are fixed, two are new in each run (their seeds come from pytest-randomly's, which it prints, and are in each
test's name). A draw is a whole network of some 26 devices, scanned once by the real program; all draws run side by side.
"""

import ipaddress
import json
import random
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
from scanner.wire.vigil import FRESH

from . import promise_world as worlds  # noqa: TID252 - shared with the ground, which runs as a script

GROUND = Path(__file__).with_name("promise_ground.py")
FIXED = (3, 8)
"""Draws that are always run: each has found a fault once, or holds what few draws hold."""
FRAMES_OF_A_TALK = 60
"""Frames of ours on one connection that carries a question and its answer."""
FRAMES_OF_A_FLOOD = 1500
"""The same where a device floods us: acknowledgements of at most one megabyte."""
TO_UNDERSTAND = 0.5
"""Seconds from a device's word to the last initiation that had not heard it yet."""
_ARP, _IPV4, _ICMP, _TCP, _UDP = b"\x08\x06", b"\x08\x00", 1, 6, 17


def pytest_generate_tests(metafunc):
    if "capture" in metafunc.fixturenames:
        dice = random.Random(metafunc.config.getoption("randomly_seed", 0))
        seeds = (*FIXED, *(dice.randrange(100, 10_000) for _ in range(2)))
        metafunc.parametrize("capture", seeds, indirect=True, ids=lambda seed: f"draw-{seed}")


class Capture:
    """What the scanner sent in one run, frame by frame."""

    def __init__(self, raw):
        self.world, self.told, (self.handed,) = raw["world"], raw["told"], raw["handed"]
        self.cards = {one["mac"]: one["role"] for one in self.world["devices"]}
        self.networks = sorted(
            ((ipaddress.ip_network(one["cidr"]), Profile(one["profile"])) for one in self.world["networks"]),
            key=lambda network: -network[0].prefixlen,
        )
        self.others, self.arps, self.flows, self.questions = [], [], defaultdict(list), []
        self.to = []
        for at, frame in ((at, bytes.fromhex(frame)) for at, frame in raw["frames"]):
            self._take(at, frame)

    def _take(self, at, frame):
        card, to = frame[:6].hex(":"), str(ipaddress.ip_address(frame[30:34]))
        if frame[12:14] == _ARP and frame[20:22] == b"\0\2":
            return  # RFC 826: our stack's answer to somebody who asked for us
        if frame[12:14] == _ARP:
            self.arps.append((at, card, str(ipaddress.ip_address(frame[38:42]))))
        elif frame[12:14] == _IPV4 and frame[23] == _TCP:
            segment = frame[14 + (frame[14] & 15) * 4 :]
            flow = (to, int.from_bytes(segment[2:4], "big"), int.from_bytes(segment[:2], "big"))
            self.flows[flow].append((at, card, segment[13]))
            self.to.append((at, card, to))
        elif frame[12:14] == _IPV4 and frame[23] in (_ICMP, _UDP):
            self.questions.append((at, to, frame[23]))
            self.to.append((at, card, to))
        else:
            self.others.append(frame.hex())

    def profile(self, address):
        """The profile of the most specific network; None outside all of them."""
        parsed = ipaddress.ip_address(address)
        return next((profile for cidr, profile in self.networks if parsed in cidr), None)

    def network(self, address):
        parsed = ipaddress.ip_address(address)
        return next((cidr for cidr, _ in self.networks if parsed in cidr), None)

    def forbidden(self, address):
        """Whether the scope file, or the excluded name as it stood at the start, forbids the address itself."""
        return self.profile(address) is None or address in worlds.at(self.world, "address", "range", "frozen")

    def is_excluded(self, card):
        return self.cards.get(card) in ("oui", "card")

    def excluded_cards(self):
        """Each frame that was meant for an excluded card, with when and which address it was about."""
        return [(at, to) for at, card, to in (*self.to, *self.arps) if self.is_excluded(card)]

    def begun(self):
        """When each initiation left, by host: the first frame of each flow (the kernel's repeats are its own)."""
        times = defaultdict(list)
        for (host, _, _), frames in self.flows.items():
            times[host].append(frames[0][0])
        for at, host, _ in self.questions:
            times[host].append(at)
        return {host: sorted(at) for host, at in times.items()}


def most(times, seconds=1.0):
    """The most of them in any window of so many seconds."""
    times = sorted(times)
    return max(
        (at - bisect_left(times, time - seconds + 1e-9) + 1 for at, time in enumerate(times)), default=0
    )


@pytest.fixture(scope="session")
def captures(tmp_path_factory):
    """Give a draw's capture; the draws that a session asks for are all begun at the first question."""
    running = {}

    def begin(seed):
        folder = tmp_path_factory.mktemp(f"promise-{seed}")
        command = [*run._unshare(), sys.executable, str(GROUND), str(seed), str(folder)]
        running[seed] = folder, subprocess.Popen(command, stderr=subprocess.PIPE)

    def of(seed, seeds):
        for one in seeds:
            if one not in running:
                begin(one)
        folder, process = running[seed]
        if isinstance(process, subprocess.Popen):
            wrong = process.communicate(timeout=280)[1].decode()
            assert process.returncode == 0, f"draw {seed}: {wrong}"
            raw = json.loads((folder / "frames.json").read_text("utf-8"))
            assert raw["status"] == 0, f"draw {seed}: {raw['said']}"
            running[seed] = folder, Capture(raw)
        return running[seed][1]

    yield of
    for _, process in running.values():
        if isinstance(process, subprocess.Popen) and process.poll() is None:
            process.kill()
            process.communicate()


@pytest.fixture
def capture(request, captures):
    if reason := run.possible():
        pytest.skip(reason)
    asked = {item.callspec.params["capture"] for item in request.session.items if _is_drawn(item)}
    return captures(request.param, sorted(asked))


def _is_drawn(item):
    return item.path == Path(__file__) and "capture" in getattr(item, "callspec", item).params


def test_no_frame_of_ours_leaves_the_scope_whatever_the_scope_and_the_answers(capture):
    strayed = [address for _, _, address in capture.arps if capture.forbidden(address)]
    strayed += [host for _, _, host in capture.to if capture.forbidden(host)]

    assert [] == strayed
    assert [] == capture.others, "no IPv6, no multicast, nothing but ARP, TCP and what a profile allows"
    # the zeros count beside what did happen: every host that may be was talked to, past its lures
    talkers = set(worlds.at(capture.world, "talker"))
    assert talkers <= {host for host, _, _ in capture.flows}
    assert len(capture.flows) >= 4 * len(talkers)


def test_an_excluded_card_gets_no_frame_at_whatever_address_it_takes(capture):
    met = [pair for pair in capture.excluded_cards() if pair[1] != capture.world["handed"]]

    assert [] == met
    # it was there, and at its new address too: somebody asked who has it, by broadcast
    asked = {address for _, _, address in capture.arps}
    assert {*worlds.at(capture.world, "oui", "card"), capture.world["spare"]} <= asked


def test_nothing_is_begun_where_an_address_went_over_to_an_excluded_card_a_question_ago(capture):
    """On which card an address is, is asked again every FRESH seconds: a connect that was decided between two questions
    may still be repeated, or closed, by our kernel towards the new card. That is bounded, and nothing follows.
    """
    handed = capture.world["handed"]
    flows = [frames for (to, _, _), frames in capture.flows.items() if to == handed]
    met = [frames[0][0] - capture.handed for frames in flows if capture.is_excluded(frames[0][1])]
    connect = LIMITS[Profile.OFFICE].connect_seconds

    assert [] == [after for after in met if after > FRESH + connect]
    assert len(met) <= LIMITS[Profile.OFFICE].per_host
    assert [] == [frames for frames in flows if frames[0][0] > capture.handed + FRESH + connect]
    assert [frames for frames in flows if frames[0][0] < capture.handed], "it was talked to before"


def test_a_device_that_tells_what_excludes_it_is_left_alone_from_then_on(capture):
    begun = capture.begun()
    late = {
        host: [at - told for at in begun[host] if at > told + TO_UNDERSTAND]
        for host, told in capture.told.items()
    }

    assert {} == {host: times for host, times in late.items() if times}
    assert capture.told, "somebody told"
    assert all(begun[host][0] < told for host, told in capture.told.items())


def test_ports_of_the_never_list_get_no_frame(capture):
    asked = {(capture.profile(host), port) for host, port, _ in capture.flows}
    assert [] == [(profile, port) for profile, port in asked if why_not(tcp(port), profile)]
    assert {22, 80, 443} <= {port for _, port in asked}


def test_initiations_stay_within_the_rate_in_any_sliding_second(capture):
    begun = capture.begun()
    nobody = {address for _, _, address in capture.arps} - set(begun)
    nobody -= set(worlds.at(capture.world, "oui", "card"))

    for host, times in begun.items():
        assert most(times) <= max(1, LIMITS[capture.profile(host)].rate_host), host
    for cidr, profile in capture.networks:
        there = [at for host, times in begun.items() if capture.network(host) == cidr for at in times]
        assert most(there) <= LIMITS[profile].rate_total
        swept = [at for at, _, to in capture.arps if to in nobody and capture.network(to) == cidr]
        assert most(swept) <= LIMITS[profile].arp_rate
        assert len(swept) >= 6 or cidr.num_addresses == 1


def test_a_device_that_drops_everything_is_swept_within_its_rate_and_budget(capture):
    (silent,) = worlds.at(capture.world, "silent")
    limits = LIMITS[capture.profile(silent)]
    begun = capture.begun()[silent]

    assert len(begun) <= limits.budget
    assert most(begun) <= limits.rate_host
    once = [frames for (to, _, _), frames in capture.flows.items() if to == silent and len(frames) == 1]
    assert len(once) > len(limits.ports) // 2, "most of its ports got one frame, which nobody repeated"


def test_a_connection_costs_a_bounded_number_of_frames(capture):
    counts = sorted(len(frames) for frames in capture.flows.values())

    assert counts[-1] <= FRAMES_OF_A_FLOOD
    assert counts[len(counts) * 3 // 4] <= FRAMES_OF_A_TALK
    assert counts[-1] >= 4  # some did come about


def test_a_gentle_profile_never_has_two_connections_to_one_host(capture):
    gentle = [
        host for host in worlds.at(capture.world, "talker") if LIMITS[capture.profile(host)].per_host == 1
    ]
    for host in gentle:
        limits = LIMITS[capture.profile(host)]
        spans = sorted(
            (frames[0][0], frames[-1][0]) for (to, _, _), frames in capture.flows.items() if to == host
        )
        assert len(spans) >= 4
        assert len(spans) <= limits.budget
        assert all(later[0] > earlier[1] for earlier, later in pairwise(spans))
        assert all(later[0] - earlier[0] >= limits.gap for earlier, later in pairwise(spans))
    assert gentle


def test_a_gentle_profile_sees_no_half_open_connection_and_no_datagram(capture):
    gentle = {Profile.CLINICAL, Profile.OT}
    asked = [(host, kind) for _, host, kind in capture.questions if capture.profile(host) in gentle]
    half_open = [
        flow
        for flow, frames in capture.flows.items()
        # RFC 9293: a SYN and then a reset is a connection that was never meant
        if capture.profile(flow[0]) in gentle and [flags & 0x06 for _, _, flags in frames[:2]] == [2, 4]
    ]

    assert [] == asked
    assert [] == half_open
    assert [flow for flow in capture.flows if capture.profile(flow[0]) in gentle]
