"""LLDP: what a switch, a phone or a server says of itself to its neighbour (IEEE 802.1AB, 8 and 9)."""

import ipaddress
from collections.abc import Iterator
from typing import Final

from scanner.model.observation import Scalar
from scanner.observe.dissect import Fact, Packet, Parser
from scanner.observe.text import said

_TLVS: Final = 64
_CHASSIS, _PORT, _PORT_TEXT, _NAME, _TEXT, _CAPABILITIES, _MANAGEMENT = 1, 2, 4, 5, 6, 7, 8
_BY_CARD: Final = {4, 3}
"""Subtypes whose id is a MAC address: 4 of a chassis, 3 of a port (8.5.2.2, 8.5.3.2)."""
# 8.5.8.1, lowest bit first
_CAN: Final = (
    "other",
    "repeater",
    "bridge",
    "wlan-access-point",
    "router",
    "telephone",
    "docsis",
    "station",
)


def parse(packet: Packet) -> Iterator[Fact]:
    """`lldp.system`: name, description, port, management address and what it is enabled as."""
    told: dict[str, Scalar | list[str]] = {}
    for kind, value in _tlvs(packet.payload):
        match kind:
            case 1 | 2 if len(value) > 1:
                told["chassis" if kind == _CHASSIS else "port"] = _id(value)
            case 4 | 5 | 6 if value:
                told[{_PORT_TEXT: "port_description", _NAME: "name", _TEXT: "description"}[kind]] = said(
                    value
                )
            case 7 if len(value) == 4:
                enabled = int.from_bytes(value[2:], "big")
                told["enabled"] = [word for bit, word in enumerate(_CAN) if enabled >> bit & 1]
            case 8 if address := _address(value):
                told["management"] = address
            case _:
                pass
    if told.get("name") or told.get("description"):
        yield Fact("lldp.system", told)


def _tlvs(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Seven bits of type, nine of length (8.4); type 0 ends them."""
    for _ in range(_TLVS):
        head = int.from_bytes(data[:2], "big")
        kind, length = head >> 9, head & 0x1FF
        if len(data) < 2 or not kind:
            return
        yield kind, data[2 : 2 + length]
        data = data[2 + length :]


def _id(value: bytes) -> str:
    return value[1:].hex(":") if value[0] in _BY_CARD and len(value) == 7 else said(value[1:])


def _address(value: bytes) -> str | None:
    """8.5.9: length of what follows, the address family (1 IPv4, 2 IPv6; IANA), the address."""
    size, family = (value[0], value[1]) if len(value) > 1 else (0, 0)
    raw = value[2 : 1 + size]
    return str(ipaddress.ip_address(raw)) if (family, len(raw)) in {(1, 4), (2, 16)} else None


PARSER: Final = Parser(name="lldp", takes=("ether/88cc",), parse=parse)
