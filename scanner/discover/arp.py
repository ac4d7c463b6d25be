"""ARP (RFC 826): who holds an IPv4 address on our own segment. Nobody can ignore it and go on speaking IPv4."""

from collections.abc import Iterator
from typing import Final

from scanner.discover.how import Fact, How
from scanner.scope.file import Flags
from scanner.scope.profile import Limits
from scanner.wire.pipe import Heard, Method


def allowed(limits: Limits, _flags: Flags) -> bool:
    """Wherever anything is sent."""
    return limits.arp_rate > 0


def facts(heard: Heard) -> Iterator[Fact]:
    """`link.mac`: the card that answers."""
    if heard.mac is not None:
        yield Fact(field="link.mac", value=heard.mac)


HOW: Final = How(method=Method.ARP, version=4, near=True, allowed=allowed, facts=facts, whole=True)
