"""One question to everybody on a link that is made of lists: what goes out, when, and which answers are told."""

import struct
import sys
import types
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.errors import ScopeError
from scanner.model.kinds import Profile
from scanner.scope.file import Network
from scanner.scope.parse import window
from scanner.wire.pipe import ALL_NODES, Ask, Batch, Done, Method, Progress
from scanner.wire.raw import group, nodes
from scanner.wire.raw.nodes import Nodes
from scanner.wire.raw.ready import ready
from scanner.wire.raw.ring import Frames
from scanner.wire.raw.segment import Segment

US, HERE, THERE, CARD = "02:00:00:00:00:01", "fe80::1", "fe80::a", "02:00:00:00:00:0a"
RANGES = frozenset(map(ip_network, ("fe80::/64", "fd00::/64", "10.1.0.0/24")))
KEY = bytes(range(16))
NOON = datetime(2026, 12, 2, 12, tzinfo=UTC)
OPEN = (window("daily 01:00-02:00 Europe/London"),)


class Clock:
    """Time that goes by only while somebody waits."""

    def __init__(self):
        self.now, self.day = 0.0, NOON

    def monotonic(self):
        return self.now


class Cable:
    """Answers each question as `says` has it; keeps when it was asked."""

    def __init__(self, clock, says):
        self.clock, self.says = clock, says
        self.sent, self.waiting, self.room = [], [], 99
        self.stopped, self.rate, self.avoid, self.then = False, None, [], {}

    def send(self, rows, lengths):
        if not self.room:
            self.room = 99
            return 0
        frame = rows[0, : lengths[0]].tobytes()
        self.sent.append((self.clock.now, frame))
        self.waiting += self.says(frame)
        return 1

    def hear(self, _most):
        frames, self.waiting = self.waiting, []
        if not frames:
            return None
        width = max(map(len, frames))
        rows = np.array([list(one.ljust(width, b"\0")) for one in frames], np.uint8)
        count = len(frames)
        return Frames(rows, np.array([len(one) for one in frames]), np.zeros(count), np.full(count, -1))

    def wait(self, seconds):
        self.clock.now += seconds
        for at in [one for one in self.then if one <= self.clock.now]:
            self.then.pop(at)()
        return self.stopped

    def check(self):
        pass

    def dropped(self):
        return 3


def reply(asked, source=THERE, card=CARD, to=None, kind=129, wrong=0, ttl=64):
    proof = (int.from_bytes(asked[58:62], "big") ^ wrong).to_bytes(4, "big")
    said = struct.pack("!BBH", kind, 0, 0) + proof + asked[62:]
    head = struct.pack("!IHBB", 6 << 28, len(said), 58, ttl)
    ether = asked[6:12] + bytes.fromhex(card.replace(":", "")) + b"\x86\xdd"
    return ether + head + ip_address(source).packed + (to or asked[22:38]) + said


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def ask(scope, monkeypatch, clock):
    template = types.ModuleType("template")
    template.Sender = types.SimpleNamespace
    template.frame = lambda sender, _card, _target, proof: group._plain(sender.mac, sender.source, proof)
    monkeypatch.setitem(sys.modules, "scanner.wire.raw.template", template)
    monkeypatch.setattr(nodes, "time", clock)
    monkeypatch.setattr(nodes, "datetime", types.SimpleNamespace(now=lambda _zone: clock.day))

    def build(says=lambda asked: [reply(asked)], networks=None, look=None, **words):
        plain = {
            "method": Method.NODES, "interface": "v0", "source": HERE, "targets": (ALL_NODES,), "rate": 50.0,
            "tries": 2, "seed": 1, "wait": 1.0,
        }  # fmt: skip
        wide = msgspec.structs.replace(scope, networks=tuple(networks or nets()), exclusions=(), groups=())
        cable = Cable(clock, says)
        segment = Segment(own=frozenset({HERE, "fd00::1"}), ranges=RANGES)
        found = Nodes(Ask(**{**plain, **words}), wide, US, KEY, cable, cable, look or (lambda: segment))
        return cable, found

    return build


def nets(profile=Profile.OFFICE, windows=()):
    return [
        Network(
            cidr=ip_network(cidr), zone="z", profile=profile, criticality=None, windows=windows, vlan=None
        )
        for cidr in ("fd00::/64", "10.1.0.0/24")
    ]


def run(found):
    said = list(found.run())
    assert isinstance(said[-1], Done)
    assert isinstance(said[-2], Progress)
    return [one for batch in said if isinstance(batch, Batch) for one in batch.heard], said[-1]


def test_everybody_is_asked_once_a_second_and_each_answer_is_told_once(ask):
    cable, found = ask(lambda asked: [reply(asked), reply(asked, "fd00::b", "02:00:00:00:00:0b")])

    heard, done = run(found)

    assert [0.0, 1.0] == [at for at, _ in cable.sent]
    assert [(THERE, CARD, 64), ("fd00::b", "02:00:00:00:00:0b", 64)] == [
        (one.address, one.mac, one.ttl) for one in heard
    ]
    assert Done(sent=2, refused=0, dropped=3, strays=0, repeats=2, place=2) == done
    assert cable.clock.now >= 2


def test_a_slower_wish_and_a_longer_wait_are_kept(ask):
    cable, found = ask(rate=0.5, wait=5.0)

    run(found)

    assert [0.0, 2.0] == [at for at, _ in cable.sent]
    assert 7 == pytest.approx(cable.clock.now)


