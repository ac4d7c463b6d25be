"""UDP: one well-formed question to each of a few ports; only the right words get an answer out of most services.

Every payload is written here from its standard; none logs in, changes anything, or asks for more than who is there.
SIP is left out on purpose: a ring at a nurse call's phone is no way to find it.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from scanner.discover.how import Fact, How
from scanner.model import net
from scanner.scope.file import Flags
from scanner.scope.profile import Limits
from scanner.wire.pipe import Heard, Method

KEPT: Final = 256
"""Bytes of an answer that the log keeps."""

_SNMP: Final = bytes.fromhex(
    "303a020103"  # RFC 3412 section 6: version 3
    "300f02024a69020300ffe304010402"
    "0103"  # message id, 65,507 bytes at most, reportable, user-based security
    "0410300e0400020100020100040004000400"  # RFC 3414 section 4: no engine, no user: tell me who you are
    "3012040004" + "00a00c020237f0020100020100" + "3000"  # get nothing
)
_NTP: Final = bytes([0x23]) + bytes(47)
"""RFC 5905 section 7.3: version 4, mode 3 (client), all else zero."""
_NETBIOS: Final = (
    bytes.fromhex("4a69 0000 0001 0000 0000 0000")  # RFC 1002 section 4.2.17: one question, unicast
    + b"\x20CK" + b"A" * 30 + b"\x00"  # the name `*`
    + bytes.fromhex("0021 0001")  # NBSTAT, internet
)  # fmt: skip
_MDNS: Final = (
    bytes.fromhex("0000 0000 0001 0000 0000 0000")  # RFC 6762 section 18: one question
    + b"\x09_services\x07_dns-sd\x04_udp\x05local\x00"  # RFC 6763 section 9: which services there are
    + bytes.fromhex("000c 8001")  # PTR, and answer to me alone (RFC 6762 section 5.4)
)

PAYLOADS: Final[Mapping[int, bytes]] = {161: _SNMP, 123: _NTP, 137: _NETBIOS, 5353: _MDNS}
"""What is said to each port: SNMPv3 engine discovery, the time, NetBIOS names, DNS service names."""


def ports(limits: Limits) -> tuple[int, ...]:
    """Those of the table that the profile lists."""
    return tuple(number for number in PAYLOADS if net.udp(number) in limits.udp)


def allowed(limits: Limits, _flags: Flags) -> bool:
    """Where the profile lists UDP ports."""
    return bool(limits.udp)


def facts(heard: Heard) -> Iterator[Fact]:
    """`port.state` open, with `udp.answer` (the first bytes, hexadecimal); closed where its own host says so."""
    if heard.port is None:
        return
    port = net.udp(heard.port)
    if heard.state == "answered":
        yield Fact(field="port.state", value="open", port=port)
        yield Fact(field="udp.answer", value=heard.data[:KEPT].hex(), port=port)
    # RFC 1122 section 3.2.2.1: type 3 code 3, port unreachable, comes from the host itself; RFC 4443: type 1 code 4
    elif heard.error in {3 * 256 + 3, 256 + 4} and heard.by == heard.address:
        yield Fact(field="port.state", value="closed", port=port)


HOW: Final = How(
    method=Method.UDP, version=0, near=None, allowed=allowed, facts=facts, ports=ports, payloads=PAYLOADS
)
