"""UDP: one well-formed question to each of a few ports; only the right words get an answer out of most services.

SIP is left out on purpose: a ring at a nurse call's phone is no way to find it.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from scanner.discover.how import Fact, How
from scanner.model import net
from scanner.scope.file import Flags
from scanner.scope.profile import Limits
from scanner.wire import questions
from scanner.wire.pipe import Heard, Method

KEPT: Final = 1472
"""Bytes of an answer that are kept: what fits one Ethernet frame."""

PAYLOADS: Final[Mapping[int, bytes]] = {
    161: questions.SNMP,
    123: questions.NTP,
    137: questions.NETBIOS,
    5353: questions.MDNS,
}
"""What is said to each port; the probes of the same ports read the answers."""


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
