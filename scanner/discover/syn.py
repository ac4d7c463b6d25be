"""TCP SYN to a few ports (RFC 9293): an open and a closed port both prove a host, even where echo is dropped."""

from collections.abc import Iterator
from typing import Final

from scanner.discover.how import Fact, How
from scanner.model import net
from scanner.scope.file import Flags
from scanner.scope.profile import Limits
from scanner.wire.pipe import Heard, Method

PORTS: Final = 6
"""Ports of the profile's list that are asked of an address where nobody may be: the most telling come first there."""


def ports(limits: Limits) -> tuple[int, ...]:
    """The first few of the profile's ports."""
    return tuple(net.number(port) for port in limits.ports[:PORTS])


def allowed(limits: Limits, _flags: Flags) -> bool:
    """Where a handshake may be left half-open."""
    return limits.syn


def facts(heard: Heard) -> Iterator[Fact]:
    """`port.state`: `open` or `closed`. An error of a router's on the way proves nobody."""
    if heard.port is not None and heard.state in {"open", "closed"}:
        yield Fact(field="port.state", value=heard.state, port=net.tcp(heard.port))


HOW: Final = How(method=Method.SYN, version=0, near=None, allowed=allowed, facts=facts, ports=ports)
