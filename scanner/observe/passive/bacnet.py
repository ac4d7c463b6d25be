"""BACnet/IP: I-Am announcements, and what a device tells a building's management about itself (ASHRAE 135, 16.10 and 21)."""

from collections.abc import Iterator
from typing import Final

from scanner.observe.dissect import Fact, Packet, Parser
from scanner.observe.probes import bacnet

_HEAD: Final = 4
_I_AM: Final = b"\x10\x00\xc4"
"""Unconfirmed request, service 0, then an object identifier of four bytes (20.1.3, 20.2.14)."""
_DEVICE: Final = 8


def parse(packet: Packet) -> Iterator[Fact]:
    """`bacnet.device` as the probe reads it; `bacnet.i_am` {instance, vendor}: the vendor by its ASHRAE number."""
    data = packet.payload
    # the call's number is the asker's choice
    found = bacnet.parse(data[:7] + b"\x01" + data[8:])
    if found is not None and found[0] == "bacnet.device":
        yield Fact(*found, port=packet.service("udp"))
    at = data.find(_I_AM, _HEAD)
    body = data[at + len(_I_AM) :]
    if data[:1] != b"\x81" or at < 0 or len(body) < 4:
        return
    object_id = int.from_bytes(body[:4], "big")
    # the last value is the vendor's number, in one byte or two (20.2.4)
    vendor = body[-1] if body[-2:-1] == b"\x21" else int.from_bytes(body[-2:], "big")
    if object_id >> 22 == _DEVICE:
        yield Fact("bacnet.i_am", {"instance": object_id & 0x3FFFFF, "vendor": vendor})


PARSER: Final = Parser(name="bacnet", takes=("udp/47808",), parse=parse, begins=(b"\x81",))
