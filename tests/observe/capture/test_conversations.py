import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.observe.capture import conversations
from scanner.observe.capture.conversations import Conversations
from scanner.observe.dissect import Packet
from tests.observe.capture.world import echo

FIRST, GATHER, PORT = (
    echo("first", ("tcp/first",)),
    echo("gather", ("tcp/first",), gather=10),
    echo("port", ("tcp/445",), gather=6),
)


def talks(*first, ports=None):
    told = []
    made = Conversations(
        first, ports or {}, lambda parsers, payload, _: told.extend((one.name, payload) for one in parsers)
    )
    return made, told


class Somebody:
    """A sender, as a scene has them."""

    def __init__(self, time=0.0, sport=40000, dport=80):
        self.who, self.time, self.sport, self.dport, self.kept = 1, time, sport, dport, 0

    def packet(self, payload):
        return Packet(payload, self.time, None, None, None, None, self.sport, self.dport, 64, None)

    def keep(self):
        self.kept += 1


def say(made, key, *segments, time=0.0, dport=80):
    return [made.take(key, seq, payload, Somebody(time, dport=dport)) for seq, payload in segments]


def test_the_first_payload_of_a_direction_is_told_once():
    made, told = talks(FIRST)
    made.begin(1, 99)
    assert [True] == say(made, 1, (100, b"hello"))
    assert ([("first", b"hello")], [1], False) == (told, made.read, made.wants(1))


def test_the_first_bytes_are_told_in_order_once_there_are_enough():
    made, told = talks(GATHER)
    made.begin(1, 99)
    say(made, 1, (100, b"abc"), (106, b"ghi"), (103, b"def"), (109, b"jkl"))
    assert [("gather", b"abcdefghij")] == told
    assert not made.wants(1)


def test_a_segment_that_comes_before_the_first_waits_for_it():
    made, told = talks(FIRST, GATHER)
    made.begin(1, 99)
    say(made, 1, (103, b"def"))
    assert told == []
    say(made, 1, (100, b"abc"))
    made.end(1)
    assert [("first", b"abc"), ("gather", b"abcdef")] == told


def test_repeats_and_overlaps_count_once():
    made, told = talks(GATHER)
    say(made, 1, (100, b"abc"), (100, b"abc"), (101, b"bcde"), (90, b"old"))
    made.finish()
    assert [("gather", b"abcde")] == told


def test_a_conversation_whose_beginning_was_not_heard_begins_with_what_was():
    made, told = talks(FIRST)
    say(made, 1, (5000, b"middle"))
    assert [("first", b"middle")] == told


def test_who_says_that_it_is_enough_is_told_at_once_and_nothing_more_is_gathered():
    made, told = talks(echo("line", ("tcp/first",), gather=100, enough=lambda got: b"\n" in got), GATHER)
    assert [True, True, True] == say(made, 1, (0, b"SSH-"), (4, b"2.0\n"), (8, b"more"))
    assert [("line", b"SSH-2.0\n"), ("gather", b"SSH-2.0\nmo")] == told
    assert not made.wants(1)


def test_ways_are_remembered_within_bounds(monkeypatch):
    monkeypatch.setattr(conversations, "WAYS", 3)
    made, told = talks(echo("any", ("tcp/first",), begins=(b"a", b"b", b"c", b"d", b"e")))
    for key, said in enumerate([b"abc", b"b", b"c", b"d", b"e", b"xyz", b"abx"]):
        made.take(key, 0, said, Somebody())
    assert ([b"abc", b"b", b"c", b"d", b"e", b"abx"], True) == (
        [one[1] for one in told],
        len(made._ways) <= 3,
    )


def test_a_sender_who_is_not_waited_for_is_not_put_in_words():
    made, _ = talks(FIRST, GATHER)
    short, long = Somebody(), Somebody()
    made.take(1, 0, b"short", short)
    made.take(2, 0, b"long enough", long)
    assert (1, 0) == (short.kept, long.kept)


def test_what_is_from_before_the_beginning_is_passed_over():
    made, told = talks(FIRST)
    made.begin(1, 99)
    assert [False, True] == say(made, 1, (98, b"x"), (100, b"hello"))
    assert [("first", b"hello")] == told


def test_numbers_that_wrap_around_are_in_order():
    made, told = talks(GATHER)
    made.begin(1, 0xFFFFFFFC)
    say(made, 1, (0xFFFFFFFD, b"abc"), (0, b"def"))
    made.end(1)
    assert [("gather", b"abcdef")] == told


