"""MNDP: what a MikroTik device broadcasts of itself (MikroTik's manual, "Neighbor discovery")."""

import ipaddress
from collections.abc import Iterator
from typing import Final

from scanner.model.observation import Scalar
from scanner.observe.dissect import Fact, Packet, Parser
from scanner.observe.text import said

_WORDS: Final = {5: "name", 7: "version", 8: "platform", 12: "board", 16: "interface"}
_CARD, _UPTIME, _IPV4 = 1, 10, 17
_TLVS: Final = 32


def parse(packet: Packet) -> Iterator[Fact]:
    """`mndp.device`: identity, RouterOS version, board, days up; a bare request (four zeros) tells nothing."""
    data, told = packet.payload[4:], dict[str, Scalar | list[str]]()
    for _ in range(_TLVS):
        kind, length = int.from_bytes(data[:2], "big"), int.from_bytes(data[2:4], "big")
        value = data[4 : 4 + length]
        if len(data) < 4 or len(value) < length:
            break
        if kind in _WORDS and value:
            told[_WORDS[kind]] = said(value)
        elif kind == _UPTIME and length == 4:
            # in days, since every announcement would otherwise be a fact of its own
            told["uptime_days"] = int.from_bytes(value, "little") // 86400
        elif kind == _IPV4 and length == 4:
            told["address"] = str(ipaddress.IPv4Address(value))
        data = data[4 + length :]
    if told.get("version") or told.get("board"):
        yield Fact("mndp.device", told)


PARSER: Final = Parser(name="mndp", takes=("udp/5678",), parse=parse)
