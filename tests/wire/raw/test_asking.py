"""An ask against a device at the other end of a cable that is made of lists: no network, no privilege."""

import sys
import types
from datetime import timedelta

import msgspec
import pytest

from scanner.errors import HostError
from scanner.scope.file import Signer
from scanner.scope.gate import Gate
from scanner.scope.parse import window
from scanner.wire.pipe import Ask, Batch, Done, Method, Progress
from scanner.wire.raw import asking
from scanner.wire.raw.asking import Asking
from scanner.wire.raw.ready import ready

from .far_end import OTHERS, Cable, arp  # noqa: TID252 - the cable that these tests send into

US, THEM = "02:00:00:00:00:01", "02:00:00:00:00:aa"
KEY = bytes(range(16))


@pytest.fixture
def clock(monkeypatch, now):
    """The helper reads the clock itself; here it reads ours."""

    class Clock:
        ahead = staticmethod(timedelta)

        @classmethod
        def now(cls, _zone):
            return now + cls.ahead()

    monkeypatch.setattr(asking, "datetime", Clock)
    return Clock


@pytest.fixture
def play(clock, scope, monkeypatch, craft, now):
    """Run an ask to its end over a cable."""

    def frame(sender, card, target, port=0, proof=0, data=b""):
        wanted = {
            "key": sender.key.hex(),
            "method": sender.method,
            "sender": {"mac": sender.mac, "source": sender.source, "vlan": sender.vlan},
            "card": card,
            "target": target,
            "port": port,
            "proof": proof,
            "data": data.hex(),
        }
        return craft([wanted])[0]

    template = types.ModuleType("template")
    template.Sender, template.frame = types.SimpleNamespace, frame
    monkeypatch.setitem(sys.modules, "scanner.wire.raw.template", template)

    def run(cable, *targets, scope=scope, change=None, **words):
        plain = {
            "method": Method.ARP, "interface": "v0", "source": "10.3.0.1", "rate": 1000, "tries": 1, "seed": 1,
            "wait": 0.01, "targets": targets or ("10.3.0.0/28",),
        }  # fmt: skip
        job = ready(Ask(**{**plain, **words}), scope, Gate(scope), US, KEY, now)
        return list(Asking(change(job) if change else job, cable, cable).run())

    return run


def heard(said):
    return {(one.address, one.mac) for each in said if isinstance(each, Batch) for one in each.heard}


def test_everyone_allowed_is_asked_and_who_answers_is_told(play):
    cable = Cable()
    said = play(cable)
    assert sorted(f"10.3.0.{last}" for last in range(2, 15)) == sorted(cable.asked)
    assert {(one, THEM) for one in OTHERS} == heard(said)
    assert Done(sent=13, refused=0, dropped=7, place=14) == said[-1]


def test_the_silent_are_asked_again_and_the_others_are_not(play):
    cable = Cable(deaf=1)
    said = play(cable, tries=3)
    counts = {who: cable.asked.count(who) for who in (*OTHERS, "10.3.0.2")}
    assert [1, 2, 3] == sorted(counts.values())
    assert counts["10.3.0.2"] == 3
    assert {(one, THEM) for one in OTHERS} == heard(said)


def test_the_excluded_is_not_asked_and_counted_once(play):
    cable = Cable()
    said = play(cable, "10.2.0.64/29", source="0.0.0.0", rate=1000, tries=2)
    assert "10.2.0.66" not in cable.asked
    assert (10, 1) == (said[-1].sent, said[-1].refused)


def test_nothing_outside_the_scope_is_asked(play):
    cable = Cable()
    assert (0, 254) == (play(cable, "10.9.0.0/24")[-1].sent, play(cable, "10.9.0.0/24")[-1].refused)
    assert [] == cable.asked


def test_answers_to_what_was_not_asked_are_counted_and_not_told(play):
    cable = Cable()
    cable.answers = [arp("10.3.0.200"), arp("10.9.0.1"), b"not arp"]
    said = play(cable)
    assert {(one, THEM) for one in OTHERS} == heard(said)
    assert 3 == said[-1].strays