def test_ports_of_either_side_gather_for_their_own_parsers():
    made, told = talks(ports={445: (PORT,)})
    say(made, 1, (0, b"smb!"), (4, b"more"), dport=445)
    say(made, 2, (0, b"other"), dport=80)
    assert ([("port", b"smb!mo")], [1, 2]) == (told, made.read)


def test_who_wants_another_beginning_is_not_waited_for():
    made, told = talks(echo("tls", ("tcp/first",), gather=10, begins=(b"\x16\x03",)))
    assert [False] == say(made, 1, (0, b"GET / HTTP/1.0\r\n\r\n"))
    assert ([], [1]) == (told, made.read)


def test_servers_on_its_ports_are_heard_whatever_they_begin_with():
    greeting = echo("greeting", ("tcp/first",), begins=(b"RFB ",), servers=(21,))
    made, told = talks(greeting)
    for key, (sport, said) in enumerate(
        [(21, b"220 ready"), (5900, b"RFB 003"), (80, b"HTTP/1.1"), (21, b"RFB")]
    ):
        made.take(key, 0, said, Somebody(sport=sport, dport=50000))
    assert [("greeting", b"220 ready"), ("greeting", b"RFB 003"), ("greeting", b"RFB")] == told


def test_what_was_said_so_far_is_told_at_the_end_or_when_it_has_waited():
    made, told = talks(GATHER)
    say(made, 1, (0, b"one"), time=0.0)
    say(made, 2, (0, b"two"), time=20.0)
    made.end(2)
    made.settle(conversations.LATE - 1)
    assert [("gather", b"two")] == told
    made.settle(conversations.LATE)
    assert [("gather", b"two"), ("gather", b"one")] == told


def test_a_gap_that_does_not_fill_ends_the_waiting():
    made, told = talks(GATHER)
    say(made, 1, (0, b"abc"), *((100 + number, b"x") for number in range(9)))
    assert ([("gather", b"abc")], False) == (told, made.wants(1))


def test_the_same_ports_may_begin_anew():
    made, told = talks(FIRST)
    for seq in (100, 900):
        made.begin(1, seq)
        made.begin(1, seq)
        assert made.wants(1)
        say(made, 1, (seq + 1, b"hello %d" % seq))
    assert [("first", b"hello 100"), ("first", b"hello 900")] == told


def test_an_open_direction_that_begins_anew_is_told_as_far_as_it_came():
    made, told = talks(GATHER)
    say(made, 1, (0, b"abc"))
    made.begin(1, 77)
    assert [("gather", b"abc")] == told


def test_what_is_held_is_bounded_whatever_comes(monkeypatch):
    monkeypatch.setattr(conversations, "OPEN", 10)
    monkeypatch.setattr(conversations, "DONE", 10)
    made, told = talks(GATHER)
    for key in range(100):
        made.begin(1000 + key, 5)
        say(made, key, (0, b"abc"))
        made.settle(0.0)
    assert (89, 10, True) == (len(told) - 1, len(made._begun), len(made._done | made._done_before) <= 20)


@given(
    cuts=st.lists(st.integers(1, 9), max_size=12),
    order=st.randoms(use_true_random=False),
    seq=st.integers(0, (1 << 32) - 1),
    again=st.booleans(),
)
def test_segments_in_any_order_give_the_same_bytes(cuts, order, seq, again):
    text, parts, at = bytes(range(65, 91)) * 4, [], 0
    for cut in cuts[:7]:
        parts.append(((seq + 1 + at) % (1 << 32), text[at : at + cut]))
        at += cut
    made, told = talks(echo("all", ("tcp/first",), gather=1000))
    made.begin(1, seq)
    mixed = parts * (2 if again else 1)
    order.shuffle(mixed)
    say(made, 1, *mixed[:8] if not again else mixed)
    made.end(1)
    if not again:
        assert ([("all", text[:at])] if at else []) == told
    else:
        assert all(text.startswith(said) for _, said in told)


@pytest.mark.parametrize("flood", [b"", b"x"])
def test_empty_and_tiny_segments_do_no_harm(flood):
    made, told = talks(FIRST, GATHER)
    say(made, 1, *((0, flood) for _ in range(100)))
    made.finish()
    assert ([("first", b"x"), ("gather", b"x")] if flood else []) == told
