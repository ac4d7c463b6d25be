"""Raw frames as they reach the far end of a real cable: whom they ask, how fast, until when, and what comes of it."""

import ipaddress
import json
import os
import random
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from scanner.model.kinds import Profile
from scanner.model.net import tcp, udp
from scanner.scope.profile import LIMITS
from scanner.wire.never import shipped

GROUND = Path(__file__).with_name("raw_ground.py")
APART = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
OURS, THEIRS = "02:00:00:00:00:01", "02:00:00:00:00:02"
LIVE = {"10.77.0.2", "10.77.0.3", "10.77.1.7", "10.77.2.66", "10.77.3.9", "10.77.3.200"}
WHOLE = [["10.77.0.0/22", "lab"]]

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="makes network namespaces: needs root")


def ground(scenario, **words):
    return json.loads(_ground(scenario, json.dumps(words)))


@cache
def _ground(scenario, words):
    run = subprocess.run(
        [*APART, sys.executable, str(GROUND), scenario, words],
        capture_output=True,
        check=False,
        text=True,
        timeout=100,
    )
    assert (0, "") == (run.returncode, run.stderr)
    assert json.loads(run.stdout)["lost"] == 0
    return run.stdout


class Frame:
    """One frame as it came: straight from the standards, and from none of the code that sent it."""

    def __init__(self, at, text):
        data = bytes.fromhex(text)
        self.at, self.card, self.tag = at, data[:6].hex(":"), None
        kind, rest = data[12:14], data[14:]
        if kind == b"\x81\x00":
            self.tag, kind, rest = int.from_bytes(rest[:2], "big"), rest[2:4], rest[4:]
        self.to = self.port = self.flags = None
        self.what = "other"
        if kind == b"\x08\x06":
            self.what, self.to = "arp", ipaddress.ip_address(rest[24:28])
        elif kind == b"\x08\x00":
            self.to, content = ipaddress.ip_address(rest[16:20]), rest[(rest[0] & 15) * 4 :]
            self._inside({1: "icmp", 6: "tcp", 17: "udp"}.get(rest[9], "other"), content)
        elif kind == b"\x86\xdd":
            self.to = ipaddress.ip_address(rest[24:40])
            self._inside({58: "icmp6", 6: "tcp", 17: "udp"}.get(rest[6], "other"), rest[40:])

    def _inside(self, what, content):
        self.what, self.flags = what, content[13] if what == "tcp" else content[0] if content else None
        if what in {"tcp", "udp"}:
            self.port = int.from_bytes(content[2:4], "big")

    @property
    def asks(self):
        """A frame that we began with, not a kernel's reset after an answer nor its own housekeeping."""
        return {"arp": True, "icmp": self.flags == 8, "tcp": self.flags == 2, "udp": True}.get(
            self.what, False
        )


def frames(found):
    return [Frame(*one) for one in found["frames"]]


def most(times):
    """The most frames in any sliding second."""
    first = top = 0
    for last, at in enumerate(times):
        while at - times[first] >= 1:
            first += 1
        top = max(top, last - first + 1)
    return top


def pytest_generate_tests(metafunc):
    if "draw" in metafunc.fixturenames:
        dice = random.Random(metafunc.config.getoption("randomly_seed", 0))
        seeds = (1, *(dice.randrange(100, 10_000) for _ in range(3)))
        metafunc.parametrize("draw", seeds, ids=lambda seed: f"draw-{seed}")