@pytest.mark.parametrize(
    "answer",
    [
        lambda asked: reply(asked, wrong=1),
        lambda asked: reply(asked, kind=128),
        lambda asked: reply(asked, kind=1),
        lambda asked: reply(asked, to=ip_address("fe80::2").packed),
        lambda asked: reply(asked, source="ff02::5"),
        lambda asked: reply(asked, source="::"),
        lambda asked: reply(asked, source="fd00::1"),
        lambda asked: reply(asked, card="03:00:00:00:00:0a"),
        lambda asked: reply(asked, card="00:00:00:00:00:00"),
        lambda asked: reply(asked)[:61],
        lambda _asked: b"\0" * 90,
    ],
)
def test_what_is_no_answer_to_us_from_somebody_else_is_a_stray(ask, answer):
    heard, done = run(ask(lambda asked: [answer(asked)], tries=1)[1])

    assert ([], 1) == (heard, done.strays)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=120), min_size=1, max_size=4))
def test_no_noise_is_believed_and_none_ends_the_ask(ask, noise):
    heard, done = run(ask(lambda _asked: list(noise), tries=1)[1])

    assert ([], len(noise)) == (heard, done.strays)


def test_a_flood_of_made_up_addresses_is_kept_within_bounds(ask, monkeypatch):
    monkeypatch.setattr(nodes, "KEPT", 5)
    monkeypatch.setattr(nodes, "EACH", 2)
    wild = [(f"fe80::{n:x}", f"02:00:00:00:00:{n // 4:02x}") for n in range(16, 40)]
    heard, done = run(ask(lambda asked: [reply(asked, *one) for one in wild], tries=1)[1])

    assert (5, 19) == (len(heard), done.repeats)
    assert {2, 1} == {[one.mac for one in heard].count(card) for _, card in wild} - {0}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"targets": ("ff02::2",)}, "of groups only ff02::1"),
        ({"targets": ()}, "not nothing"),
        ({"targets": (ALL_NODES, "fd00::7")}, "of groups only ff02::1"),
        ({"ports": (80,)}, "by a plain echo"),
        ({"payloads": {80: b"x"}}, "by a plain echo"),
        ({"cards": {THERE: CARD}}, "by a plain echo"),
        ({"via": CARD}, "by a plain echo"),
        ({"vlan": 7}, "untagged"),
        ({"rate": 0}, "a rate above 0"),
        ({"rate": float("nan")}, "a rate above 0"),
        ({"tries": 0}, "one try at least"),
        ({"wait": -1}, "no wait below 0"),
        ({"begin": 3}, "one try at least"),
        ({"source": "10.1.0.9"}, "cannot ask from 10.1.0.9"),
        ({"source": "::"}, "no plain address"),
        ({"source": "fe80::1%v0"}, "no plain address"),
        ({"source": "fe80::9"}, "fe80::9 is no address of v0"),
        ({"networks": nets(windows=OPEN)}, "no window of 10.1.0.0/24 is open now"),
        ({"networks": nets(Profile.CLINICAL)}, "all nodes of v0 are not asked: profile clinical"),
    ],
)
def test_a_wish_for_anything_else_is_refused_with_a_word(ask, words, said):
    with pytest.raises(ScopeError, match=said):
        ask(**words)


def test_the_general_way_of_asking_never_asks_a_group(scope):
    wish = Ask(
        method=Method.NODES,
        interface="v0",
        source=HERE,
        targets=(ALL_NODES,),
        rate=1,
        tries=1,
        seed=1,
        wait=0,
    )

    with pytest.raises(ScopeError, match="alone"):
        ready(wish, scope, None, US, KEY, NOON)


def test_a_window_that_closes_in_mid_ask_ends_it(ask, clock):
    clock.day = datetime(2026, 12, 2, 1, 59, tzinfo=UTC)
    cable, found = ask(networks=nets(windows=OPEN))
    cable.then[0.5] = lambda: setattr(clock, "day", datetime(2026, 12, 2, 2, tzinfo=UTC))

    assert (1, 1) == (run(found)[1].refused, len(cable.sent))


def test_who_shows_up_in_mid_ask_to_be_left_alone_ends_it_for_all(ask):
    cable, found = ask()
    cable.then[0.5] = lambda: cable.avoid.append("fd00::77")

    _, done = run(found)

    assert (1, 1, 2, []) == (len(cable.sent), done.refused, done.place, cable.avoid)


def test_a_ward_that_joins_the_link_in_mid_ask_ends_it(ask):
    looks = [RANGES, RANGES, RANGES | {ip_network("10.3.0.0/24")}]

    def look():
        return Segment(own=frozenset({HERE}), ranges=looks.pop(0) if len(looks) > 1 else looks[0])

    cable, found = ask(look=look)

    assert (1, 1) == (run(found)[1].refused, len(cable.sent))


def test_an_address_that_we_lost_is_asked_from_no_more(ask):
    own = [{HERE}, set()]

    def look():
        return Segment(own=frozenset(own.pop(0) if len(own) > 1 else own[0]), ranges=RANGES)

    cable, found = ask(look=look)

    assert (2, []) == (run(found)[1].refused, cable.sent)


def test_a_frame_that_is_not_the_one_never_leaves(ask, monkeypatch):
    monkeypatch.setattr(nodes, "_craft", lambda *_: group._plain(US, "fe80::2", 7))
    cable, found = ask()

    assert (2, []) == (run(found)[1].refused, cable.sent)


def test_a_full_queue_is_tried_again_and_a_word_to_stop_is_heard(ask):
    cable, found = ask()
    cable.room = 0
    cable.then[0.5] = lambda: setattr(cable, "stopped", True)

    _, done = run(found)

    assert (1, 1) == (done.sent, done.place)
    assert cable.clock.now < 1
