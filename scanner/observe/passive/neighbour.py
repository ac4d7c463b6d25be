"""Neighbour discovery: which card speaks for which IPv6 address, and who calls itself a router (RFC 4861)."""

import ipaddress
from collections.abc import Iterator
from typing import Final

from scanner.model.net import Address, Mac
from scanner.model.observation import Scalar
from scanner.observe.dissect import Fact, Packet, Parser

_ROUTER, _SOLICIT, _ADVERTISE = 134, 135, 136
_SOURCE_CARD, _TARGET_CARD, _PREFIX = 1, 2, 3
_LOCAL: Final = 255
"""RFC 4861, 7.1: whoever is not on this link cannot send with this hop limit."""
_OPTIONS: Final = 16


def parse(packet: Packet) -> Iterator[Fact]:
    """`link.mac` out of solicitations and advertisements, `nd.router` {prefixes, lifetime} out of a router's."""
    data = packet.payload
    if packet.ttl != _LOCAL or len(data) < 8:
        return
    options = dict(_parts(data[16 if data[0] == _ROUTER else 24 :]))
    match data[0]:
        case 134:
            told: dict[str, Scalar | list[str]] = {"lifetime": int.from_bytes(data[6:8], "big")}
            prefix = options.get(_PREFIX, b"")
            if len(prefix) == 30:
                told["prefix"] = f"{ipaddress.IPv6Address(prefix[14:])}/{prefix[0]}"
            yield Fact("nd.router", told)
        case 135 if packet.source and (card := _card(options.get(_SOURCE_CARD, b""))):
            yield Fact("link.mac", card, mac=card)
        case 136 if len(data) >= 24 and (card := _card(options.get(_TARGET_CARD, b""))):
            target = Address(str(ipaddress.IPv6Address(data[8:24])))
            yield Fact("link.mac", card, address=target, mac=card)
        case _:
            pass


def _parts(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Type, length in units of eight bytes with this head in it (RFC 4861, 4.6)."""
    for _ in range(_OPTIONS):
        size = data[1] * 8 if len(data) > 1 else 0
        if not size:
            return
        yield data[0], data[2:size]
        data = data[size:]


def _card(raw: bytes) -> Mac | None:
    return Mac(raw.hex(":")) if len(raw) == 6 and any(raw) else None


PARSER: Final = Parser(name="neighbour", takes=("icmp6/134", "icmp6/135", "icmp6/136"), parse=parse)
