"""IEEE C37.118: the stations that a phasor measurement unit or concentrator names in its configuration (C37.118.2, 6.4)."""

import struct
from collections.abc import Iterator
from typing import Final

from scanner.observe.dissect import Fact, Packet, Parser
from scanner.observe.text import said

_SYNC: Final = 0xAA
_CONFIGURATIONS: Final = {2, 3}
_HEAD: Final = 14
_MOST: Final = 64


def parse(packet: Packet) -> Iterator[Fact]:
    """`c37118.stations` {id, stations} of a configuration frame 1 or 2; no measurement is read."""
    data = packet.payload
    if len(data) < _HEAD + 6 or data[0] != _SYNC or data[1] >> 4 not in _CONFIGURATIONS:
        return
    # 6.4, table 9: sync, size, id, second, fraction, time base, how many stations
    count = int.from_bytes(data[18:20], "big")
    names, at = list[str](), 20
    for _ in range(min(count, _MOST)):
        if at + 26 > len(data):
            break
        name = said(data[at : at + 16].strip(b"\0 "))
        names += [name] if name else []
        phasors, analogs, digitals = struct.unpack_from(">HHH", data, at + 20)
        # names of channels (a digital word has 16), then four bytes of unit each, nominal frequency and change count
        at += 26 + 16 * (phasors + analogs + 16 * digitals) + 4 * (phasors + analogs + digitals) + 4
    if names:
        yield Fact("c37118.stations", {"id": int.from_bytes(data[4:6], "big"), "stations": names})


PARSER: Final = Parser(name="c37118", takes=("tcp/4712", "udp/4713"), parse=parse, begins=(bytes([_SYNC]),))
