"""One pass over the network and transport headers of a whole batch: IPv4, IPv6 with its extensions, TCP, UDP, ICMP."""

from typing import Final

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from scanner.observe.capture.batch import Memory, Numbers, column, half, octet
from scanner.observe.capture.links import IPV4, IPV6, Linked

Mixed = npt.NDArray[np.uint64]

TCP, UDP, ICMP, ICMP6 = 6, 17, 1, 58
FIN, SYN, RST, ACK = 1, 2, 4, 16

_EXTENSIONS: Final = (0, 43, 44, 51, 60, 135, 139, 140)
"""IPv6 headers that another header follows (IANA): options, routing, fragment, authentication, mobility, HIP, Shim6."""
_FRAGMENT, _AUTHENTICATION = 44, 51
_DEEP: Final = 8

_FOUR: Final = np.dtype([
    ("version", "u1"), ("tos", "u1"), ("length", ">u2"), ("id", ">u2"), ("part", ">u2"), ("ttl", "u1"),
    ("protocol", "u1"), ("sum", ">u2"), ("source", ">u4"), ("target", ">u4"),
])  # fmt: skip
_SIX: Final = np.dtype([
    ("version", ">u4"), ("length", ">u2"), ("next", "u1"), ("ttl", "u1"), ("source", ">u8", 2), ("target", ">u8", 2),
])  # fmt: skip
_TCP: Final = np.dtype([
    ("sport", ">u2"), ("dport", ">u2"), ("seq", ">u4"), ("ack", ">u4"), ("offset", "u1"), ("flags", "u1"),
    ("window", ">u2"),
])  # fmt: skip

_ONE, _TWO, _THREE = (np.uint64(n) for n in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9))
"""Odd numbers without pattern, to mix with."""
_HALF: Final = np.uint64(32)


class Heads(Struct):
    """What the headers of each frame say; where there is no IP, `version` is 0 and the rest says nothing."""

    version: Numbers
    ip: Numbers
    """Where the IP header begins."""
    addresses: Numbers
    """Where the source's address stands; the target's follows it."""
    source: Mixed
    target: Mixed
    """The addresses as numbers; those of IPv6 are mixed down to 64 bits."""
    ttl: Numbers
    protocol: Numbers
    """-1 for what has no transport header: later fragments, headers that are cut."""
    sport: Numbers
    dport: Numbers
    """0 where the protocol has none; the type of ICMP and ICMPv6 stands in both."""
    transport: Numbers
    """Where the TCP, UDP or ICMP header begins."""
    body: Numbers
    """Where the payload begins: behind TCP and UDP, at the ICMP header."""
    end: Numbers
    seq: Numbers
    flags: Numbers


def heads(raw: Memory, linked: Linked) -> Heads:
    """Read them."""
    zeros = np.zeros_like(linked.at)
    found = Heads(
        zeros.copy(), linked.at, zeros.copy(), zeros.astype(np.uint64), zeros.astype(np.uint64), zeros.copy(),
        zeros - 1, zeros.copy(), zeros.copy(), linked.at, linked.at.copy(), linked.end.copy(), zeros.copy(), zeros.copy(),
    )  # fmt: skip
    _four(raw, linked, found)
    _six(raw, linked, found)
    found.transport = found.body.copy()
    _tcp(raw, found)
    _udp(raw, found)
    for protocol in (ICMP, ICMP6):
        rows = np.flatnonzero((found.protocol == protocol) & (found.body < found.end))
        found.sport[rows] = found.dport[rows] = octet(raw, found.body[rows])
    return found


def _four(raw: Memory, linked: Linked, found: Heads) -> None:
    rows = np.flatnonzero((linked.kind == IPV4) & (linked.at + 20 <= linked.end))
    at = linked.at[rows]
    header = column(raw, at, _FOUR)
    version, length = header["version"].astype(np.int64), header["length"].astype(np.int64)
    body = at + (version & 15) * 4
    sound = (version >> 4 == 4) & (version & 15 >= 5) & (body <= linked.end[rows])
    # a card that cuts segments itself leaves the length at 0
    end = np.where(length >= 20, np.minimum(at + length, linked.end[rows]), linked.end[rows])
    whole = sound & (header["part"] & 0x1FFF == 0)
    found.version[rows] = np.where(sound, 4, 0)
    found.addresses[rows] = at + 12
    found.source[rows], found.target[rows] = header["source"], header["target"]
    found.ttl[rows] = header["ttl"]
    found.protocol[rows] = np.where(whole, header["protocol"].astype(np.int64), -1)
    found.body[rows], found.end[rows] = body, end


