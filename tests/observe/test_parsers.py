"""The passive parsers: each is found, named once, and asks for packets in words that the header pass knows."""

import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.model.net import Address, Mac
from scanner.observe.dissect import Fact, Packet
from scanner.observe.parsers import load_parsers

TAKES = re.compile(
    r"(tcp|udp)/\d{1,5}|tcp/(first|syn)|ether/[0-9a-f]{4}|snap/[0-9a-f]{6}:[0-9a-f]{4}|llc/[0-9a-f]{2}|icmp6?/\d{1,3}"
)


def test_every_parser_has_a_name_of_its_own():
    names = [one.name for one in load_parsers()]
    assert names
    assert sorted(set(names)) == names


def test_every_parser_asks_for_packets_in_known_words():
    assert [] == [
        (one.name, what) for one in load_parsers() for what in one.takes if not TAKES.fullmatch(what)
    ]


def packet(payload, *, sport, dport, ttl=255):
    return Packet(
        payload=payload,
        time=0.0,
        source_mac=Mac("02:00:00:00:00:07"),
        target_mac=None,
        source=Address("10.0.0.7"),
        target=Address("10.0.0.9"),
        sport=sport,
        dport=dport,
        ttl=ttl,
        vlan=None,
    )


PORTS = st.sampled_from(
    sorted(
        {
            int(what.partition("/")[2])
            for one in load_parsers()
            for what in one.takes
            if re.fullmatch(r"(tcp|udp)/\d+", what)
        }
    )
)
STARTS = st.sampled_from(
    [
        b"",
        b"SSH-",
        b"HTTP/1.1 ",
        b"GET / HTTP/1.1\r\n",
        b"\x16\x03\x01",
        b"\x0bMSH|",
        b"\1\0",
        b"\x30",
        b"\0\0\0",
        b"\xfeSMB",
        b"\xffSMB",
        b"\xaa\x31",
        b"NTLMSSP\0\3\0\0\0",
        b"\x45",
        b"\x60",
        b"\x6a\x30",
    ]
)


@pytest.mark.parametrize("parser", load_parsers(), ids=lambda one: one.name)
@given(start=STARTS, rest=st.binary(max_size=400), port=PORTS, answers=st.booleans())
def test_any_bytes_end_in_few_facts_that_can_be_kept(parser, start, rest, port, answers):
    sport, dport = (port, 50000) if answers else (50000, port)

    facts = list(parser.parse(packet(start + rest, sport=sport, dport=dport)))

    assert all(isinstance(fact, Fact) for fact in facts)
    assert len(msgspec.json.encode([fact.value for fact in facts])) < 64 * 1024
