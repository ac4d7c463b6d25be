"""KNXnet/IP: how a gateway describes itself to a tool that looks for it (KNX specification 3/8/2, 7.6 and 7.7)."""

from collections.abc import Iterator
from typing import Final

from scanner.observe.dissect import Fact, Packet, Parser
from scanner.observe.probes import knx


def parse(packet: Packet) -> Iterator[Fact]:
    """`knx.name`, `knx.mac` and `knx.device` of who answers."""
    yield from (Fact(field, value) for field, value in knx.facts(packet.payload))


PARSER: Final = Parser(name="knx", takes=("udp/3671",), parse=parse)
