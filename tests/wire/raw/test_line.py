"""The cable on loopback of the namespace that the suite runs in."""

import errno
import math
import os
import time

import numpy as np
import pytest

from scanner.errors import HostError
from scanner.wire.pipe import Method
from scanner.wire.raw import line as lines
from scanner.wire.raw.line import cable
from scanner.wire.raw.link import NO_RIGHT, check_right

KIND = 0x88B5
OURS = ((0x28, 0, 0, 12), (0x15, 0, 1, KIND), (0x06, 0, 0, 0xFFFF), (0x06, 0, 0, 0))


def may_open():
    try:
        check_right()
    except HostError as error:
        assert str(error) == NO_RIGHT
        return False
    return True


pytestmark = pytest.mark.skipif(
    not may_open(), reason="raw sockets need CAP_NET_RAW: run under `unshare -rn`"
)


class Control:
    """A pipe on which one word is a stop."""

    def __init__(self):
        self.read_end, self.write_end = os.pipe()
        self.stopped, self.rate, self.avoid, self.until = False, None, [], math.inf

    def fileno(self):
        return self.read_end

    def read(self):
        self.stopped = os.read(self.read_end, 1) == b"x"


@pytest.fixture
def control():
    made = Control()
    yield made
    os.close(made.read_end)
    os.close(made.write_end)


@pytest.fixture
def here(control):
    with cable("lo", control, Method.ARP, OURS) as made:
        yield made


def frames(count, octets=60):
    rows = np.zeros((count, octets + 4), np.uint8)
    rows[:, 12:14] = KIND >> 8, KIND & 255
    rows[:, 14] = np.arange(count)
    return rows, np.full(count, octets)


def heard(here):
    return [row[14] for _ in range(5) if not here.wait(0.02) and (got := here.hear(99)) for row in got.rows]


@pytest.mark.parametrize("hurried", [False, True])
def test_frames_go_out_and_come_in_whichever_way_they_are_sent(here, hurried):
    if hurried:
        here.hurry(60)
    assert 5 == here.send(*frames(5))
    here.settle()
    assert not here.busy
    assert [0, 1, 2, 3, 4] == heard(here)
    assert 0 == here.dropped()


def test_a_word_ends_the_wait(here, control):
    assert not here.wait(0.01)
    os.write(control.write_end, b"x")
    before = time.monotonic()
    assert here.wait(30)
    assert time.monotonic() - before < 10


def test_a_card_is_told(here):
    assert "00:00:00:00:00:00" == here.mac
    here.check()


class Mouth:
    """A link that takes two frames and then says a number."""

    def __init__(self, number):
        self.number, self.took = number, 0

    def send(self, _frame):
        if self.took == 2:
            raise OSError(self.number, os.strerror(self.number))
        self.took += 1


@pytest.mark.parametrize("number", [errno.ENOBUFS, errno.EAGAIN])
def test_a_full_queue_says_how_many_it_took(here, number):
    here._mouth, kept = Mouth(number), here._mouth
    assert 2 == here.send(*frames(5))
    here._mouth = kept


def test_a_card_that_is_gone_is_an_error_with_advice(here):
    here._mouth, kept = Mouth(errno.ENETDOWN), here._mouth
    with pytest.raises(HostError, match=r"lo went away: Network is down.*err-disabled"):
        here.send(*frames(5))
    here._mouth = kept


def test_an_error_of_the_socket_has_the_interface_looked_at(here, monkeypatch):
    looked = []
    monkeypatch.setattr(here, "check", lambda: looked.append(1))
    monkeypatch.setattr(lines.select, "select", lambda *_: ([here._ears], [], []))

    class Ears:
        getsockopt = staticmethod(lambda *_: errno.ENETDOWN)

    here._ears, kept = Ears(), here._ears
    monkeypatch.setattr(lines.select, "select", lambda *_: ([here._ears], [], []))
    here.wait(0)
    here._ears = kept
    assert [1] == looked


def test_an_interface_that_is_not_there_is_named(control):
    with (
        pytest.raises(HostError, match="cannot open interface nix0"),
        cable("nix0", control, Method.ARP, OURS),
    ):
        pass


def test_memory_that_cannot_be_shared_is_an_error(control, monkeypatch):
    def refuse(*_):
        raise OSError(errno.ENOMEM, "no memory")

    monkeypatch.setattr(lines, "RxRing", refuse)
    with (
        pytest.raises(HostError, match="share memory with interface lo"),
        cable("lo", control, Method.ARP, OURS),
    ):
        pass


def test_answers_by_udp_have_room(control):
    with cable("lo", control, Method.UDP, OURS) as here:
        rows, lengths = frames(1, 1400)
        here.send(rows, lengths)
        here.wait(1)
        assert [1400] == here.hear(9).lengths.tolist()


def test_nothing_is_sent_once_the_right_to_send_has_run_out(here, control):
    control.until = 0.0
    assert 0 == here.send(*frames(5))
    control.until = math.inf
    assert 5 == here.send(*frames(5))


def test_a_right_that_runs_out_between_two_frames_of_a_batch_ends_the_batch(here, control, monkeypatch):
    """As where the process was stopped there, and revived later."""
    clock = iter([0.0, 0.0, 0.5, 2.0])
    monkeypatch.setattr(lines, "awake", lambda: next(clock))
    control.until = 1.0
    assert 2 == here.send(*frames(5))
    assert [0, 1] == heard(here)
