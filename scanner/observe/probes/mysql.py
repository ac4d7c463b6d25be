"""MySQL and MariaDB: the handshake that the server sends first, or why it will not (client/server protocol, version 10).

The server counts a connection that ends at its greeting as an error, and after `max_connect_errors` of them (10 in old
versions, 100 since 5.6) without a login in between it refuses the host. So this port is met once and never again in a run.
"""

import re
from collections.abc import AsyncIterator
from typing import Final

from scanner.model.kinds import Touch
from scanner.model.net import tcp
from scanner.model.observation import Value
from scanner.observe.probe import ONCE, Probe
from scanner.observe.text import said
from scanner.wire.conn import Conn

_LONGEST: Final = 4096
# Protocol::HandshakeV10 and V9: a number, then the server's version up to a NUL
_HANDSHAKE: Final = re.compile(rb"[\x09\x0a]([\x20-\x7e]{1,64})\0")
# ERR_Packet: 0xFF, the code (lowest byte first), from 4.1 on perhaps an SQL state, the text
_ERROR: Final = re.compile(rb"\xff..(?:#[0-9A-Z]{5})?(.+)", re.DOTALL)


async def talk(conn: Conn) -> AsyncIterator[tuple[str, Value]]:
    """Read the server's first packet; nothing is sent."""
    head = await conn.exactly(4)
    length = int.from_bytes(head[:3], "little")
    if len(head) < 4 or not 0 < length <= _LONGEST:
        return
    fact = parse(head + await conn.exactly(length))
    if fact is not None:
        yield fact


def parse(packet: bytes) -> tuple[str, str] | None:
    """The server's version as `mysql.banners`, or its refusal as `mysql.error`; None for any other bytes."""
    # the first packet of a connection has number 0
    if len(packet) < 6 or packet[3]:
        return None
    body = packet[4 : 4 + int.from_bytes(packet[:3], "little")]
    if version := _HANDSHAKE.match(body):
        return "mysql.banners", said(version[1])
    refused = _ERROR.fullmatch(body)
    return ("mysql.error", said(refused[1])) if refused else None


PROBE: Final = Probe(
    name="mysql",
    ports=frozenset({tcp(3306)}),
    touch=Touch.GREET,
    connections=ONCE,
    talk=talk,
    sends="Nothing: the server speaks first, and its greeting is read. The server counts that as one broken-off"
    " connection of this machine (max_connect_errors), so there is one connection and no second.",
)
