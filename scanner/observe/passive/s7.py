"""Siemens S7: the order number and names that a controller gives to an engineering station that reads them."""

from collections.abc import Iterator
from typing import Final

from scanner.observe.dissect import Fact, Packet, Parser
from scanner.observe.probes import s7

_TPKT: Final = b"\x03\0"


def parse(packet: Packet) -> Iterator[Fact]:
    """`s7.module` and `s7.names` out of system status lists."""
    port = packet.service()
    found = s7.parse(packet.payload[4:]) if packet.payload.startswith(_TPKT) else None
    if found is not None and port is not None:
        yield Fact(*found, port=port)


PARSER: Final = Parser(name="s7", takes=("tcp/102",), parse=parse, begins=(_TPKT,))
