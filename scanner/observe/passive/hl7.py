"""HL7 version 2 over MLLP: which application speaks, and which version; of the message only the first segment is read."""

from collections.abc import Iterator
from typing import Final

from scanner.observe.dissect import Fact, Packet, Parser
from scanner.observe.probes import hl7

_BEGIN: Final = b"\x0bMSH"


def parse(packet: Packet) -> Iterator[Fact]:
    """`hl7.sender` of the sender. Every other field may be about a patient."""
    found = hl7.parse(packet.payload)
    if found:
        yield Fact("hl7.sender", found, port=packet.service())


PARSER: Final = Parser(name="hl7", takes=("tcp/first",), parse=parse, begins=(_BEGIN,))
