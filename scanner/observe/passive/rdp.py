"""RDP: which security a server chose ([MS-RDPBCGR] 2.2.1.2); a client's cookie names a person and is not read."""

from collections.abc import Iterator
from typing import Final

from scanner.observe.dissect import Fact, Packet, Parser
from scanner.observe.probes import rdp


def parse(packet: Packet) -> Iterator[Fact]:
    """`rdp.security` of the server."""
    port, answer = packet.service(), rdp.parse(packet.payload)
    if port is not None and answer is not None:
        yield Fact("rdp.security", rdp.words(answer), port=port)


PARSER: Final = Parser(name="rdp", takes=("tcp/3389",), parse=parse, begins=(b"\x03\0",))
