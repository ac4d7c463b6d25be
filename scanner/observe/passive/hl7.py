"""HL7 version 2 over MLLP: which application speaks, and which version; of the message only the first segment is read."""

from collections.abc import Iterator
from typing import Final

from scanner.model.observation import Scalar
from scanner.observe.dissect import Fact, Packet, Parser
from scanner.observe.text import said

_BEGIN: Final = b"\x0bMSH"
_SEGMENT: Final = 1024
_WORDS: Final = {2: "application", 3: "facility", 11: "version"}
"""HL7 2.5.1, 2.15.9: MSH-3, MSH-4 and MSH-12, counted from the segment's name."""


def parse(packet: Packet) -> Iterator[Fact]:
    """`hl7.application` {application, facility, version} of the sender. Every other field may be about a patient."""
    data = packet.payload
    if not data.startswith(_BEGIN) or len(data) < len(_BEGIN) + 1:
        return
    segment = data[1:_SEGMENT].split(b"\r")[0]
    fields = segment.split(segment[3:4])
    told: dict[str, Scalar | list[str]] = {
        word: said(fields[at].split(b"^")[0].strip())
        for at, word in _WORDS.items()
        if at < len(fields) and fields[at].strip()
    }
    if told:
        yield Fact("hl7.application", told, port=packet.service())


PARSER: Final = Parser(name="hl7", takes=("tcp/first",), parse=parse, begins=(_BEGIN,))
