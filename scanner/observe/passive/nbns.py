"""NetBIOS name service: the names that a machine registers or answers with (RFC 1002, 4.2)."""

from collections.abc import Iterator
from typing import Final

from scanner.observe.dissect import Fact, Packet, Parser
from scanner.observe.probes import netbios
from scanner.observe.text import said

_REGISTERS: Final = {5, 6, 8, 9, 15}
"""Operations by which a machine speaks of its own name: registration, release, refresh (RFC 1002, 4.2.1.1)."""
_STATUS: Final = 0x21
_WORKSTATION, _SERVER, _CONTROLLERS, _MASTER = 0x00, 0x20, 0x1C, 0x1B
_NAME: Final = 13
"""Where the encoded name of the first entry begins: the header has 12 bytes, then comes its length (32)."""


def parse(packet: Packet) -> Iterator[Fact]:
    """`netbios.name`, `netbios.domain`, `netbios.role`: a machine's own words; what it looks for is not kept."""
    data = packet.payload
    if len(data) < _NAME + 37:
        return
    answer, operation = bool(data[2] & 0x80), data[2] >> 3 & 0x0F
    if answer and int.from_bytes(data[_NAME + 33 : _NAME + 35], "big") == _STATUS:
        # a table of names: the probe's own reader wants our transaction number
        yield from (Fact(field, value) for field, value in netbios.facts(netbios.QUESTION[:2] + data[2:]))
        return
    name = _decoded(data[_NAME : _NAME + 32])
    if name is None or answer or operation not in _REGISTERS:
        return
    text, suffix = said(name[:15].rstrip(b" \0")), name[15]
    # NB_FLAGS stands at the end of the one additional record (4.2.2): its first bit says group
    group = bool(data[-6] & 0x80)
    if suffix in {_WORKSTATION, _SERVER} and not group and text:
        yield Fact("netbios.name", text)
    elif suffix == _WORKSTATION and group and text:
        yield Fact("netbios.domain", text)
    elif suffix in {_CONTROLLERS, _MASTER}:
        yield Fact("netbios.role", "domain controller")


def _decoded(letters: bytes) -> bytes | None:
    """RFC 1001, 14.1: each half of a byte is a letter from A to P."""
    if any(not 0x41 <= one <= 0x50 for one in letters):
        return None
    halves = [one - 0x41 for one in letters]
    return bytes(high << 4 | low for high, low in zip(halves[::2], halves[1::2], strict=True))


PARSER: Final = Parser(name="nbns", takes=("udp/137",), parse=parse, differs=(0, 2))
