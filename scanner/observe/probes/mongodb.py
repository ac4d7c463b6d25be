"""MongoDB: what every driver asks before it logs in (MongoDB wire protocol, OP_QUERY; command isMaster, later hello).

The answer has no version of the server, but the highest wire version it speaks, which each release line raises. The
version itself (buildInfo) is a second question and is not asked: what listens, and how old it is, is known without.
"""

import struct
from collections.abc import AsyncIterator, Iterator
from typing import Final

from scanner.model.kinds import Profile, Touch
from scanner.model.net import tcp
from scanner.model.observation import Scalar, Value
from scanner.observe.probe import Probe
from scanner.observe.text import said
from scanner.wire.conn import Conn

_REPLY, _QUERY = 1, 2004
_NUMBER: Final = 0x5348
_MOST: Final = 16384
_FIELDS: Final = 64

# BSON 1.1: bytes that a value of each type takes, where that is always the same
_SIZES: Final = {0x01: 8, 0x06: 0, 0x07: 12, 0x08: 1, 0x09: 8, 0x0A: 0, 0x10: 4, 0x11: 8, 0x12: 8, 0x13: 16}
_TEXT, _ARRAY, _BOOL, _INT = 0x02, 0x04, 0x08, 0x10


async def talk(conn: Conn) -> AsyncIterator[tuple[str, Value]]:
    """Ask once; leave."""
    await conn.send(_question())
    head = await conn.exactly(16)
    length = int.from_bytes(head[:4], "little")
    if len(head) < 16 or not 16 < length <= _MOST:
        return
    for fact in parse(head + await conn.exactly(length - 16)) or ():
        yield fact


def parse(message: bytes) -> list[tuple[str, Value]] | None:
    """The highest wire version, and the replica set with its members, where there is one; None for any other bytes."""
    # standard header: length, number, the number answered, kind; OP_REPLY: flags, cursor, start, count, documents
    if len(message) < 41 or struct.unpack_from("<II", message, 8) != (_NUMBER, _REPLY):
        return None
    told = dict(_document(message[36:]))
    if "ismaster" not in told:
        return None
    # releases before 2.5.1 have none: 0, as drivers take it
    facts: list[tuple[str, Value]] = [("mongodb.wire", str(told.get("maxWireVersion", 0)))]
    place: dict[str, Scalar | list[str]] = {
        name: value for name in ("setName", "me", "hosts", "msg") if (value := told.get(name))
    }
    if place:
        facts.append(("mongodb.set", place))
    return facts


def _document(data: bytes) -> Iterator[tuple[str, int | str | list[str]]]:
    """The numbers, texts and lists of texts at the top of a document; what else it holds is stepped over."""
    at = 4
    for _ in range(_FIELDS):
        end = data.find(b"\0", at + 1)
        if end < 0 or not data[at]:
            return
        kind, name = data[at], said(data[at + 1 : end])[:64]
        at = end + 1
        size = _size(kind, data[at : at + 4])
        if size is None:
            return
        value = data[at : at + size]
        at += size
        if kind in {_BOOL, _INT} and len(value) == size:
            yield name, int.from_bytes(value, "little", signed=True)
        elif kind == _TEXT:
            yield name, _short(value)
        elif kind == _ARRAY:
            yield name, [text for _, text in _texts(value)]


def _texts(data: bytes) -> Iterator[tuple[str, str]]:
    """The texts of a list of texts; one of anything else ends it."""
    at = 4
    for _ in range(_FIELDS):
        end = data.find(b"\0", at + 1)
        size = _size(_TEXT, data[end + 1 : end + 5])
        if end < 0 or data[at] != _TEXT or size is None:
            return
        yield said(data[at + 1 : end])[:64], _short(data[end + 1 : end + 1 + size])
        at = end + 1 + size


def _short(value: bytes) -> str:
    return said(value[4:].rstrip(b"\0"))[:255]


def _size(kind: int, ahead: bytes) -> int | None:
    """How many bytes a value takes, from its first four; None where that cannot be told."""
    if kind in _SIZES:
        return _SIZES[kind]
    length = int.from_bytes(ahead, "little")
    if len(ahead) < 4 or length > _MOST:
        return None
    match kind:
        case 0x02:  # text: its length does not count itself
            return 4 + length
        case 0x03 | 0x04:  # documents and lists count themselves
            return max(length, 5)
        case 0x05:  # bytes: length, subtype
            return 5 + length
        case _:
            return None


def _question() -> bytes:
    """OP_QUERY: may be asked of a secondary (4), of the commands of `admin`, one answer (-1)."""
    document = struct.pack("<I", 19) + b"\x10isMaster\0" + struct.pack("<IB", 1, 0)
    body = struct.pack("<I", 4) + b"admin.$cmd\0" + struct.pack("<Ii", 0, -1) + document
    return struct.pack("<IIII", 16 + len(body), _NUMBER, 0, _QUERY) + body


PROBE: Final = Probe(
    name="mongodb",
    ports=frozenset({tcp(27017)}),
    touch=Touch.ASK,
    connections={Profile.OFFICE: 1, Profile.LAB: 1, Profile.BENCH: 1},
    talk=talk,
    sends="One isMaster, which every driver sends before it logs in. No database is named, listed or read.",
)