def world(seed):
    """A scope of a few networks that overlap the cable's, some addresses excluded, and wishes beyond it."""
    dice = random.Random(seed)
    networks, excluded = {}, {dice.choice(sorted(LIVE))}
    for _ in range(dice.randint(1, 4)):
        prefix = dice.choice([24, 25, 26, 28])
        base = int(ipaddress.ip_address("10.77.0.0")) + dice.randrange(4 << 8)
        cidr = ipaddress.ip_network((base >> (32 - prefix) << (32 - prefix), prefix))
        networks.setdefault(str(cidr), dice.choice(["office", "lab", "lab", "clinical", "ot", "passive"]))
    for cidr in networks:
        excluded |= {str(dice.choice(list(ipaddress.ip_network(cidr).hosts()))) for _ in range(3)}
    never = dice.sample([int(port.split("/")[1]) for port in shipped() if port.startswith("tcp")], 3)
    wishes = [
        {"method": "arp", "targets": ["10.77.0.0/22"], "rate": 5000},
        {"method": "echo", "targets": ["10.77.0.0/22"], "via": THEIRS},
        {"method": "syn", "targets": ["10.77.0.0/22"], "ports": [22, 80, 445, *never], "via": THEIRS},
        {"method": "udp", "targets": ["10.77.0.0/22"], "ports": [161, 53, 50000, 30718], "via": THEIRS},
    ]
    for wish in wishes:
        wish.update(seed=seed, wait=0.1)
    return networks, sorted(excluded), wishes


def allowed(networks, excluded, frame):
    """Whether the scope allows this frame, from the words of docs/safety.md; `unsigned` wards get nothing at all."""
    if str(frame.to) in excluded:
        return False
    holding = [cidr for cidr in map(ipaddress.ip_network, networks) if frame.to in cidr]
    if not holding:
        return False
    profile = Profile(networks[str(max(holding, key=lambda cidr: cidr.prefixlen))])
    if profile in {Profile.CLINICAL, Profile.OT, Profile.PASSIVE}:
        return False
    port = {"tcp": tcp, "udp": udp}.get(frame.what, lambda _port: None)(frame.port)
    if port is None:
        return True
    listed = shipped().get(port)
    if listed is not None and profile not in listed.may:
        return False
    return profile is Profile.LAB or port in {*LIMITS[profile].ports, *LIMITS[profile].udp}


def test_no_frame_leaves_the_scope_whatever_the_scope(draw):
    networks, excluded, wishes = world(draw)
    slow = any(profile == "office" for profile in networks.values())
    found = ground(
        "asks", networks=list(networks.items()), excluded=excluded, wishes=wishes[1:] if slow else wishes
    )
    sent = frames(found)
    stray = [
        (frame.what, str(frame.to), frame.port)
        for frame in sent
        # a reset goes only to who answered us; the kernel tells groups of its own card's addresses (MLD)
        if not allowed(networks, excluded, frame) and not (frame.what == "other" and frame.to.is_multicast)
    ]
    assert [] == stray
    told = sum(one["done"]["sent"] for one in found["ours"] if "done" in one)
    assert told == sum(frame.asks for frame in sent)


def test_who_is_allowed_is_asked_once_on_every_port_by_every_method():
    wishes = [
        {"method": "arp", "targets": ["10.77.0.0/22"]},
        {"method": "echo", "targets": ["10.77.0.0/22"], "via": THEIRS},
        {"method": "syn", "targets": ["10.77.0.0/22"], "ports": [22, 23], "via": THEIRS},
        {
            "method": "udp",
            "targets": ["10.77.0.0/22"],
            "ports": [161],
            "via": THEIRS,
            "payloads": {"161": "aGk="},
        },
    ]
    found = ground("asks", networks=WHOLE, excluded=["10.77.2.66"], wishes=wishes)
    here = sorted(LIVE - {"10.77.2.66"})
    arp, echo, syn, datagram = ([one[:3] for one in each["heard"]] for each in found["ours"])
    # the far end's kernel has an answer by ARP for its own addresses
    assert [[one, None, "there"] for one in here] == [one for one in arp if one[0] in here]
    assert [[one, None, "there"] for one in here] == echo
    assert [[one, port, state] for one in here for port, state in ((22, "open"), (23, "closed"))] == syn
    assert [[one, 161, "answered"] for one in here] == datagram
    counts = Counter((frame.what, str(frame.to), frame.port) for frame in frames(found) if frame.asks)
    assert {1} == set(counts.values())
    # 1,022 hosts but the excluded one: by ARP, echo and UDP once, by SYN on two ports
    assert 5 * 1021 == len(counts)
    # what our kernel adds by itself, since it knows nothing of what we asked: a reset for an open port, and an ICMP
    # "port unreachable" for an answer by UDP; nothing else, and to nobody else
    added = [
        (frame.what, frame.flags, str(frame.to))
        for frame in frames(found)
        if not frame.asks and frame.to.version == 4
    ]
    assert [(what, flags, one) for what, flags in (("icmp", 3), ("tcp", 4)) for one in here] == sorted(added)


