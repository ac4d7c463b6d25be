"""DHCPv6: what a client calls itself and whose software asks (RFC 8415)."""

from collections.abc import Iterator
from typing import Final

from scanner.model.net import Mac
from scanner.model.observation import Scalar
from scanner.observe.dissect import Fact, Packet, Parser
from scanner.observe.text import said

_ASKS: Final = {1: "Solicit", 3: "Request", 11: "Information-request"}
_CLIENT, _ASKED, _CLASS, _FULL_NAME = 1, 6, 16, 39
_BY_CARD: Final = {1: 8, 3: 4}
"""Kinds of DUID that hold a card (RFC 8415, 11.2 and 11.4) and where it begins."""
_OPTIONS: Final = 64


def parse(packet: Packet) -> Iterator[Fact]:
    """`dhcp6.options` {asked, class, name, type}; about the card in the client's DUID where there is one."""
    data = packet.payload
    kind = _ASKS.get(data[0]) if data else None
    if kind is None:
        return
    told: dict[str, Scalar | list[str]] = {}
    card: Mac | None = None
    for option, value in _parts(data[4:]):
        match option:
            case 1:
                card = _card(value)
            case 6 if len(value) % 2 == 0:
                told["asked"] = ",".join(
                    str(int.from_bytes(value[at : at + 2], "big")) for at in range(0, len(value), 2)
                )
            case 16 if len(value) > 6:
                told["class"] = said(value[6:])
            case 39 if len(value) > 2:
                # RFC 4704, 4: flags, then labels
                told["name"] = said(value[2 : 2 + value[1]])
            case _:
                pass
    if told:
        yield Fact("dhcp6.options", {**told, "type": kind}, mac=card)


def _parts(data: bytes) -> Iterator[tuple[int, bytes]]:
    for _ in range(_OPTIONS):
        length = int.from_bytes(data[2:4], "big")
        if len(data) < 4:
            return
        yield int.from_bytes(data[:2], "big"), data[4 : 4 + length]
        data = data[4 + length :]


def _card(duid: bytes) -> Mac | None:
    """Hardware type 1 is Ethernet; a DUID stays when a card is changed, so it is a hint, not a proof."""
    at = _BY_CARD.get(int.from_bytes(duid[:2], "big"))
    raw = duid[at : at + 6] if at and duid[2:4] == b"\0\1" else b""
    return Mac(raw.hex(":")) if len(raw) == 6 and any(raw) else None


PARSER: Final = Parser(name="dhcp6", takes=("udp/547",), parse=parse, differs=(1, 4))
