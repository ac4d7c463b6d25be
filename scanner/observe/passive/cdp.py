"""CDP: what a Cisco device tells its neighbour: name, port, platform and the whole version text."""

import ipaddress
from collections.abc import Iterator
from typing import Final

from scanner.model.observation import Scalar
from scanner.observe.dissect import Fact, Packet, Parser
from scanner.observe.text import said

# Cisco's own description of the protocol ("Understanding CDP"); lowest bit first
_CAN: Final = ("router", "bridge", "source-route-bridge", "switch", "host", "igmp", "repeater", "phone")
_WORDS: Final = {1: "name", 3: "port", 6: "platform", 9: "vtp_domain"}
_VERSION, _ADDRESSES, _CAPABILITIES = 5, 2, 4
_IPV4: Final = bytes.fromhex("0101cc0004")
"""One address in the list: protocol type NLPID of one byte, 0xCC for IP, four bytes long."""
_TLVS: Final = 64


def parse(packet: Packet) -> Iterator[Fact]:
    """`cdp.version`, the text that `show version` begins with, and `cdp.device`: name, port, platform, address."""
    told: dict[str, Scalar | list[str]] = {}
    version = ""
    for kind, value in _tlvs(packet.payload[4:]):
        if kind in _WORDS and value:
            told[_WORDS[kind]] = said(value)
        elif kind == _VERSION:
            version = said(value)
        elif kind == _CAPABILITIES and len(value) == 4:
            told["capabilities"] = [
                word for bit, word in enumerate(_CAN) if int.from_bytes(value, "big") >> bit & 1
            ]
        elif kind == _ADDRESSES and (at := value.find(_IPV4)) >= 0 and len(value) >= at + 9:
            told["address"] = str(ipaddress.IPv4Address(value[at + 5 : at + 9]))
    if version:
        yield Fact("cdp.version", version)
    if told:
        yield Fact("cdp.device", told)


def _tlvs(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Two bytes of type, two of length with these four in it."""
    for _ in range(_TLVS):
        kind, length = int.from_bytes(data[:2], "big"), int.from_bytes(data[2:4], "big")
        if length < 4:
            return
        yield kind, data[4:length]
        data = data[length:]


PARSER: Final = Parser(name="cdp", takes=("snap/00000c:2000",), parse=parse)
