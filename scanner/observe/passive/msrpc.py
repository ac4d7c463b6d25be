"""DCE/RPC: the NTLM words in its first messages, on whatever port a server was given ([MS-RPCE] 2.2.2.11, [C706] 12.6)."""

from collections.abc import Iterator
from typing import Final

from scanner.observe import ntlm
from scanner.observe.dissect import Fact, Packet, Parser

_VERSION: Final = b"\x05\x00"
_BIND, _BIND_ACK, _ALTER, _ALTER_ANSWER, _AUTH3 = 11, 12, 14, 15, 16
_ASKS: Final = {_BIND, _ALTER, _AUTH3}
_ANSWERS: Final = {_BIND_ACK, _ALTER_ANSWER}


def parse(packet: Packet) -> Iterator[Fact]:
    """`ntlm.version` and `ntlm.names` of who binds and of who is bound to; users are never read."""
    data = packet.payload
    if len(data) < 16 or not data.startswith(_VERSION):
        return
    if data[2] in _ANSWERS:
        said, port = ntlm.parse(data), packet.service()
    elif data[2] in _ASKS:
        said, port = ntlm.parse_client(data), None
    else:
        return
    # the clock would make every session a new fact
    for field, value in ntlm.facts(said) if said else ():
        if field != "ntlm.timestamp":
            yield Fact(field, value, port=port)


PARSER: Final = Parser(name="msrpc", takes=("tcp/first",), parse=parse, gather=4096, begins=(_VERSION,))
