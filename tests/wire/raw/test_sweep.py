"""The sweep against a device at the other end of a socket pair: no network, no privilege."""

import socket
from datetime import timedelta
from ipaddress import IPv4Address

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.errors import HostError, ScopeError
from scanner.scope import parse
from scanner.scope.gate import Gate
from scanner.scope.profile import LIMITS
from scanner.wire.pipe import Done, Progress, Reply, Sweep
from scanner.wire.raw import arp
from scanner.wire.raw import sweep as sweeping
from scanner.wire.raw.sweep import Wire, plan, sweep, waiting

CARD = bytes.fromhex("0200000000aa")
OTHERS = {"10.3.0.3", "10.3.0.9"}


class Segment:
    """Answers ARP for `there`; keeps what it was asked."""

    def __init__(self, there=OTHERS):
        self.link, self.far = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.link.setblocking(False)
        self.far.setblocking(False)
        self.there, self.asked, self.stop_after = there, [], None

    def step(self, _seconds):
        while True:
            try:
                frame = self.far.recv(100)
            except BlockingIOError:
                break
            self.asked.append(str(IPv4Address(frame[arp.TARGET])))
            if self.asked[-1] in self.there:
                self.answer(self.asked[-1])
        return self.stop_after is not None and len(self.asked) >= self.stop_after

    def answer(self, address, card=CARD):
        reply = (
            bytes(12) + bytes.fromhex("08060001080006040002") + card + IPv4Address(address).packed + bytes(10)
        )
        self.far.send(reply)


@pytest.fixture
def segment():
    made = []

    def make(*args):
        made.append(Segment(*args))
        return made[-1]

    yield make
    for one in made:
        one.link.close()
        one.far.close()


def wish(cidr="10.3.0.0/28", **words):
    plain = {"source": "10.3.0.1", "rate": 1000, "tries": 1, "seed": 1, "wait": 0.01}
    return Sweep(interface="v0", cidr=cidr, **{**plain, **words})


@pytest.fixture
def today(gate, monkeypatch, now):
    """The helper reads the clock itself; here it reads ours."""

    class Clock:
        @staticmethod
        def now(_zone):
            return now

    monkeypatch.setattr(sweeping, "datetime", Clock)
    return gate


def swept(gate, segment, asked):
    return list(sweep(asked, gate, bytes(42), Wire(link=segment.link, stopped=segment.step)))


def test_everyone_allowed_is_asked_and_who_answers_is_told(today, segment):
    one = segment()

    said = swept(today, one, wish())

    assert sorted(f"10.3.0.{last}" for last in range(2, 15)) == sorted(one.asked)
    assert {(a, "02:00:00:00:00:aa") for a in OTHERS} == {
        (r.address, r.mac) for r in said if isinstance(r, Reply)
    }
    assert said[-1] == Done(sent=13, refused=0)


def test_the_silent_are_asked_again_and_the_others_are_not(today, segment):
    one = segment()
    swept(today, one, wish(tries=3))
    assert {"10.3.0.3": 1, "10.3.0.9": 1, "10.3.0.2": 3} == {
        who: one.asked.count(who) for who in ("10.3.0.3", "10.3.0.9", "10.3.0.2")
    }


def test_the_excluded_is_not_asked_and_counted_as_refused(today, segment):
    one = segment()
    said = swept(today, one, wish("10.2.0.64/29", source="0.0.0.0", rate=1000))
    assert "10.2.0.66" not in one.asked
    assert said[-1] == Done(sent=5, refused=1)


def test_nothing_outside_the_scope_is_asked(today, segment):
    one = segment()
    assert swept(today, one, wish("10.9.0.0/24"))[-1] == Done(sent=0, refused=254)
    assert one.asked == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)
@given(address=st.ip_addresses(v=4, network="10.0.0.0/13"), prefix=st.integers(24, 32))
def test_no_plan_leaves_the_scope_or_its_rate(gate, now, address, prefix):
    cidr = f"{IPv4Address(int(address) >> (32 - prefix) << (32 - prefix))}/{prefix}"
    targets, rate, _ = plan(wish(cidr, rate=500), gate, now)
    for target in targets:
        network = gate.network(str(IPv4Address(int(target))))
        assert network is not None
        assert rate <= LIMITS[network.profile].arp_rate


def test_the_most_careful_network_sets_the_rate(gate, now):
    assert [5, 10, 500, 2] == [plan(wish(f"10.{n}.0.0/28", rate=500), gate, now)[1] for n in (1, 2, 3, 4)]