def _six(raw: Memory, linked: Linked, found: Heads) -> None:
    rows = np.flatnonzero((linked.kind == IPV6) & (linked.at + 40 <= linked.end))
    if not len(rows):
        return
    at = linked.at[rows]
    header = column(raw, at, _SIX)
    length, sound = header["length"].astype(np.int64), header["version"] >> 28 == 6
    end = np.where(length > 0, np.minimum(at + 40 + length, linked.end[rows]), linked.end[rows])
    protocol, body = _follow(raw, header["next"].astype(np.int64), at + 40, end)
    found.version[rows] = np.where(sound, 6, 0)
    found.addresses[rows] = at + 8
    for numbers, of in ((found.source, header["source"]), (found.target, header["target"])):
        numbers[rows] = of[:, 0].astype(np.uint64) * _ONE ^ of[:, 1].astype(np.uint64)
    found.ttl[rows] = header["ttl"]
    found.protocol[rows] = np.where(sound, protocol, -1)
    found.body[rows], found.end[rows] = body, end


def _follow(raw: Memory, protocol: Numbers, at: Numbers, end: Numbers) -> tuple[Numbers, Numbers]:
    """Past the extension headers (RFC 8200, 4) to what carries the payload."""
    for _ in range(_DEEP):
        rows = np.flatnonzero(np.isin(protocol, _EXTENSIONS) & (at + 8 <= end))
        if not len(rows):
            break
        here, kind = at[rows], protocol[rows]
        units = octet(raw, here + 1)
        later = (kind == _FRAGMENT) & (half(raw, here + 2) & 0xFFF8 != 0)
        protocol[rows] = np.where(later, -1, octet(raw, here))
        step = np.where(kind == _AUTHENTICATION, units * 4 + 8, np.where(kind == _FRAGMENT, 8, units * 8 + 8))
        at[rows] = np.minimum(here + step, end[rows])
    return protocol, at


def _tcp(raw: Memory, found: Heads) -> None:
    short = (found.protocol == TCP) & (found.body + 14 > found.end)
    found.protocol[short] = -1
    rows = np.flatnonzero(found.protocol == TCP)
    header = column(raw, found.body[rows], _TCP)
    found.sport[rows], found.dport[rows], found.seq[rows] = header["sport"], header["dport"], header["seq"]
    found.flags[rows] = header["flags"]
    offset = (header["offset"].astype(np.int64) >> 4) * 4
    found.body[rows] = np.minimum(found.body[rows] + np.maximum(offset, 20), found.end[rows])


def _udp(raw: Memory, found: Heads) -> None:
    short = (found.protocol == UDP) & (found.body + 8 > found.end)
    found.protocol[short] = -1
    rows = np.flatnonzero(found.protocol == UDP)
    at = found.body[rows]
    found.sport[rows], found.dport[rows] = half(raw, at), half(raw, at + 2)
    length = half(raw, at + 4)
    found.body[rows] = at + 8
    found.end[rows] = np.where(length >= 8, np.minimum(found.end[rows], at + length), found.end[rows])


def mixed(*parts: npt.NDArray[np.generic]) -> Mixed:
    """One number of 64 bits out of several, unlike for unlike ones."""
    total = np.zeros(len(parts[0]), np.uint64)
    for part in parts:
        total = (total ^ part.astype(np.uint64)) * _TWO
        total ^= total >> _HALF
    # never 0, which stands for nothing met yet
    return np.asarray(total * _THREE | np.uint64(1), np.uint64)


def service(found: Heads, rows: Numbers) -> Numbers:
    """The lower port is the service's, less than 0 where it is the receiver's: the other may change with every question."""
    sport, dport = found.sport[rows], found.dport[rows]
    return np.where(sport < dport, sport, -dport)
