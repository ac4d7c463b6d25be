"""DHCP: what a client asks for and calls itself, and which address it was given (RFC 2131, RFC 2132)."""

import ipaddress
from collections.abc import Iterator
from typing import Final

from scanner.model.net import Address, Mac
from scanner.model.observation import Scalar
from scanner.observe.dissect import Fact, Packet, Parser
from scanner.observe.text import said

_COOKIE: Final = bytes.fromhex("63825363")
_FIXED: Final = 236
"""BOOTP's own fields before the cookie (RFC 2131, 2)."""
_OPTIONS: Final = 64
_PAD, _END = 0, 255
_NAME, _DOMAIN, _TYPE, _ASKED, _CLASS, _FULL_NAME = 12, 15, 53, 55, 60, 81
_REQUEST, _REPLY = 1, 2
_TYPES: Final = {1: "Discover", 3: "Request", 8: "Inform"}
_ACK: Final = 5


def parse(packet: Packet) -> Iterator[Fact]:
    """`dhcp.options` of a client (its name, class and what it asks for); `dhcp.lease` out of a server's ACK."""
    data = packet.payload
    if data[_FIXED : _FIXED + 4] != _COOKIE or data[1:3] != b"\x01\x06":
        return
    card = Mac(data[28:34].hex(":"))
    options = dict(_parts(data[_FIXED + 4 :]))
    kind = (options.get(_TYPE) or b"\0")[0]
    if data[0] == _REQUEST and kind in _TYPES:
        yield from _client(data, card, options, _TYPES[kind])
    elif data[0] == _REPLY and kind == _ACK:
        yield from _given(data, card, options)


def _client(data: bytes, card: Mac, options: dict[int, bytes], kind: str) -> Iterator[Fact]:
    told: dict[str, Scalar | list[str]] = {}
    # a list of another message may be shorter (Inform): only what a client asks when it wants an address
    if _ASKED in options:
        told["dhcpoption55"] = ",".join(str(one) for one in options[_ASKED])
        told["dhcptype"] = kind
    if options.get(_CLASS):
        told["dhcpoption60"] = said(options[_CLASS].rstrip(b"\0"))
    name = options.get(_NAME) or _short(options.get(_FULL_NAME, b""))
    if name:
        told["dhcpoption12"] = said(name.rstrip(b"\0"))
    if told:
        # ciaddr is the client's own address where it has one already
        yield Fact("dhcp.options", told, address=_address(data[12:16]), mac=card)


def _given(data: bytes, card: Mac, options: dict[int, bytes]) -> Iterator[Fact]:
    given = _address(data[16:20])
    told: dict[str, Scalar | list[str]] = {"state": "active"}
    if options.get(_NAME):
        told["hostname"] = said(options[_NAME].rstrip(b"\0"))
    if given:
        yield Fact("dhcp.lease", told, address=given, mac=card)
    if options.get(_DOMAIN):
        yield Fact("dhcp.domain", said(options[_DOMAIN].rstrip(b"\0")))


def _short(full: bytes) -> bytes:
    """RFC 4702, 2: flags, two dead bytes, a name that old clients send as plain text."""
    text = full[3:]
    encoded = bool(full[:1]) and bool(full[0] & 4)
    return text[1 : 1 + text[0]] if encoded and text else text.split(b".")[0]


def _parts(data: bytes) -> Iterator[tuple[int, bytes]]:
    for _ in range(_OPTIONS):
        data = data.lstrip(b"\0")
        if len(data) < 2 or data[0] == _END:
            return
        yield data[0], data[2 : 2 + data[1]]
        data = data[2 + data[1] :]


def _address(raw: bytes) -> Address | None:
    return Address(str(ipaddress.IPv4Address(raw))) if any(raw) else None


PARSER: Final = Parser(name="dhcp", takes=("udp/67",), parse=parse, differs=(4, 10))
