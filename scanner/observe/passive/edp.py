"""EDP: what an Extreme Networks switch tells its neighbour: name, port and ExtremeXOS version."""

from collections.abc import Iterator
from typing import Final

from scanner.model.observation import Scalar
from scanner.observe.dissect import Fact, Packet, Parser
from scanner.observe.text import said

_HEAD: Final = 16
"""Version, reserved, length, checksum, sequence, and the switch's id: two bytes of zero and its card."""
_MARK: Final = 0x99
_DISPLAY, _INFO = 1, 2
_TLVS: Final = 32


def parse(packet: Packet) -> Iterator[Fact]:
    """`edp.device`: name, slot, port, version. Each TLV is 0x99, its type, and a length that counts these four."""
    data = packet.payload[_HEAD:]
    told: dict[str, Scalar | list[str]] = {}
    for _ in range(_TLVS):
        length = int.from_bytes(data[2:4], "big")
        if len(data) < 4 or data[0] != _MARK or length < 4:
            break
        value = data[4:length]
        if data[1] == _DISPLAY and value:
            told["name"] = said(value.split(b"\0")[0])
        elif data[1] == _INFO and len(value) >= 16:
            slot, port = int.from_bytes(value[:2], "big"), int.from_bytes(value[2:4], "big")
            told["port"] = f"{slot + 1}:{port + 1}"
            told["version"] = ".".join(str(part) for part in value[12:16])
        data = data[length:]
    if told:
        yield Fact("edp.device", told)


PARSER: Final = Parser(name="edp", takes=("snap/00e02b:00bb",), parse=parse)
