"""OPC UA: which server is behind a port, and how it lets clients in (OPC 10000-4, 5.5.4; OPC 10000-6, 6.7 and 7.1).

Four messages on one connection, each only after the one before was answered as it should be: hello, a secure channel of
policy None (the only one on which GetEndpoints may be asked by anybody), GetEndpoints, and the channel's end. No session is
created, so nothing of the address space can be read, written or called, and no user is named.
"""

import struct
from collections.abc import AsyncIterator
from typing import Final

from scanner.model.kinds import Touch
from scanner.model.net import tcp
from scanner.model.observation import Scalar, Value
from scanner.observe import uabinary
from scanner.observe.probe import PERMITTED, Probe
from scanner.observe.text import row
from scanner.observe.uabinary import Reader, message, text
from scanner.wire.conn import Conn

_LONGEST: Final = 262144
"""Bytes of one answer: endpoints come with a certificate each."""
_MOST: Final = 64
"""Endpoints that are looked at."""

_NONE: Final = "http://opcfoundation.org/UA/SecurityPolicy#None"
_OPENED, _ENDPOINTS = 449, 431
_MODES: Final = {1: "none", 2: "sign", 3: "sign and encrypt"}
_TOKENS: Final = {0: "anonymous", 1: "password", 2: "certificate", 3: "issued"}

Found = tuple[str, dict[str, Scalar | list[str]]]


def hello(address: str) -> bytes:
    """OPC 10000-6, 7.1.2.3: version 0, buffers of 64 KiB, one message of 256 KiB in four chunks at most, the address."""
    url = f"opc.tcp://[{address}]:4840" if ":" in address else f"opc.tcp://{address}:4840"
    return message(b"HELF", struct.pack("<5I", 0, 65536, 65536, _LONGEST, 4) + text(url))


def _request(handle: int) -> bytes:
    """OPC 10000-4, 7.33: no session, no time, no diagnostics, no audit entry, three seconds."""
    return bytes(2 + 8) + struct.pack("<2IiI", handle, 0, -1, 3000) + bytes(3)


def _opening() -> bytes:
    """OPC 10000-6, 6.7.2: a channel without security, for ten seconds."""
    body = uabinary.kind(446) + _request(1) + struct.pack("<3IiI", 0, 0, 1, -1, 10000)
    return message(b"OPNF", bytes(4) + text(_NONE) + struct.pack("<2i2I", -1, -1, 1, 1) + body)


OPEN: Final = _opening()


def endpoints(channel: tuple[int, int], address: str) -> bytes:
    """GetEndpoints, in any language and of any transport."""
    url = f"opc.tcp://[{address}]:4840" if ":" in address else f"opc.tcp://{address}:4840"
    body = uabinary.kind(428) + _request(2) + text(url) + struct.pack("<2i", -1, -1)
    return message(b"MSGF", struct.pack("<4I", *channel, 2, 2) + body)


def close(channel: tuple[int, int]) -> bytes:
    """The end of the channel."""
    return message(b"CLOF", struct.pack("<4I", *channel, 3, 3) + uabinary.kind(452) + _request(3))


async def talk(conn: Conn) -> AsyncIterator[tuple[str, Value]]:
    """Hello, a channel, one question, goodbye."""
    await conn.send(hello(conn.address))
    if (await _read(conn))[:4] != b"ACKF":
        return
    await conn.send(OPEN)
    channel = opened(await _read(conn))
    if channel is None:
        return
    await conn.send(endpoints(channel, conn.address))
    found = parse(await _read(conn))
    if found is not None:
        yield "opcua.server", found[0]
        yield "opcua.security", found[1]
    await conn.send(close(channel))


async def _read(conn: Conn) -> bytes:
    """One message in one chunk; empty for what is none, is continued or too long."""
    head = await conn.exactly(8)
    size = int.from_bytes(head[4:8], "little")
    if len(head) < 8 or head[3:4] != b"F" or not 8 < size <= _LONGEST:
        return b""
    return head + await conn.exactly(size - 8)


def opened(answer: bytes) -> tuple[int, int] | None:
    """Channel and token of an opened channel; None for any other bytes."""
    reader = Reader(answer)
    if reader.take(4) != b"OPNF":
        return None
    reader.take(8)
    for _ in range(3):
        reader.text()
    reader.take(8)
    if reader.kind() != _OPENED or reader.result() != 0:
        return None
    reader.take(4)
    channel, token = reader.number(), reader.number()
    return None if reader.short else (channel, token)


def parse(answer: bytes) -> Found | None:
    """`application | product | name` of the server, and how it may be entered; None for what lists no endpoint."""
    reader = Reader(answer)
    if reader.take(4) != b"MSGF":
        return None
    reader.take(4 + 16)
    if reader.kind() != _ENDPOINTS or reader.result() != 0:
        return None
    who, policies, modes, tokens = "", set(), set(), set()
    for _ in range(min(reader.number(), _MOST)):
        reader.text()
        server = row(reader.text(), reader.text(), reader.localised())
        reader.take(4)
        reader.text()
        reader.text()
        reader.texts()
        reader.text()
        mode, policy = reader.number(), reader.text()
        ways = [_token(reader) for _ in range(min(reader.number(), _MOST))]
        reader.text()
        reader.take(1)
        if reader.short:
            break
        who = who or server
        modes.add(_MODES.get(mode, str(mode)))
        policies.add(policy.rpartition("#")[2])
        tokens.update(ways)
    if not policies:
        return None
    return who, {"policies": sorted(policies), "modes": sorted(modes), "logins": sorted(tokens)}


def _token(reader: Reader) -> str:
    """OPC 10000-4, 7.42: how a user may say who it is."""
    reader.text()
    sort = reader.number()
    for _ in range(3):
        reader.text()
    return _TOKENS.get(sort, str(sort))


PROBE: Final = Probe(
    name="opcua",
    ports=frozenset({tcp(4840)}),
    touch=Touch.ASK,
    connections=PERMITTED,
    talk=talk,
    sends="By permit only (`ot_read_identity`). Four messages on one connection, each after the answer to the one before:"
    f" `HELF` hello with the device's own address; `OPNF` a channel of {len(OPEN)} bytes without security for ten seconds"
    " (request 446); `MSGF` GetEndpoints (request 428), which every server answers to anybody; `CLOF` the channel's end"
    " (request 452). No session, no user, no read, no write, no call, no browse.",
)
