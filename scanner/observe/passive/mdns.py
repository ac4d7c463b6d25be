"""Multicast DNS: what a device announces of itself unasked (RFC 6762)."""

from collections.abc import Iterator
from typing import Final

from scanner.observe.dissect import Fact, Packet, Parser
from scanner.observe.probes import mdns


def parse(packet: Packet) -> Iterator[Fact]:
    """What an active question would have brought: host name, services, model."""
    yield from (Fact(field, value) for field, value in mdns.facts(packet.payload))


PARSER: Final = Parser(name="mdns", takes=("udp/5353",), parse=parse, differs=(0, 2))
