"""DNS answers: which name stands for which address, as this network's resolver says (RFC 1035)."""

import ipaddress
from collections.abc import Iterator
from typing import Final

from scanner.model.net import Address
from scanner.observe import dnsread
from scanner.observe.dissect import Fact, Packet, Parser

_MOST: Final = 32


def parse(packet: Packet) -> Iterator[Fact]:
    """`dns.name` about each private address that an answer names: what is looked up elsewhere is people's own affair."""
    for one in dnsread.records(packet.payload)[:_MOST]:
        if one.kind not in {dnsread.A, dnsread.AAAA} or not one.said or not one.name:
            continue
        named = ipaddress.ip_address(one.said[0])
        if (
            named.is_private
            and not named.is_loopback
            and not named.is_link_local
            and not named.is_unspecified
        ):
            yield Fact("dns.name", one.name, address=Address(str(named)))


PARSER: Final = Parser(name="dns", takes=("udp/53",), parse=parse, differs=(0, 2))