def test_identical_answers_in_ten_runs_out_of_ten():
    wish = {"method": "syn", "targets": ["10.77.0.0/22"], "ports": [22, 80, 81], "via": THEIRS}
    found = ground("asks", networks=WHOLE, wishes=[{**wish, "seed": seed} for seed in range(10)])
    heard = {json.dumps(one["heard"]) for one in found["ours"]}
    assert 1 == len(heard)
    assert 3 * len(LIVE) == len(json.loads(heard.pop()))


def test_ipv6_is_asked_by_neighbours_echo_and_syn():
    plain = {"targets": ["fd77::/124"], "source": "fd77::1"}
    wishes = [
        {"method": "nd", **plain},
        {"method": "echo6", **plain, "via": THEIRS},
        {"method": "syn", **plain, "via": THEIRS, "ports": [22, 23]},
    ]
    found = ground("asks", networks=[["fd77::/120", "lab"]], wishes=wishes)
    heard = [[one[:4] for one in each["heard"]] for each in found["ours"]]
    assert [
        [["fd77::7", None, "there", THEIRS]],
        [["fd77::7", None, "there", THEIRS]],
        [["fd77::7", 22, "closed", THEIRS], ["fd77::7", 23, "closed", THEIRS]],
    ] == heard


@pytest.mark.parametrize(("profile", "method", "rate"), [
    ("office", "arp", 10), ("office", "echo", 5000), ("lab", "syn", 200), ("lab", "syn", 5000), ("lab", "arp", 37),
])  # fmt: skip
def test_the_rate_holds_in_any_sliding_second(profile, method, rate):
    limits = LIMITS[Profile(profile)]
    ceiling = min(rate, limits.arp_rate if method == "arp" else limits.rate_total)
    wide = "10.77.0.0/27" if ceiling < 100 else "10.77.0.0/22"
    ports = [22, 80, 443, 445, 8080] if method == "syn" else []
    wish = {"method": method, "targets": [wide], "ports": ports[: 1 if rate < 5000 else 5], "rate": rate}
    if method != "arp":
        wish["via"] = THEIRS
    found = ground("asks", networks=[["10.77.0.0/22", profile]], wishes=[wish])
    times = sorted(frame.at for frame in frames(found) if frame.asks)
    assert len(times) >= 30
    assert most(times) <= ceiling


def test_the_pace_changes_while_an_ask_runs():
    rates = (20, 200)
    wish = {"method": "arp", "targets": ["10.77.0.0/22"], "rate": 100}
    found = ground("paced", wish=wish, rates=rates)
    times = sorted(frame.at for frame in frames(found) if frame.asks)
    changes = found["ours"]
    seen = [most([at for at in times if since + 0.15 < at]) for since in changes[:1]]
    for rate, since, until in zip((100, *rates), changes, [*changes[1:], times[-1]], strict=True):
        within = [at for at in times if since + 0.1 < at <= until]
        assert rate * 0.25 <= len(within) / max(until - since - 0.1, 0.1) <= rate * 1.05 + 1
        seen.append(most(within))
    assert all(one <= rate for one, rate in zip(seen[1:], (100, *rates), strict=True))


