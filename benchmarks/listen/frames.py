"""Frames from the wire upward: Ethernet, IPv4, UDP and TCP headers, and the records of a capture file."""

import struct
from typing import NamedTuple

GROUP = {
    "224.0.0.251": b"\x01\0\x5e\0\0\xfb",
    "239.255.255.250": b"\x01\0\x5e\x7f\xff\xfa",
    "224.0.0.252": b"\x01\0\x5e\0\0\xfc",
}
EVERYBODY = b"\xff" * 6


class Host(NamedTuple):
    """One card with one address."""

    mac: bytes
    ip: bytes
    ttl: int
    window: int
    options: bytes
    """Of its SYN."""
    agent: bytes
    name: bytes


def ether(source: bytes, target: bytes, kind: int, body: bytes) -> bytes:
    """One frame; short ones are padded as cards do."""
    return (target + source + kind.to_bytes(2, "big") + body).ljust(60, b"\0")


def ip(source: bytes, target: bytes, protocol: int, ttl: int, ident: int, body: bytes) -> bytes:
    """An IPv4 packet with a right checksum."""
    head = (
        struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), ident & 0xFFFF, 0x4000, ttl, protocol, 0)
        + source
        + target
    )
    total = sum(struct.unpack("!10H", head))
    total = (total & 0xFFFF) + (total >> 16)
    check = ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF
    return head[:10] + check.to_bytes(2, "big") + head[12:] + body


def udp(source: Host, target: Host | str, sport: int, dport: int, body: bytes, ident: int) -> bytes:
    """A datagram to a host, to a group or to everybody (`"all"`)."""
    if isinstance(target, Host):
        mac, address = target.mac, target.ip
    elif target == "all":
        mac, address = EVERYBODY, source.ip[:2] + b"\xff\xff"
    else:
        mac, address = GROUP[target], bytes(map(int, target.split(".")))
    ttl = 255 if target == "224.0.0.251" else 4 if target == "239.255.255.250" else source.ttl
    datagram = struct.pack("!HHHH", sport, dport, 8 + len(body), 0) + body
    return ether(source.mac, mac, 0x0800, ip(source.ip, address, 17, ttl, ident, datagram))


def tcp(
    source: Host, target: Host, sport: int, dport: int, seq: int, ack: int, flags: int, body: bytes, ident: int,
    options: bytes = b"",
) -> bytes:  # fmt: skip
    """A segment."""
    head = struct.pack(
        "!HHIIBBHHH",
        sport,
        dport,
        seq & 0xFFFFFFFF,
        ack & 0xFFFFFFFF,
        (20 + len(options)) << 2,
        flags,
        source.window,
        0,
        0,
    )
    return ether(
        source.mac, target.mac, 0x0800, ip(source.ip, target.ip, 6, source.ttl, ident, head + options + body)
    )


def file_head() -> bytes:
    """Of a pcap file with nanoseconds."""
    return struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, 1)


def record(at: float, frame: bytes) -> bytes:
    """One frame of it."""
    return struct.pack("<IIII", int(at), int(at % 1 * 1e9), len(frame), len(frame)) + frame
