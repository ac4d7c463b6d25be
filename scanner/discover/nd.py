"""Neighbour discovery (RFC 4861): who holds an IPv6 address on our own segment, and which addresses to ask for.

Nobody can count through a /64. Candidates come from small ranges of the scope, from this machine's neighbour table
and from cards: a host that makes its address of its card (RFC 4291, appendix A) has one that can be worked out.
"""

import ipaddress
from collections.abc import Iterable, Iterator
from typing import Final

from scanner.discover.how import Fact, How
from scanner.model.net import Address, Mac
from scanner.scope.file import Flags
from scanner.scope.plan import LARGEST_IPV6
from scanner.scope.profile import Limits
from scanner.wire.pipe import Heard, Method

LARGEST: Final = LARGEST_IPV6
"""A range of so many addresses is asked whole (/112 holds 65,536)."""


def allowed(limits: Limits, _flags: Flags) -> bool:
    """Wherever anything is sent."""
    return limits.arp_rate > 0


def facts(heard: Heard) -> Iterator[Fact]:
    """`link.mac`: the card that answers."""
    if heard.mac is not None:
        yield Fact(field="link.mac", value=heard.mac)


HOW: Final = How(method=Method.ND, version=6, near=True, allowed=allowed, facts=facts, whole=True)


def eui64(prefix: ipaddress.IPv6Network, card: Mac) -> Address | None:
    """The address that a card makes for itself in a /64 (RFC 4291, appendix A); None in any other prefix."""
    if prefix.prefixlen > 64:
        return None
    octets = bytes.fromhex(card.replace(":", ""))
    # the universal bit turned over, and ff:fe between the maker's half and the card's
    host = bytes([octets[0] ^ 2]) + octets[1:3] + b"\xff\xfe" + octets[3:]
    net = int(prefix.network_address) >> 64 << 64
    return Address(str(ipaddress.IPv6Address(net | int.from_bytes(host))))


def candidates(
    part: ipaddress.IPv6Network, known: Iterable[Address], cards: Iterable[Mac]
) -> tuple[str, ...]:
    """Whom to ask for: all of a small range, else addresses known from elsewhere and those that cards would make."""
    if part.prefixlen >= LARGEST:
        return (str(part),)
    made = {eui64(part, card) for card in cards}
    asked = {address for address in {*known, *made} if address is not None and _inside(address, part)}
    return tuple(sorted(asked, key=ipaddress.IPv6Address))


def _inside(address: Address, part: ipaddress.IPv6Network) -> bool:
    parsed = ipaddress.ip_address(address)
    return parsed.version == 6 and parsed in part
