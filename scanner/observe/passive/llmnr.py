"""LLMNR: the name that a Windows machine answers to (RFC 4795)."""

from collections.abc import Iterator
from typing import Final

from scanner.observe import dnsread
from scanner.observe.dissect import Fact, Packet, Parser


def parse(packet: Packet) -> Iterator[Fact]:
    """`llmnr.name`, where the answer names the very address that it comes from; what a client looks for is not kept."""
    for one in dnsread.records(packet.payload):
        if one.kind in {dnsread.A, dnsread.AAAA} and packet.source in one.said:
            yield Fact("llmnr.name", one.name)
            return


PARSER: Final = Parser(name="llmnr", takes=("udp/5355",), parse=parse, differs=(0, 2))
