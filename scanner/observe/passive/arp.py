"""ARP: which card speaks for which address (RFC 826; announcements and conflicts by RFC 5227)."""

import ipaddress
from collections.abc import Iterator
from typing import Final

from scanner.model.net import Address, Mac
from scanner.observe.dissect import Fact, Packet, Parser

_ETHERNET_IPV4: Final = bytes.fromhex("000108000604")


def parse(packet: Packet) -> Iterator[Fact]:
    """The sender's own pair, of requests and of answers alike; a probe for a free address tells nothing (0.0.0.0)."""
    data = packet.payload
    if len(data) < 28 or data[:6] != _ETHERNET_IPV4 or not any(data[14:18]) or not any(data[8:14]):
        return
    card = Mac(data[8:14].hex(":"))
    yield Fact("link.mac", card, address=Address(str(ipaddress.IPv4Address(data[14:18]))), mac=card)


# whom it asks for is the receiver, and padding is nothing
PARSER: Final = Parser(name="arp", takes=("ether/0806",), parse=parse, differs=(18, 1 << 20))
