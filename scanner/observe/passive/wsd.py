"""WS-Discovery: what a printer or a camera says when it comes up or is looked for (OASIS WS-Discovery 1.1, 4 and 5)."""

from collections.abc import Iterator
from typing import Final

from scanner.observe.dissect import Fact, Packet, Parser
from scanner.observe.probes import wsd


def parse(packet: Packet) -> Iterator[Fact]:
    """`wsd.match`; a Hello says the same as an answer, under another name."""
    data = packet.payload
    if b"<" in data[:64] and b"Hello>" in data:
        data = data.replace(b":Hello>", b":ProbeMatch>").replace(b"<Hello>", b"<ProbeMatch>")
        data = data.replace(b"</Hello>", b"</ProbeMatch>")
    yield from (Fact(field, value) for field, value in wsd.facts(data))


PARSER: Final = Parser(name="wsd", takes=("udp/3702",), parse=parse)
