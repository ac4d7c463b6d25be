"""Which answers are believed, what is told twice, and what is kept of it all."""

import tracemalloc
from ipaddress import ip_address

import numpy as np
import pytest

from scanner.wire.pipe import Method
from scanner.wire.raw import believe
from scanner.wire.raw.believe import Believer
from scanner.wire.raw.cookie import cookies
from scanner.wire.raw.order import Order, space
from scanner.wire.raw.proof import ours
from scanner.wire.raw.ring import Frames

KEY = bytes(range(16))
PORTS = (22, 80)


class Ground:
    """A believer of 10.0.0.0/28, all of whom have been asked once at second 100."""

    def __init__(self, method=Method.SYN, ports=PORTS, asked=True, may=lambda _index: True):
        self.space = space(["10.0.0.0/28"])
        self.order = Order(self.space, max(1, len(ports)), 3)
        self.believer = Believer(method, self.space, self.order, ports, KEY, may)
        if asked:
            self.believer.sent(0, self.order.total - 1, 100.0)

    def hear(self, *frames, at=100.25, tag=-1, vlan=None):
        rows = np.array([list(one.ljust(160, b"\0")) for one in frames], np.uint8)
        count = len(frames)
        lengths = np.array([len(one) for one in frames])
        return self.believer.heard(Frames(rows, lengths, np.full(count, at), np.full(count, tag)), vlan)


def packet(protocol, content, source="10.0.0.7"):
    head = bytes.fromhex("020000000001 0200000000aa 0800 45 00") + (20 + len(content)).to_bytes(2, "big")
    middle = bytes.fromhex("0000 0000 40") + bytes([protocol]) + b"\0\0"
    return head + middle + ip_address(source).packed + ip_address("10.0.0.1").packed + content


def cookie(address, port):
    column = lambda number: np.array([number], np.uint64)
    return int(cookies(KEY, column(0), column(int(ip_address(address))), column(port))[0])


def syn_ack(address="10.0.0.7", port=22, flags=0x12, own=None, off=0):
    acknowledged = (cookie(address, port) + 1 + off) & 0xFFFFFFFF
    own = ours(KEY) if own is None else own
    numbers = port.to_bytes(2, "big") + own.to_bytes(2, "big") + bytes(4) + acknowledged.to_bytes(4, "big")
    return packet(6, numbers + bytes([0x50, flags]) + bytes(6), address)


def unreachable(code, address="10.0.0.7", port=22):
    sequence = (cookie(address, port) & 0xFFFFFFFF).to_bytes(4, "big")
    head = ours(KEY).to_bytes(2, "big") + port.to_bytes(2, "big") + sequence
    quote = packet(6, head, "10.0.0.1")[14:]
    quote = quote[:16] + ip_address(address).packed + quote[20:]
    return packet(1, bytes([3, code]) + bytes(6) + quote, "10.0.0.254")


def arp(address="10.0.0.7", card="0200000000aa"):
    head = bytes.fromhex("020000000001 0200000000aa 0806 0001 0800 06 04 0002") + bytes.fromhex(card)
    return head + ip_address(address).packed + bytes(10)


def told(heard):
    return [(one.address, one.port, one.state, one.again) for one in heard]


def test_answers_with_the_right_cookie_are_told_with_their_round_trip():
    ground = Ground()
    heard = ground.hear(syn_ack(), syn_ack(port=80, flags=0x14))
    assert [("10.0.0.7", 22, "open", False), ("10.0.0.7", 80, "closed", False)] == told(heard)
    assert [250, 250] == [one.rtt_ms for one in heard]
    assert 0 == ground.believer.strays


@pytest.mark.parametrize(
    "frame",
    [
        syn_ack(off=1),
        syn_ack(port=443),
        syn_ack("10.9.0.7"),
        syn_ack(own=61499 if ours(KEY) != 61499 else 61498),
        packet(6, b"short"),
        arp(),
    ],
)
def test_what_answers_nothing_of_ours_is_counted_and_not_told(frame):
    ground = Ground()
    assert [] == ground.hear(frame)
    assert 1 == ground.believer.strays


