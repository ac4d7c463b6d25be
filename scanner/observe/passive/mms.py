"""IEC 61850 MMS: maker, model and revision that a relay gives to a client that has it identify itself."""

from collections.abc import Iterator
from typing import Final

from scanner.observe.dissect import Fact, Packet, Parser
from scanner.observe.probes import mms

_TPKT: Final = b"\x03\0"


def parse(packet: Packet) -> Iterator[Fact]:
    """`mms.identity` of who answers."""
    port = packet.service()
    found = mms.parse(packet.payload[4:]) if packet.payload.startswith(_TPKT) else None
    if found and port is not None:
        yield Fact("mms.identity", found, port=port)


PARSER: Final = Parser(name="mms", takes=("tcp/102",), parse=parse, begins=(_TPKT,))
