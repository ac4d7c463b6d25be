"""Modbus/TCP: one Read Device Identification, basic (Modbus Application Protocol 1.1b3, 6.21)."""

from collections.abc import AsyncIterator
from typing import Final

from scanner.model.kinds import Touch
from scanner.model.net import tcp
from scanner.model.observation import Value
from scanner.observe.probe import PERMITTED, Probe
from scanner.observe.text import row, said
from scanner.wire.conn import Conn

# Messaging on TCP/IP Implementation Guide 1.0b, 3.1.3: transaction, protocol 0, length, unit. 4.4.2: unit 0xff is the
# device itself; 0 would be everybody on a serial line behind it
QUESTION: Final = bytes.fromhex("0001 0000 0005 ff 2b 0e 01 00")

_ANSWER, _EXCEPTION = 0x2B, 0xAB
_OBJECTS: Final = {0: "vendor", 1: "product", 2: "revision"}


async def talk(conn: Conn) -> AsyncIterator[tuple[str, Value]]:
    """Ask once, read one answer."""
    await conn.send(QUESTION)
    head = await conn.exactly(6)
    # 4.1 of the guide: a message has 253 bytes and a unit at most
    size = int.from_bytes(head[4:6], "big")
    if len(head) < 6 or not 2 <= size <= 254:
        return
    found = parse(head + await conn.exactly(size))
    if found is not None:
        yield found


def parse(message: bytes) -> tuple[str, Value] | None:
    """`modbus.device` as `maker | product code | revision`, or `modbus.exception`; None for what is no such answer."""
    if (
        len(message) < 9
        or message[:4] != QUESTION[:4]
        or int.from_bytes(message[4:6], "big") != len(message) - 6
    ):
        return None
    if message[7] == _EXCEPTION:
        return "modbus.exception", str(message[8])
    # 6.21: function, MEI type, which sort was read, conformity, more follows, next object, how many
    if message[7] != _ANSWER or message[8:10] != b"\x0e\x01" or len(message) < 14:
        return None
    told = _objects(message[14:], message[13])
    return "modbus.device", row(*(told.get(name, "") for name in _OBJECTS.values()))


def _objects(data: bytes, count: int) -> dict[str, str]:
    """Each object: its number, its length, its text."""
    told = {}
    for _ in range(count):
        if len(data) < 2 or len(data) < 2 + data[1]:
            break
        if name := _OBJECTS.get(data[0]):
            told[name] = said(data[2 : 2 + data[1]].strip(b"\0 "))
        data = data[2 + data[1] :]
    return told


PROBE: Final = Probe(
    name="modbus",
    ports=frozenset({tcp(502)}),
    touch=Touch.ASK,
    connections=PERMITTED,
    talk=talk,
    sends="By permit only (`ot_read_identity`). One request of 11 bytes: Read Device Identification, basic (function 43,"
    " type 14), to unit 255, the device itself: `0001` number of the request, `0000` Modbus, `0005` bytes follow, `ff`"
    " unit, `2b 0e` function, `01` basic, `00` from the first text. No register is read or written, no other unit asked.",
)