def test_a_stop_ends_it_between_two_frames_and_says_where_to_go_on(play):
    cable = Cable()
    cable.stop_after = 5
    first = play(cable, tries=3)[-1]
    rest = Cable()
    play(rest, begin=first.place)
    assert first.sent == len(cable.asked) == 5
    assert sorted(cable.asked + rest.asked) == sorted(f"10.3.0.{last}" for last in range(2, 15))


def test_a_word_to_stop_is_heard_also_where_nobody_may_be_asked(play):
    cable = Cable()
    cable.stop_after = 0
    done = play(cable, "10.9.0.0/16")[-1]
    assert (0, True) == (done.sent, 0 < done.place < 65534)


def test_a_queue_that_is_full_loses_nothing(play):
    cable = Cable(room=1)
    said = play(cable, rate=5000)
    assert (13, 13) == (said[-1].sent, len(set(cable.asked)))


def test_ports_and_passes_come_in_the_order_of_the_seed(play):
    def order(seed):
        cable = Cable(there=set())
        play(cable, method=Method.SYN, ports=(22, 80), via=THEM, tries=2, seed=seed, wait=0)
        return list(zip(cable.asked, cable.ports, strict=True))

    first, again, other = order(1), order(1), order(2)
    assert 2 * 13 * 2 == len(first)
    assert (True, False) == (first == again, first == other)
    assert {13} == {len({address for address, _ in first[at : at + 13]}) for at in range(0, 52, 13)}


def test_a_port_of_the_never_list_gets_no_frame(play):
    cable = Cable()
    said = play(cable, method=Method.SYN, ports=(22, 9100), via=THEM)
    assert {22} == set(cable.ports)
    assert (13, 13) == (said[-1].sent, said[-1].refused)


@pytest.mark.parametrize("card", ["00:09:fb:12:34:56", "01:00:5e:00:00:01"])
def test_a_card_that_is_excluded_or_no_card_gets_no_frame(play, card):
    cable = Cable()
    said = play(cable, "10.3.0.7", method=Method.ECHO, via=card)
    assert ([], 0, 1) == (cable.asked, said[-1].sent, said[-1].refused)
    cards = {"10.3.0.7": card, "10.3.0.8": THEM}
    said = play(cable, "10.3.0.7", "10.3.0.8", "10.3.0.9", method=Method.ECHO, cards=cards)
    assert (["10.3.0.8"], 1, 2) == (cable.asked, said[-1].sent, said[-1].refused)


def test_a_frame_that_does_not_ask_what_the_gate_was_asked_is_not_sent(play):
    def twisted(job):
        class Twisted:
            targets = job.stamp.targets

            def frames(self, batch):
                rows, lengths = job.stamp.frames(batch)
                rows[:, 41] ^= 1
                return rows, lengths

        return msgspec.structs.replace(job, stamp=Twisted())

    cable = Cable()
    said = play(cable, change=twisted)
    assert ([], 0, 13) == (cable.asked, said[-1].sent, said[-1].refused)


def test_a_scope_that_ends_meanwhile_ends_the_sending(play, clock):
    cable = Cable()
    clock.ahead = staticmethod(lambda: timedelta(days=90 if len(cable.asked) >= 5 else 0))
    said = play(cable)
    assert (5, 8) == (said[-1].sent, said[-1].refused)


def test_who_is_to_be_left_alone_from_now_on_gets_no_frame_of_those_made_ready(play):
    cable, everyone = Cable(), Cable()
    play(everyone)
    wait = cable.wait

    def telling(seconds):
        if len(cable.asked) == 5:
            cable.avoid = [everyone.asked[-1], "fd00::7"]
        return wait(seconds)

    cable.wait = telling
    said = play(cable, tries=2)
    assert everyone.asked[-1] not in cable.asked
    assert 1 == said[-1].refused


