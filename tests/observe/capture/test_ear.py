import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.observe.capture import ear as ears
from scanner.observe.capture import files
from scanner.observe.dissect import Fact, Parser
from scanner.observe.parsers import load_parsers
from tests.observe.capture.reading import NOW
from tests.observe.capture.world import AT, CARD, A, B, datagram, ear, echo, ether, ip, packets, pcap, segment


def hear(listener, frames, folder, link=1):
    path = folder / "some.pcap"
    path.write_bytes(pcap(frames, link=link))
    for batch in files.batches(path, NOW):
        listener.hear(batch)
    return {(one.source, one.field, str(one.value), one.address): one for one in listener.finish()}


def said(log, field):
    return sorted(str(one.value) for one in log.values() if one.field == field)


def test_only_what_is_of_interest_reaches_its_parser(tmp_path):
    heard = []
    listener = ear(packets(heard))

    hear(
        listener,
        [
            datagram(b"yes"),
            datagram(b"no", dport=4712),
            datagram(b"by the sender's port", 4711, 9),
            datagram(b""),
        ],
        tmp_path,
    )

    assert [b"yes", b"by the sender's port"] == [one.payload for one in heard]
    assert (4, 2, 0) == (listener.count.frames, listener.count.parsed, listener.count.memoed)


@pytest.mark.parametrize(
    ("takes", "frame", "payload"),
    [
        ("ether/0806", ether(b"arp" * 10, 0x0806), b"arp" * 10),
        ("llc/42", ether(b"\x42\x42\x03tree", 7), b"tree"),
        ("snap/00000c:2000", ether(b"\xaa\xaa\x03\0\0\x0c\x20\0cdp", 11), b"cdp"),
        ("icmp/8", ether(ip(b"\x08\0ping", 1)), b"\x08\0ping"),
        ("icmp6/134", ether(ip(b"\x86\0ra", 58, "fe80::1", "fe80::2"), 0x86DD), b"\x86\0ra"),
        ("tcp/4711", segment(b"segment"), b"segment"),
        ("tcp/first", segment(b"first"), b"first"),
        ("udp/4711", datagram(b"datagram"), b"datagram"),
    ],
)
def test_each_kind_of_interest_gets_what_follows_its_header(tmp_path, takes, frame, payload):
    heard = []
    listener = ear(packets(heard, takes=(takes,)))
    hear(listener, [frame], tmp_path)
    assert [payload] == [one.payload for one in heard]
    assert listener.count.reached == 1


def test_the_same_words_from_the_same_card_are_parsed_once_and_widen_the_interval(tmp_path):
    listener = ear(echo())
    frames = [datagram(b"hello", sport) for sport in (50000, 50001, 50002)] + [
        datagram(b"hello", 50003, source="10.0.0.8")
    ]

    log = hear(listener, frames, tmp_path)

    one = log["passive:echo", "echo.said", "hello", A]
    assert (AT, AT + 2, 2, 2) == (
        one.first.timestamp(),
        one.last.timestamp(),
        listener.count.parsed,
        listener.count.memoed,
    )


def test_what_differs_each_time_makes_no_new_words_and_what_lacks_the_needle_is_passed_over(tmp_path):
    listener = ear(
        echo(differs=(0, 2)),
        echo("holds", ("udp/5",), holds=(b"needle",)),
        echo("begins", ("udp/6",), begins=(b"ab",)),
    )
    frames = [datagram(b"%02d hello" % number) for number in range(5)]
    frames += [
        datagram(b"a needle", dport=5),
        datagram(b"hay", dport=5),
        datagram(b"abc", dport=6),
        datagram(b"xyz", dport=6),
    ]

    log = hear(listener, frames, tmp_path)

    assert (["00 hello"], ["a needle"], ["abc"]) == tuple(
        said(log, f"{name}.said") for name in ("echo", "holds", "begins")
    )
    assert (3, 4, 2) == (listener.count.parsed, listener.count.memoed, listener.count.passed)


def test_what_is_told_of_the_receiver_is_told_for_each_receiver(tmp_path):
    parser = Parser(
        name="points", takes=("udp/4711",), parse=lambda _packet: [Fact("points.at", "you", target=True)]
    )
    log = hear(ear(parser), [datagram(b"same", target=B), datagram(b"same", target="10.0.1.10")], tmp_path)
    assert {B, "10.0.1.10"} == {one.address for one in log.values() if one.field == "points.at"}


