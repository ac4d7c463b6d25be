"""IEC 60870-5-104: which station sends data to a control room; of the data only the station's number is read (5.1, 7.1)."""

from collections.abc import Iterator
from typing import Final

from scanner.observe.dissect import Fact, Packet, Parser

_START: Final = b"\x68"
_ADDRESS: Final = 10
"""Start, length, four bytes of control, type, count, cause of two bytes: then the common address (60870-5-101, 7.2.4)."""


def parse(packet: Packet) -> Iterator[Fact]:
    """`iec104.station`: the common address of who serves the port, out of a frame with data."""
    data, port = packet.payload, packet.service()
    if (
        port is None
        or len(data) < _ADDRESS + 2
        or data[:1] != _START
        or not _ADDRESS <= data[1] <= len(data) - 2
    ):
        return
    # bit 0 of the control field is clear in frames that carry data (5.1)
    if not data[2] & 1:
        yield Fact("iec104.station", str(int.from_bytes(data[_ADDRESS : _ADDRESS + 2], "little")), port=port)


PARSER: Final = Parser(name="iec104", takes=("tcp/2404",), parse=parse, begins=(_START,))