def test_a_window_that_closes_meanwhile_holds_the_sending_until_it_opens_again(play, scope, clock):
    """Noon is inside the window; after five frames it is an hour later, and after four looks noon again."""
    inside = msgspec.structs.replace(scope.networks[2], windows=(window("daily 11:30-12:30 Europe/London"),))
    cable, looks = Cable(), []

    def ahead():
        closed = len(cable.asked) == 5 and len([one for one in cable.waits if one == asking.LOOK]) < 4
        looks.extend([len(cable.asked)] if closed else [])
        return timedelta(hours=closed)

    clock.ahead = staticmethod(ahead)
    said = play(cable, scope=msgspec.structs.replace(scope, networks=(inside,)))
    assert {5} == set(looks)
    assert 4 == len([one for one in cable.waits if one == asking.LOOK])
    assert 13 == said[-1].sent


def test_it_ends_while_no_window_is_open_when_it_is_stopped(play, scope):
    outside = msgspec.structs.replace(scope.networks[2], windows=(window("daily 01:00-02:00 UTC"),))
    cable = Cable()
    clocked = iter(range(5))
    wait = cable.wait

    def stopping(seconds):
        cable.stopped = next(clocked, None) is None
        return wait(seconds)

    cable.wait = stopping
    said = play(cable, scope=msgspec.structs.replace(scope, networks=(outside,)))
    assert (0, []) == (said[-1].sent, cable.asked)


def test_a_network_that_opens_meanwhile_brings_its_own_ceiling(play, scope, clock, now, monkeypatch):
    """One of the two who signed may do so only from one o'clock: from then on the ward's rate holds for all."""
    signers = tuple(
        Signer(principal=name, key=name, valid_after=now + timedelta(hours=1) if name == "b" else None)
        for name in ("a", "b")
    )
    authority = msgspec.structs.replace(scope.authority, signers=signers)
    rates = []
    monkeypatch.setattr(asking.Tempo, "set", lambda self, rate: (rates.append(rate), keep(self, rate))[1])
    cable = Cable(there=set())
    clock.ahead = staticmethod(lambda: timedelta(hours=2 if cable.asked else 0))
    here = msgspec.structs.replace(scope, authority=authority)
    said = play(cable, "10.3.0.2", "10.3.0.3", "10.1.0.8", scope=here, rate=100)
    assert [100, 5] == rates
    assert 3 == said[-1].sent + said[-1].refused


keep = asking.Tempo.set


def test_the_pace_that_was_asked_for_is_taken_but_never_above_the_ceiling(play, monkeypatch):
    rates = []
    monkeypatch.setattr(asking.Tempo, "set", lambda self, rate: (rates.append(rate), keep(self, rate))[1])
    for asked in (700, 99999, -3):
        cable = Cable()
        cable.pace_after = (13, asked)
        play(cable, rate=900)
    assert [900, 700, 900, 900, 900, 1e-3] == rates


def test_a_long_ask_tells_how_far_it_is(play, monkeypatch):
    monkeypatch.setattr(asking, "EVERY", -1)
    said = [one for one in play(Cable()) if isinstance(one, Progress)]
    assert (0, 14) == (said[0].asked, said[-1].place)
    assert (13, 13) == (said[-1].asked, said[-1].total)
    assert all(one.rate >= 0 for one in said)


def test_what_is_left_counts_neither_who_may_not_be_asked_nor_who_has_answered(play, monkeypatch):
    monkeypatch.setattr(asking, "EVERY", -1)
    cable = Cable()
    said = play(cable, "10.3.0.0/28", "10.9.0.0/28", source="0.0.0.0", tries=2, rate=20)
    totals = [one.total for one in said if isinstance(one, Progress)]
    # 14 of 28 may be asked, twice each; in the end two had answered and were asked once
    assert (28, 26) == (totals[0], totals[-1])
    assert max(totals) <= 30


def test_an_interface_that_is_gone_is_noticed_without_a_failed_send(play, monkeypatch):
    monkeypatch.setattr(asking, "LOOK", -1)
    cable = Cable()
    cable.gone = 5
    with pytest.raises(HostError, match="went away"):
        play(cable)
    assert len(cable.asked) < 13


