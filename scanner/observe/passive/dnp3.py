"""DNP3: the link address of an outstation that answers its master; no point is read (IEEE 1815, 9.2.4)."""

from collections.abc import Iterator
from typing import Final

from scanner.observe.dissect import Fact, Packet, Parser
from scanner.observe.probes.dnp3 import checked

_START: Final = b"\x05\x64"
_HEAD: Final = 10
_FROM_MASTER: Final = 0x80


def parse(packet: Packet) -> Iterator[Fact]:
    """`dnp3.outstation` of who serves the port and does not speak as a master."""
    head, port = packet.payload[:_HEAD], packet.service()
    if port is None or len(head) < _HEAD or head[:2] != _START or checked(head[:8]) != head:
        return
    if not head[3] & _FROM_MASTER:
        yield Fact("dnp3.outstation", str(int.from_bytes(head[6:8], "little")), port=port)


PARSER: Final = Parser(name="dnp3", takes=("tcp/20000",), parse=parse, begins=(_START,))
