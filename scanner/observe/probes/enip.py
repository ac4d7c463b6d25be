"""EtherNet/IP: ListIdentity to one device (ODVA, CIP volume 2, 2-4.2)."""

import struct
from collections.abc import AsyncIterator
from typing import Final

from scanner.model.kinds import Touch
from scanner.model.net import tcp
from scanner.model.observation import Value
from scanner.observe.probe import PERMITTED, Probe
from scanner.observe.text import row, said
from scanner.wire.conn import Conn

QUESTION: Final = b"\x63\x00" + bytes(22)
"""2-3.1: the command, then length, session, status, context and options, all zero."""

_LONGEST: Final = 1024
_IDENTITY: Final = 0x000C
# 2-4.2.3, after the protocol's version and the socket address: maker, type, product, revision, status, serial number
_FIXED: Final = struct.Struct("<HHHBBHI")

TYPES: Final = {
    0x02: "drive",
    0x07: "i/o",
    0x0C: "adapter",
    0x0E: "plc",
    0x18: "hmi",
    0x2C: "switch",
}
"""CIP volume 1, 6-1: device profiles that say what sort of thing it is."""


async def talk(conn: Conn) -> AsyncIterator[tuple[str, Value]]:
    """Ask once, read one answer."""
    await conn.send(QUESTION)
    head = await conn.exactly(24)
    size = int.from_bytes(head[2:4], "little")
    if len(head) < 24 or not 0 < size <= _LONGEST:
        return
    found = parse(head + await conn.exactly(size))
    if found is not None:
        yield "enip.identity", found


def parse(message: bytes) -> str | None:
    """`maker's number | type | product's number | revision | product name`; None for what is no such answer."""
    # 2-4.2.3: status 0, one item or more, the first an identity
    if message[:2] != b"\x63\x00" or message[8:12] != bytes(4) or len(message) < 30:
        return None
    count, kind, size = struct.unpack_from("<HHH", message, 24)
    item = message[30 : 30 + size]
    if not count or kind != _IDENTITY or len(item) < 18 + _FIXED.size + 1 or len(item) < size:
        return None
    # the socket address in it is the device's own idea of where it is: nobody goes there
    maker, sort, product, major, minor, _status, _serial = _FIXED.unpack_from(item, 18)
    at = 18 + _FIXED.size
    name = said(item[at + 1 : at + 1 + item[at]].strip(b"\0 "))
    return row(str(maker), TYPES.get(sort, str(sort)), str(product), f"{major}.{minor:03}", name)


PROBE: Final = Probe(
    name="enip",
    ports=frozenset({tcp(44818)}),
    touch=Touch.ASK,
    connections=PERMITTED,
    talk=talk,
    sends="By permit only (`ot_read_identity`). One request of 24 bytes: ListIdentity: `6300` and 22 zero bytes. No session"
    " is registered, so no object can be read or written, and nothing is sent to everybody.",
)