def test_a_duplicate_is_told_as_one_and_only_so_often(monkeypatch):
    monkeypatch.setattr(believe, "REPEATS", 2)
    ground = Ground()
    heard = ground.hear(*[syn_ack()] * 6)
    assert [False, True, True] == [one.again for one in heard]
    assert 5 == ground.believer.repeats


def test_who_answered_is_known_by_place():
    ground = Ground()
    ground.hear(syn_ack())
    everyone = np.arange(ground.order.total)
    (place,) = np.flatnonzero(ground.believer.answered(everyone)).tolist()
    index, port = ground.order.at(np.array([place]))
    assert (ground.space.index(int(ip_address("10.0.0.7"))), 0) == (int(index[0]), int(port[0]))


@pytest.mark.parametrize(("code", "final"), [(13, True), (3, True), (1, False)])
def test_an_error_says_who_sent_it_and_whether_asking_again_could_help(code, final):
    ground = Ground()
    heard = ground.hear(unreachable(code), unreachable(code))
    assert [("10.0.0.7", 22, "unreachable", False), ("10.0.0.7", 22, "unreachable", True)] == told(heard)
    assert ("10.0.0.254", 3 * 256 + code) == (heard[0].by, heard[0].error)
    assert final == bool(ground.believer.answered(np.arange(ground.order.total)).any())


def test_an_answer_after_a_second_try_has_no_round_trip():
    ground = Ground()
    ground.believer.sent(ground.order.total, 2 * ground.order.total - 1, 101.0)
    assert [None] == [one.rtt_ms for one in ground.hear(syn_ack())]


def test_what_is_asked_long_ago_has_no_round_trip_either(monkeypatch):
    monkeypatch.setattr(believe, "_LOG", 4)
    ground = Ground(asked=False)
    for place in range(ground.order.total):
        ground.believer.sent(place, place, float(place))
    kept = [one.rtt_ms for host in range(1, 15) for one in ground.hear(syn_ack(f"10.0.0.{host}"), at=99.0)]
    assert 0 < sum(one is not None for one in kept) < 14
    assert 0 == ground.believer.strays


def test_a_clock_that_was_set_back_gives_no_round_trip():
    assert [None] == [one.rtt_ms for one in Ground().hear(syn_ack(), at=99.0)]


@pytest.mark.parametrize(
    ("tag", "vlan", "heard"), [(-1, None, 1), (7, 7, 1), (-1, 7, 0), (7, None, 0), (8, 7, 0), (-1, 0, 1)]
)
def test_an_answer_of_another_vlan_is_none(tag, vlan, heard):
    assert heard == len(Ground().hear(syn_ack(), tag=tag, vlan=vlan))


def test_two_cards_at_one_address_are_both_told_and_a_repeat_says_so():
    ground = Ground(Method.ARP, ())
    heard = ground.hear(arp(), arp(), arp(card="0200000000bb"))
    assert [("0200000000aa", False), ("0200000000aa", True), ("0200000000bb", False)] == [
        (one.mac.replace(":", ""), one.again) for one in heard
    ]


def test_a_flood_of_cards_is_not_kept():
    ground = Ground(Method.ARP, ())
    heard = ground.hear(*[arp(card=f"02000000{n:04x}") for n in range(500)])
    assert believe.CARDS == sum(not one.again for one in heard)


def test_of_very_many_addresses_no_cards_are_kept(monkeypatch):
    monkeypatch.setattr(believe, "_ADDRESSES", 1)
    ground = Ground(Method.ARP, ())
    heard = ground.hear(arp(), arp("10.0.0.8"), arp("10.0.0.8"), arp("10.0.0.8", "0200000000bb"))
    assert [False, False, True, True] == [one.again for one in heard]


def test_a_slash_8_costs_two_megabytes():
    among = space(["10.0.0.0/8"])
    tracemalloc.start()
    believer = Believer(Method.SYN, among, Order(among, 1, 3), (22,), KEY, bool)
    believer.answered(np.arange(0, among.size, 4096))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 3 << 20


def test_by_arp_only_whom_we_asked_and_may_ask_is_believed():
    assert [] == Ground(Method.ARP, (), asked=False).hear(arp())
    assert [] == Ground(Method.ARP, (), may=lambda _index: False).hear(arp())
    assert [("10.0.0.7", None, "there", False)] == told(Ground(Method.ARP, ()).hear(arp()))
