"""DICOM: who associates with whom, and with which software (PS3.8, 9.3); nothing after the association is read."""

from collections.abc import Iterator
from typing import Final

from scanner.observe.dissect import Fact, Packet, Parser
from scanner.observe.probes import dicom
from scanner.observe.text import said

_REQUEST, _ACCEPT = 1, 2
_FIXED: Final = 74
"""Head, protocol version and the two titles (PS3.8, 9.3.2)."""


def parse(packet: Packet) -> Iterator[Fact]:
    """`dicom.implementation` of both sides; `title` is what the sender of a request calls itself."""
    data = packet.payload
    if len(data) < _FIXED or data[0] not in {_REQUEST, _ACCEPT} or data[1] or not data[7] & 1:
        return
    told = dicom.implementation(data[_FIXED : 6 + int.from_bytes(data[2:6], "big")])
    if not told:
        return
    if data[0] == _ACCEPT:
        yield Fact("dicom.implementation", {**told, "result": "accepted"}, port=packet.service())
    else:
        yield Fact("dicom.implementation", {**told, "title": said(data[26:42].strip(b"\0 "))})


def _enough(data: bytes) -> bool:
    """Whether the association is there whole (PS3.8, 9.3.1)."""
    return len(data) >= 6 + int.from_bytes(data[2:6], "big") > 6


PARSER: Final = Parser(
    name="dicom",
    takes=("tcp/first",),
    parse=parse,
    gather=4096,
    enough=_enough,
    begins=(b"\1\0", b"\2\0"),
)
