"""What the kernel says stands on an interface, read from its own words; and asked of this very namespace."""

import socket
import struct
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import HostError
from scanner.wire.raw.segment import read, segment

ADDRESS, ROUTE = 20, 24
HERE, ELSEWHERE = 7, 8


def attribute(kind, data):
    return struct.pack("=HH", len(data) + 4, kind) + data + bytes(-len(data) % 4)


def index(number):
    return struct.pack("=I", number)


def address(text, at=HERE, peer=None, flags=0):
    alone, _, bits = text.partition("/")
    own = ip_address(alone)
    family = socket.AF_INET if own.version == 4 else socket.AF_INET6
    said = attribute(1, ip_address(peer or alone).packed)
    said += attribute(2, own.packed) if own.version == 4 else b""
    return ADDRESS, struct.pack("=BBBBI", family, int(bits), flags, 0, at) + said


def route(text, *more, at=HERE, kind=1):
    to = ip_network(text)
    family = socket.AF_INET if to.version == 4 else socket.AF_INET6
    said = attribute(1, to.network_address.packed) if to.prefixlen else b""
    return ROUTE, struct.pack("=8BI", family, to.prefixlen, 0, 0, 254, 2, 0, kind, 0) + said + attribute(
        4, index(at)
    ) + b"".join(more)


@pytest.mark.parametrize(
    ("messages", "own", "ranges"),
    [
        ([address("10.0.0.9/24")], {"10.0.0.9"}, {"10.0.0.0/24"}),
        ([address("fd00::9/64")], {"fd00::9"}, {"fd00::/64"}),
        # not ours before nobody objects, and not when somebody did: but the range is there
        ([address("fe80::9/64", flags=0xC0)], set(), {"fe80::/64"}),
        ([address("fe80::9/64", flags=0x88)], set(), {"fe80::/64"}),
        # a line of two: our end, and the range of the other's
        ([address("10.0.0.9/32", peer="10.9.9.9")], {"10.0.0.9"}, {"10.9.9.9/32"}),
        ([address("10.0.0.9/24", at=ELSEWHERE)], set(), set()),
        ([route("10.5.0.0/16")], set(), {"10.5.0.0/16"}),
        ([route("::/0")], set(), {"::/0"}),
        ([route("0.0.0.0/0", attribute(5, bytes(4)))], set(), set()),
        ([route("fd01::/64", attribute(9, bytes(8)))], set(), set()),
        ([route("10.5.0.0/16", attribute(18, bytes(6)))], set(), set()),
        ([route("10.5.0.0/16", at=ELSEWHERE)], set(), set()),
        ([route("10.0.0.255/32", kind=3)], set(), set()),
        ([route("ff00::/8")], set(), set()),
        ([(ADDRESS, b""), (ROUTE, bytes(11)), (99, bytes(64))], set(), set()),
        ([(ADDRESS, address("10.0.0.9/24")[1][:11])], set(), set()),
        (
            [(ROUTE, struct.pack("=8BI", 28, 0, 0, 0, 0, 0, 0, 1, 0) + attribute(4, index(HERE)))],
            set(),
            set(),
        ),
    ],
)
def test_addresses_and_on_link_routes_say_what_an_interface_carries(messages, own, ranges):
    found = read(messages, HERE)

    assert (own, {ip_network(one) for one in ranges}) == (set(found.own), set(found.ranges))


@given(st.lists(st.tuples(st.sampled_from([20, 24]), st.binary(max_size=8)), max_size=4))
def test_cut_messages_say_nothing(messages):
    assert read(messages, HERE).ranges == frozenset()


def test_loopback_carries_what_everybody_knows_it_does():
    found = segment("lo")

    assert found.own <= {"127.0.0.1", "::1"}
    assert all(one.is_loopback for one in found.ranges)


def test_an_interface_that_is_not_there_is_named():
    with pytest.raises(HostError, match="interface nothere"):
        segment("nothere")
