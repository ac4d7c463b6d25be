"""What comes back, read: real answers as they stand on the cable, wrong ones, and noise."""

import struct
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.wire.pipe import Method
from scanner.wire.raw.answers import CAP, Reading, read

CARD = "02:00:00:00:00:aa"
ETHER = bytes.fromhex("020000000001 0200000000aa")
HERE, THERE = ip_address("10.0.0.1"), ip_address("10.0.0.7")
HERE6, THERE6 = ip_address("fd00::1"), ip_address("fd00::7")
ROUTER = ip_address("10.9.9.9")


def ip(source, target, protocol, content, ttl=64, options=b"", fragment=0):
    if source.version == 6:
        return (
            struct.pack("!IHBB", 6 << 28, len(content), protocol, ttl)
            + source.packed
            + target.packed
            + content
        )
    head = 20 + len(options)
    return (
        struct.pack("!BBHHHBBH", 64 + head // 4, 0, head + len(content), 0, fragment, ttl, protocol, 0)
        + source.packed
        + target.packed
        + options
        + content
    )


def ether(packet, tail=b""):
    kind = b"\x86\xdd" if packet[0] >> 4 == 6 else b"\x08\x00"
    return ETHER + kind + packet + tail


def segment(flags, ack=0x01020305, window=5840):
    return struct.pack("!HHIIBBHHH", 443, 61500, 99, ack, 0x50, flags, window, 0, 0)


def quoted(source, target, protocol, head):
    return (
        bytes(4) + ip(source, target, protocol, head + bytes(100))[: (20 if source.version == 4 else 40) + 8]
    )


def reading(**words):
    plain = {"target": int(THERE), "mac": CARD, "ttl": 64}
    return Reading(**{**plain, **words})


SYN = struct.pack("!HHI", 61500, 443, 0x01020304)
ECHO = struct.pack("!BBHHH", 0, 0, 0, 0x1234, 0x0056)
ND = b"\x88\x00\x00\x00\x60\x00\x00\x00" + THERE6.packed
ARP = bytes.fromhex("0806 0001 0800 06 04 0002 0200000000aa 0a000007 020000000001 0a000001")
PROOF = 0x00561234

ANSWERS = [
    (Method.ARP, ETHER + ARP, reading(state="there", ttl=None)),
    (Method.ARP, ETHER + ARP + bytes(18), reading(state="there", ttl=None)),
    (
        Method.SYN,
        ether(ip(THERE, HERE, 6, segment(0x12)), bytes(6)),
        reading(state="open", port=443, ours=61500, proof=0x01020304, window=5840),
    ),
    (
        Method.SYN,
        ether(ip(THERE, HERE, 6, segment(0x14, window=0), options=bytes(8))),
        reading(state="closed", port=443, ours=61500, proof=0x01020304, window=0),
    ),
    (
        Method.SYN,
        ether(ip(THERE6, HERE6, 6, segment(0x12), ttl=63)),
        reading(
            state="open", port=443, ours=61500, proof=0x01020304, window=5840, target=int(THERE6), ttl=63
        ),
    ),
    (
        Method.SYN,
        ether(ip(ROUTER, HERE, 1, b"\x03\x0d\0\0" + quoted(HERE, THERE, 6, SYN))),
        reading(
            state="unreachable", port=443, ours=61500, proof=0x01020304, by="10.9.9.9", error=3 * 256 + 13
        ),
    ),
    (
        Method.UDP,
        ether(ip(THERE, HERE, 17, struct.pack("!HHHH", 161, 61500, 12, 0) + b"pong")),
        reading(state="answered", port=161, ours=61500, proof=61500, data=b"pong"),
    ),
    (
        Method.UDP,
        ether(ip(THERE, HERE, 17, struct.pack("!HHHH", 161, 61500, 12, 0) + bytes(1000))),
        reading(state="answered", port=161, ours=61500, proof=61500, data=bytes(CAP)),
    ),
    (
        Method.UDP,
        ether(ip(THERE6, HERE6, 58, b"\x01\x04\0\0" + quoted(HERE6, THERE6, 17, SYN))),
        reading(
            state="unreachable",
            port=443,
            ours=61500,
            proof=61500,
            target=int(THERE6),
            by="fd00::7",
            error=256 + 4,
        ),
    ),
    (Method.ECHO, ether(ip(THERE, HERE, 1, ECHO)), reading(state="there", proof=PROOF)),
    (
        Method.ECHO,
        ether(ip(ROUTER, HERE, 1, b"\x0b\0\0\0" + quoted(HERE, THERE, 1, b"\x08" + ECHO[1:]))),
        reading(state="unreachable", proof=PROOF, by="10.9.9.9", error=11 * 256),
    ),
    (
        Method.ECHO6,
        ether(ip(THERE6, HERE6, 58, b"\x81" + ECHO[1:])),
        reading(state="there", proof=PROOF, target=int(THERE6)),
    ),
    (
        Method.NODES,
        ether(ip(THERE6, HERE6, 58, b"\x81" + ECHO[1:])),
        reading(state="there", proof=PROOF, target=int(THERE6)),
    ),
    (
        Method.ND,
        ether(ip(THERE6, HERE6, 58, ND + b"\x02\x01" + bytes.fromhex("0200000000bb"), ttl=255)),
        reading(state="there", target=int(THERE6), ttl=255, mac="02:00:00:00:00:bb"),
    ),
    (
        Method.ND,
        ether(ip(THERE6, HERE6, 58, ND + b"\x05\x01" + bytes(6), ttl=255)),
        reading(state="there", target=int(THERE6), ttl=255),
    ),
]


@pytest.mark.parametrize(("method", "frame", "want"), ANSWERS)
def test_an_answer_says_who_where_and_what(method, frame, want):
    assert want == read(method, frame)


ERROR = b"\x03\x01\0\0"
WRONG = [
    (Method.ARP, ETHER + ARP.replace(b"\0\2\2", b"\0\1\2", 1)),  # a request
    (Method.ARP, ETHER + ARP.replace(b"\x06\x04", b"\x08\x04", 1)),
    (Method.ARP, ETHER + ARP.replace(bytes.fromhex("0200000000aa"), bytes(6))),
    (Method.ARP, ETHER + ARP.replace(bytes.fromhex("0200000000aa"), b"\xff" * 6)),
    (Method.ARP, ETHER + ARP[:20]),
    (Method.ARP, ether(ip(THERE, HERE, 1, ECHO))),
    (Method.SYN, ether(ip(THERE, HERE, 6, segment(0x04)))),  # a reset that acknowledges nothing
    (Method.SYN, ether(ip(THERE, HERE, 6, segment(0x02)))),  # a SYN of its own
    (Method.SYN, ether(ip(THERE, HERE, 6, segment(0x10)))),
    (Method.SYN, ether(ip(THERE, HERE, 6, segment(0x16)))),
    (Method.SYN, ether(ip(THERE, HERE, 6, segment(0x12), fragment=1))),
    (Method.SYN, ether(ip(THERE, HERE, 6, segment(0x12)[:19]))),
    (Method.SYN, ether(ip(THERE, HERE, 17, segment(0x12)))),
    (Method.SYN, ether(ip(THERE, HERE, 1, ECHO))),
    (Method.SYN, ether(ip(ROUTER, HERE, 1, ERROR + quoted(HERE, THERE, 17, SYN)))),
    (Method.SYN, ether(ip(ROUTER, HERE, 1, ERROR + quoted(HERE, THERE, 6, SYN)[:-1]))),
    (Method.SYN, ether(ip(ROUTER, HERE, 1, ERROR + bytes(40)))),
    (Method.UDP, ether(ip(THERE, HERE, 17, bytes(7)))),
    (Method.ECHO, ether(ip(THERE, HERE, 1, b"\x08" + ECHO[1:]))),  # a request
    (Method.ECHO6, ether(ip(THERE6, HERE6, 58, b"\x80" + ECHO[1:]))),
    (Method.ECHO6, ether(ip(THERE6, HERE6, 58, b"\x01\0\0\0" + bytes(44)))),
    (
        Method.NODES,
        ether(ip(THERE6, HERE6, 58, b"\x01\x03\0\0" + quoted(HERE6, THERE6, 58, b"\x80" + ECHO[1:]))),
    ),
    (Method.ND, ether(ip(THERE6, HERE6, 58, ND, ttl=254))),  # from beyond a router
    (Method.ND, ether(ip(THERE6, HERE6, 58, b"\x87" + ND[1:], ttl=255))),
    (Method.ND, ether(ip(THERE6, HERE6, 58, ND + b"\x02\x01" + b"\xff" * 6, ttl=255))),
]


@pytest.mark.parametrize(("method", "frame"), WRONG)
def test_what_is_no_answer_is_none(method, frame):
    assert read(method, frame) is None


@given(method=st.sampled_from(Method), frame=st.binary(max_size=120))
def test_noise_is_read_without_a_word(method, frame):
    read(method, frame)


@given(
    method=st.sampled_from(Method),
    whole=st.sampled_from([frame for _, frame, _ in ANSWERS]),
    at=st.integers(0, 200),
    octets=st.binary(max_size=8),
    cut=st.integers(0, 200),
)
def test_a_spoilt_answer_reads_or_not_but_never_raises(method, whole, at, octets, cut):
    read(method, (whole[:at] + octets + whole[at + len(octets) :])[: len(whole) - cut])