def test_a_conversation_is_read_in_order_and_its_bulk_is_left_alone(tmp_path):
    heard, first = [], []
    listener = ear(
        packets(heard, "gather", ("tcp/first",), gather=8), packets(first, "first", ("tcp/first",))
    )
    frames = [
        segment(seq=99, flags=2),
        segment(seq=499, flags=0x12, sport=4711, dport=40000, source=B, target=A),
    ]
    frames += [segment(b"abcd", seq=100), segment(b"ijkl", seq=108), segment(b"efgh", seq=104)]
    frames += [segment(b"bulk" * 100, seq=112 + 400 * number) for number in range(50)]

    hear(listener, frames, tmp_path)

    assert [b"abcdefgh"] == [one.payload for one in heard]
    assert [b"abcd"] == [one.payload for one in first]
    assert listener.count.gathered == 3


def test_opening_segments_are_told_once_for_each_shape(tmp_path):
    heard = []
    listener = ear(packets(heard, takes=("tcp/syn",)))
    times = b"\x02\x04\x05\xb4\x04\x02\x08\x0a%b\0\0\0\0\x01\x03\x03\x07"
    frames = [
        segment(
            flags=2,
            seq=number,
            sport=40000 + number,
            ident=number + 1,
            options=times % struct.pack("!I", number),
        )
        for number in range(5)
    ]

    hear(listener, [*frames, segment(flags=2, options=b"\x02\x04\x05\xb4")], tmp_path)

    assert [b"\x45", b"\x45"] == [one.payload[:1] for one in heard]
    assert (2, 4) == (listener.count.parsed, listener.count.memoed)


def test_a_parser_that_fails_costs_its_packet_and_is_named(tmp_path):
    def fail(_packet):
        raise ZeroDivisionError

    listener = ear(Parser(name="bad", takes=("udp/4711",), parse=fail), echo())
    log = hear(listener, [datagram(b"hello")], tmp_path)
    assert (["bad"], ["hello"]) == (list(listener.bugs), said(log, "echo.said"))
    assert "ZeroDivisionError" in listener.bugs["bad"]


def test_frames_of_an_unknown_link_are_counted(tmp_path):
    listener = ear(echo())
    hear(listener, [datagram(b"x")] * 3, tmp_path, link=999)
    assert (3, 3) == (listener.count.frames, listener.count.unread)


def test_the_memory_is_bounded_and_nothing_is_lost_by_that(tmp_path, monkeypatch):
    monkeypatch.setattr(ears, "MEMO", 10)
    listener = ear(echo())
    frames = [datagram(b"%d" % (number % 5)) for number in range(100)]
    hear(listener, frames, tmp_path)
    log = hear(
        listener, [datagram(b"new %d" % number, source=f"10.0.2.{number}") for number in range(100)], tmp_path
    )
    assert len(said(log, "echo.said")) == 100
    assert (0, 0) == (len(listener._memo), len(listener._words))


def test_cards_come_with_addresses_that_are_their_own(tmp_path):
    frames = [
        datagram(b"near"),
        datagram(b"far", source="10.9.9.9", ttl=63),
        datagram(b"world", source="8.8.8.8", ttl=50),
    ]
    log = hear(ear(echo()), frames, tmp_path)
    assert {(A, CARD.hex(":")), ("10.9.9.9", None)} == {(one.address, one.mac) for one in log.values()}


FUZZ = load_parsers()


@settings(max_examples=60, deadline=None)
@given(
    frames=st.lists(
        st.one_of(
            st.builds(
                datagram, st.binary(max_size=100), dport=st.sampled_from([53, 67, 123, 137, 161, 1900, 5353])
            ),
            st.builds(
                segment,
                st.binary(max_size=100),
                dport=st.sampled_from([22, 80, 443, 445]),
                flags=st.integers(0, 63),
            ),
            st.builds(ether, st.binary(max_size=100), st.integers(0, 65535)),
            st.binary(max_size=60),
        ),
        max_size=12,
    ),
    link=st.sampled_from([1, 101, 105, 113, 127, 276]),
)
def test_hostile_frames_with_all_parsers_never_raise(tmp_path_factory, frames, link):
    listener = ear(*FUZZ)
    hear(listener, frames, tmp_path_factory.mktemp("hostile"), link)
    assert {} == listener.bugs