def test_answers_to_what_was_not_asked_are_not_believed(today, segment):
    one = segment()
    one.answer("10.3.0.200")
    one.answer("10.9.0.1")
    one.far.send(b"not arp")
    assert {r.address for r in swept(today, one, wish()) if isinstance(r, Reply)} == OTHERS


def test_two_cards_at_one_address_are_both_told_and_a_repeat_is_not(today, segment):
    one = segment({"10.3.0.3"})
    answer = one.answer
    one.answer = lambda who: [answer(who), answer(who), answer(who, bytes.fromhex("0200000000bb"))]
    macs = [r.mac for r in swept(today, one, wish()) if isinstance(r, Reply)]
    assert ["02:00:00:00:00:aa", "02:00:00:00:00:bb"] == macs


def test_a_stop_ends_it_between_two_frames(today, segment):
    one = segment()
    one.stop_after = 3
    said = swept(today, one, wish(tries=3))
    assert (3, Done(sent=3, refused=0)) == (len(one.asked), said[-1])


def test_a_scope_that_ends_meanwhile_ends_the_sending(today, segment, monkeypatch):
    one = segment()
    may, calls = today.may, []

    def ending(address, **words):
        calls.append(address)
        decision = may(address, **words)
        return decision if len(calls) <= 13 + 4 else may("10.9.0.1", **words)

    monkeypatch.setattr(today, "may", ending)
    assert swept(today, one, wish())[-1] == Done(sent=4, refused=9)


def test_a_window_that_closes_meanwhile_holds_the_sending_until_it_opens_again(
    scope, now, segment, monkeypatch
):
    """Noon is inside the window; after four frames it is one hour later, and after five looks noon again."""
    inside = msgspec.structs.replace(
        scope.networks[2], windows=(parse.window("daily 11:30-12:30 Europe/London"),)
    )
    gate = Gate(msgspec.structs.replace(scope, networks=(inside,)))
    one, looks = segment(), []

    class Clock:
        @staticmethod
        def now(_zone):
            closed = len(one.asked) >= 4 and len(looks) < 5
            looks.extend([len(one.asked)] if closed else [])
            return now + timedelta(hours=1) if closed else now

    monkeypatch.setattr(sweeping, "datetime", Clock)

    said = swept(gate, one, wish())

    assert [4] * 5 == looks
    assert said[-1] == Done(sent=13, refused=0)


def test_a_sweep_that_is_stopped_while_its_window_is_closed_ends(scope, now, segment, monkeypatch):
    outside = msgspec.structs.replace(scope.networks[2], windows=(parse.window("daily 01:00-02:00 UTC"),))
    gate = Gate(msgspec.structs.replace(scope, networks=(outside,)))
    monkeypatch.setattr(sweeping, "datetime", type("Clock", (), {"now": staticmethod(lambda _zone: now)}))
    one = segment()
    waits = iter([False] * 6)
    one.step = lambda _seconds: next(waits, True)

    assert swept(gate, one, wish())[-1] == Done(sent=0, refused=0)


def test_a_frame_that_does_not_ask_what_the_gate_was_asked_is_not_sent(today, segment, monkeypatch):
    monkeypatch.setattr(
        arp, "stamp", lambda _template, targets: sweeping.np.zeros((len(targets), 42), "uint8")
    )
    one = segment()
    assert swept(today, one, wish())[-1] == Done(sent=0, refused=13)


def test_a_long_sweep_tells_how_far_it_is(today, segment, monkeypatch):
    monkeypatch.setattr(sweeping, "_EVERY", -1)
    said = [one for one in swept(today, segment(), wish()) if isinstance(one, Progress)]
    assert (13, 13, 13) == (len(said), said[-1].asked, said[-1].total)


def test_a_card_that_is_gone_is_said(today, segment):
    one = segment()
    one.far.close()
    one.step = lambda _seconds: False
    with pytest.raises(HostError, match=r"v0 went away.*err-disabled"):
        swept(today, one, wish())
    one.link.close()
    with pytest.raises(HostError, match=r"v0 went away.*err-disabled"):
        sweeping.receive(one.link, "v0")


@pytest.mark.parametrize("wrong", [{"cidr": "10.0.0.0/8"}, {"rate": 0}, {"rate": -5}])
def test_a_wish_beyond_reason_is_refused(gate, now, wrong):
    with pytest.raises(ScopeError):
        plan(wish(**wrong), gate, now)


def test_the_wait_ends_for_a_frame_and_for_a_word(segment):
    one, control = segment(), segment()
    stopped = waiting(one.link, control.link.fileno())
    assert stopped(0) is False
    one.far.send(b"frame")
    assert stopped(5) is False
    control.far.send(b"stop")
    assert stopped(5) is True