def test_rounds_are_so_far_apart_that_no_host_is_asked_too_fast(play):
    """Office: 40 a second to one host at most, so a fortieth of a second between two rounds through all."""
    cable = Cable(there=set())
    play(cable, "10.2.0.7", method=Method.SYN, ports=(22, 80, 443), via=THEM, source="10.2.0.1")
    assert 3 == len(cable.asked)
    assert 2 <= sum(0.02 < one <= 0.025 for one in cable.waits)


class Time:
    """A clock that only waiting moves on."""

    def __init__(self):
        self.now = 1e6

    def monotonic(self):
        return self.now

    time = monotonic


@pytest.mark.parametrize(
    ("fast", "there", "delay", "seconds"),
    [
        (True, OTHERS, 0.001, 0.1),  # a fourth of the time to listen
        (True, OTHERS, 0.05, 0.2),  # four of the slowest round trips
        (True, OTHERS, 0.3, 0.4),  # never more than was wished
        (True, set(), 0.001, 0.4),  # nobody answers: nothing is known about how slow they are
        (False, OTHERS, 0.001, 0.4),  # a careful profile
    ],
)
def test_where_it_is_fast_listening_ends_when_nobody_answers_any_more(
    play, monkeypatch, fast, there, delay, seconds
):
    clock, cable = Time(), Cable(there=there)
    monkeypatch.setattr(asking, "time", clock)
    monkeypatch.setattr(asking, "FAST", 100 if fast else 20_000)
    cable.at = lambda: max(lefts) + delay
    send, wait, lefts, waited = cable.send, cable.wait, [], []

    def sending(rows, lengths):
        lefts.append(clock.now)
        waited.clear()
        return send(rows, lengths)

    def waiting(time):
        time *= not cable.answers
        clock.now += time
        waited.append(time)
        return wait(time)

    cable.send, cable.wait = sending, waiting
    play(cable, "10.3.0.3", "10.3.0.9", "10.3.0.11", wait=0.4, rate=1000)
    assert seconds == pytest.approx(sum(waited))


# the last: by ARP a second card may still answer for the same address
@pytest.mark.parametrize(
    ("ports", "missing", "seconds"), [((22, 80), 0, 0.0), ((22, 80), 1, 0.4), ((), 0, 0.4)]
)
def test_a_sweep_of_ports_ends_once_every_port_has_answered(play, monkeypatch, ports, missing, seconds):
    class AtOnce(asking.Believer):
        def sent(self, first, last, at):
            super().sent(first, last, at)
            self.answers += last - first + 1 - (missing if self.answers == 0 else 0)

    clock, cable, waited = Time(), Cable(there=set()), []
    monkeypatch.setattr(asking, "time", clock)
    monkeypatch.setattr(asking, "Believer", AtOnce)
    wait, words = cable.wait, {"method": Method.SYN, "ports": ports, "via": THEM} if ports else {}

    def waiting(time):
        clock.now += time
        waited.append(time if len(cable.asked) == 3 * max(1, len(ports)) else 0.0)
        return wait(time)

    cable.wait = waiting
    play(cable, "10.3.0.3", "10.3.0.9", "10.3.0.11", wait=0.4, **words)
    assert seconds == pytest.approx(sum(waited), abs=0.01)


def test_what_is_still_going_out_is_asked_again_by_who_goes_on_after_a_kill(play, monkeypatch):
    monkeypatch.setattr(asking, "EVERY", -1)

    class Slow(Cable):
        @property
        def busy(self):
            return self.going

        going = False

        def send(self, rows, lengths):
            self.going = True
            return super().send(rows[:1], lengths)

        def settle(self):
            self.going = False

    monkeypatch.setattr(asking, "FAST", 100)
    cable = Slow(there=set())
    told = [one for one in play(cable, source="0.0.0.0", rate=1000) if isinstance(one, Progress)]
    assert 14 == told[-1].place == told[-1].asked
    assert {0, 1} == {one.asked - one.place for one in told}
