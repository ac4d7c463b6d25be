"""Frames through memory shared with the kernel, on the loopback of the namespace that the suite runs in."""

import errno
import select
import threading

import numpy as np
import pytest

from scanner.errors import HostError
from scanner.wire.raw import ring
from scanner.wire.raw.link import NO_RIGHT, check_right, dropped, only_incoming, open_link
from scanner.wire.raw.ring import RxRing, TxRing


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

# an experimental EtherType of IEEE 802: nothing else on this loopback uses it, and the kernel drops it
KIND = 0x88B5
OURS = ((0x28, 0, 0, 12), (0x15, 0, 1, KIND), (0x06, 0, 0, 0xFFFF), (0x06, 0, 0, 0))


def frames(numbers, length=60):
    rows = np.zeros((len(numbers), length), np.uint8)
    rows[:, 12:14] = KIND >> 8, KIND & 255
    rows[:, 14:18] = np.array(numbers, ">u4").view(np.uint8).reshape(-1, 4)
    return rows, np.full(len(numbers), length)


def numbers(heard):
    return heard.rows[:, 14:18].copy().view(">u4")[:, 0].tolist()


def hear(ears, link):
    """All that waits."""
    found = []
    while select.select([link], [], [], 0.05)[0] and (heard := ears.take(100)) is not None:
        found.append(heard)
    return found


@pytest.fixture
def pair():
    with open_link("lo", program=OURS) as ears, open_link("lo", hears=False) as mouth:
        only_incoming(ears)
        yield ears, mouth


def test_what_is_sent_by_the_ring_is_heard_by_the_ring_in_order_and_more_often_than_it_has_slots(pair):
    link, mouth = pair
    ears, out = RxRing(link, 256, 4096), TxRing(mouth, 60, slots=2048)
    sent = list(range(5000))
    heard = []
    for begin in range(0, 5000, 700):
        out.send(*frames(sent[begin : begin + 700]))
        out.settle()
        heard += [one for each in hear(ears, link) for one in numbers(each)]
    assert sent == heard
    assert 0 == dropped(link)
    out.close()
    ears.close()


def test_a_frame_comes_with_its_length_its_time_and_no_tag(pair):
    link, mouth = pair
    ears, out = RxRing(link, 256, 4096), TxRing(mouth, 100)
    out.send(*frames([7], 100))
    out.send(*frames([8], 60))
    out.settle()
    heard = hear(ears, link)
    assert [7, 8] == [one for each in heard for one in numbers(each)]
    assert [100, 60] == [one for each in heard for one in each.lengths.tolist()]
    assert {-1} == {one for each in heard for one in each.tags.tolist()}
    assert all(1.7e9 < one < 1e10 for each in heard for one in each.at.tolist())
    out.close()
    ears.close()


def test_what_there_is_no_room_for_is_counted(pair):
    link, mouth = pair
    ears, out = RxRing(link, 256, 1024), TxRing(mouth, 60)
    out.send(*frames(list(range(1500))))
    out.settle()
    assert list(range(1024)) == [one for each in hear(ears, link) for one in numbers(each)]
    assert (476, 0) == (dropped(link), dropped(link))
    out.close()
    ears.close()


def test_nothing_is_none(pair):
    ears = RxRing(pair[0], 256, 1024)
    assert ears.take(10) is None
    ears.close()


class Mouth:
    """A link whose kernel has no room, or no mind, for our frames."""

    def __init__(self, status=ring._FREE, errors=()):
        self.status, self.errors, self.ring, self.kicks = status, list(errors), None, 0

    def send(self, _data):
        self.kicks += 1
        if self.errors:
            raise OSError(self.errors.pop(0), "said the kernel")
        self.ring._status[:] = self.status


@pytest.fixture
def out(pair):
    made = TxRing(pair[1], 60)
    yield made
    made._link = pair[1]
    made.close()


def test_a_full_queue_is_kicked_until_all_is_out(out):
    out._link = Mouth(errors=[errno.ENOBUFS, errno.EAGAIN])
    out._link.ring = out
    out.send(*frames([1, 2, 3]))
    out.settle()
    assert 3 == out._link.kicks


@pytest.mark.parametrize(
    ("mouth", "number"),
    [
        (Mouth(errors=[errno.ENETDOWN]), errno.ENETDOWN),
        (Mouth(status=ring._WRONG), errno.EINVAL),
        (Mouth(status=ring._SENDING), errno.ENOBUFS),
    ],
)
def test_what_does_not_go_out_at_all_is_an_error(out, mouth, number, monkeypatch):
    monkeypatch.setattr(ring, "_STUCK", 0.01)
    out._link = mouth
    mouth.ring = out
    out.send(*frames([1, 2]))
    with pytest.raises(OSError, match=r".") as failed:
        out.settle()
    assert number == failed.value.errno


def test_the_next_frames_can_be_made_while_those_before_go_out(out):
    begun, let = threading.Event(), threading.Event()

    class Slow(Mouth):
        def send(self, data):
            begun.set()
            let.wait()
            super().send(data)

    out._link = Slow()
    out._link.ring = out
    assert not out.busy
    out.send(*frames([1, 2]))
    begun.wait()
    assert out.busy
    let.set()
    out.settle()
    assert not out.busy
