"""PROFINET DCP: the station name, maker and role that a controller or a device answers with (IEC 61158-6-10, 4.3)."""

import ipaddress
from collections.abc import Iterator
from typing import Final

from scanner.model.observation import Scalar
from scanner.observe.dissect import Fact, Packet, Parser
from scanner.observe.text import said

_IDENTIFY_ANSWER: Final = 0xFEFF
_HELLO: Final = 0xFEFC
_ROLES: Final = ("device", "controller", "multidevice", "supervisor")
_BLOCKS: Final = 32


def parse(packet: Packet) -> Iterator[Fact]:
    """`profinet.station` {name, type, vendor, device, roles, address} of an Identify response or a Hello."""
    data = packet.payload
    if int.from_bytes(data[:2], "big") not in {_IDENTIFY_ANSWER, _HELLO} or len(data) < 12:
        return
    told: dict[str, Scalar | list[str]] = {}
    for option, value in _blocks(data[12 : 12 + int.from_bytes(data[10:12], "big")]):
        match option:
            case 0x0201:
                told["type"] = said(value)
            case 0x0202:
                told["name"] = said(value)
            case 0x0203 if len(value) >= 4:
                told["vendor"] = int.from_bytes(value[:2], "big")
                told["device"] = int.from_bytes(value[2:4], "big")
            case 0x0204 if value:
                told["roles"] = [word for bit, word in enumerate(_ROLES) if value[0] >> bit & 1]
            case 0x0102 if len(value) >= 4 and any(value[:4]):
                told["address"] = str(ipaddress.IPv4Address(value[:4]))
            case _:
                pass
    if told:
        yield Fact("profinet.station", told)


def _blocks(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Option, suboption, length, two bytes of block info, value; each padded to an even length."""
    for _ in range(_BLOCKS):
        length = int.from_bytes(data[2:4], "big")
        if len(data) < 6 or length < 2:
            return
        yield int.from_bytes(data[:2], "big"), data[6 : 4 + length]
        data = data[4 + length + length % 2 :]


PARSER: Final = Parser(name="profinet", takes=("ether/8892",), parse=parse)
