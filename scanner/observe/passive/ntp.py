"""NTP: who serves time, and how well (RFC 5905); what a client says of its own clock is left to the servers."""

from collections.abc import Iterator
from typing import Final

from scanner.observe.dissect import Fact, Packet, Parser
from scanner.observe.probes import ntp

_PORT: Final = 123


def parse(packet: Packet) -> Iterator[Fact]:
    """`ntp.clock` {version, stratum, reference}: without the time, which would make every answer a new fact."""
    answer = ntp.parse(packet.payload)
    if answer is not None and packet.sport == _PORT:
        yield Fact("ntp.clock", {word: value for word, value in answer.items() if word != "time"})


PARSER: Final = Parser(name="ntp", takes=("udp/123",), parse=parse, differs=(16, 48))