def test_nothing_leaves_a_quarter_of_a_second_after_the_word_to_stop():
    for one in ground("stops", rates=[50, 5000, 1e6])["ours"]:
        assert one["after"] <= 0.25, one


def test_a_tag_is_on_each_frame_and_only_answers_with_that_tag_count():
    wish = {"method": "arp", "targets": ["10.78.0.0/28"], "vlan": 120, "source": "0.0.0.0"}
    found = ground("asks", networks=[["10.78.0.0/24", "lab"]], wishes=[wish])
    assert [["10.78.0.7", None, "there", THEIRS, None, False]] == found["ours"][0]["heard"]
    assert {120} == {frame.tag for frame in frames(found) if frame.asks}
    assert 14 == sum(frame.asks for frame in frames(found))


@pytest.mark.parametrize(
    ("how", "words"),
    [
        (["far", "ip", "link", "set", "v1", "down"], ("no carrier",)),
        (["near", "ip", "link", "set", "v0", "down"], ("is down",)),
        # a card that is deleted is set down first: who looks at that very moment sees it so
        (["near", "ip", "link", "delete", "v0"], ("interface v0 went away", "is down")),
    ],
)
def test_a_cable_that_is_taken_away_is_noticed_within_a_second_or_two(how, words):
    found = ground("trouble", how=how)["ours"]
    assert found["said"].startswith("HostError: interface v0")
    assert any(word in found["said"] for word in words)
    assert found["seconds"] < 3


def test_a_queue_that_is_full_loses_no_frame():
    wish = {"method": "arp", "targets": ["10.77.0.0/24"], "rate": 1000, "wait": 2}
    found = ground("narrow", wish=wish)
    asked = [str(frame.to) for frame in frames(found) if frame.asks]
    assert 254 == len(asked) == len(set(asked)) == found["ours"][0]["done"]["sent"]


def test_a_flood_of_forged_answers_hides_no_true_one_and_costs_no_memory():
    wish = {"method": "syn", "targets": ["10.77.0.0/22"], "ports": [22, 80], "via": THEIRS, "tries": 2}
    found = ground("flooded", wish=wish)["ours"]
    assert {(one, port) for one in LIVE for port in (22, 80)} == {(one[0], one[1]) for one in found["heard"]}
    assert found["done"]["strays"] > 0
    assert found["memory"] < 200
    assert found["seconds"] < 10


def test_after_a_kill_another_goes_on_where_the_first_was_seen_last():
    wish = {"method": "arp", "targets": ["10.77.0.0/22"], "rate": 400}
    found = ground("killed", wish=wish)
    counts = Counter(str(frame.to) for frame in frames(found) if frame.asks)
    assert "the raw helper ended (status -9)" in found["ours"]["said"]
    assert 1022 == len(counts)
    # what was sent between the last word and the kill is sent again: half a second's worth
    assert found["ours"]["place"] > 100
    assert sum(counts.values()) <= 1022 + 400
    assert max(counts.values()) <= 2


def test_what_cannot_be_asked_is_said_clearly():
    wishes = [
        {"method": "syn", "targets": ["10.77.0.0/24"], "ports": [22], "via": THEIRS, "source": "10.77.9.9"},
        {"method": "arp", "targets": ["10.77.0.0/24"], "interface": "nix0"},
        {"method": "syn", "targets": ["10.77.8.0/24"], "ports": [22], "via": THEIRS},
        {"method": "arp", "targets": ["10.77.0.0/28"]},
    ]
    networks = [*WHOLE, ["10.77.8.0/24", "clinical"]]
    *errors, last = ground("asks", networks=networks, wishes=wishes)["ours"]
    for one, word in zip(
        errors,
        ("10.77.9.9 is no address of interface v0", "cannot open interface nix0", "no half-open connection"),
        strict=True,
    ):
        assert word in one["error"]
    assert last["done"]["sent"] == 14
