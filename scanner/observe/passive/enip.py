"""EtherNet/IP: the identity that a device gives to a tool that lists them (CIP volume 2, 2-4.2)."""

from collections.abc import Iterator
from typing import Final

from scanner.observe.dissect import Fact, Packet, Parser
from scanner.observe.probes import enip

_LIST_IDENTITY: Final = b"\x63\x00"


def parse(packet: Packet) -> Iterator[Fact]:
    """`enip.identity` of who answers."""
    found = enip.parse(packet.payload)
    if found:
        yield Fact("enip.identity", found)


PARSER: Final = Parser(name="enip", takes=("tcp/44818", "udp/44818"), parse=parse, begins=(_LIST_IDENTITY,))
