"""Modbus/TCP: what a controller answers to somebody else who asks for its identity; no register is read."""

from collections.abc import Iterator
from typing import Final

from scanner.observe.dissect import Fact, Packet, Parser
from scanner.observe.probes import modbus

_IDENTITY: Final = b"\x2b\x0e"
"""Function 43, type 14: read device identification; everything else is the process."""


def parse(packet: Packet) -> Iterator[Fact]:
    """`modbus.device` of who answers."""
    # the transaction's number is the asker's choice
    found, port = modbus.parse(modbus.QUESTION[:2] + packet.payload[2:]), packet.service()
    if found is not None and port is not None and found[0] == "modbus.device":
        yield Fact(*found, port=port)


PARSER: Final = Parser(name="modbus", takes=("tcp/502",), parse=parse, holds=(_IDENTITY,))
