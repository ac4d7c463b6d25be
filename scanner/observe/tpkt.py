"""ISO transport over TCP: how S7 and MMS carry their messages (RFC 1006; ISO 8073, classes 0)."""

from typing import Final

from scanner.wire.conn import Conn

LONGEST: Final = 8192
"""Bytes of one packet that are read: an answer of ours has a few hundred."""

DATA: Final = b"\x02\xf0\x80"
"""ISO 8073, 13.7: a data unit that is not continued."""


def packet(payload: bytes) -> bytes:
    """RFC 1006, 6: version 3, a reserved byte, and the length of the whole."""
    return b"\x03\x00" + (4 + len(payload)).to_bytes(2, "big") + payload


def connect(calling: bytes, called: bytes) -> bytes:
    """ISO 8073, 13.3: a connection request from one transport selector to another, TPDUs of 1024 bytes."""
    options = b"\xc0\x01\x0a" + b"\xc1" + bytes([len(calling)]) + calling
    options += b"\xc2" + bytes([len(called)]) + called
    head = b"\xe0\x00\x00\x00\x01\x00" + options
    return packet(bytes([len(head)]) + head)


def confirmed(answer: bytes) -> bool:
    """Whether a payload is a connection confirm (ISO 8073, 13.4); a disconnect request is none."""
    return len(answer) >= 7 and answer[1] & 0xF0 == 0xD0


def carried(answer: bytes) -> bytes | None:
    """What a payload carries, where it is a data unit that is not continued; None for anything else."""
    return answer[3:] if answer.startswith(DATA) else None


async def read(conn: Conn) -> bytes:
    """The payload of the next packet; empty for what is none, is too long or was cut short."""
    head = await conn.exactly(4)
    size = int.from_bytes(head[2:4], "big") - 4
    if len(head) < 4 or head[0] != 3 or not 0 < size <= LONGEST:
        return b""
    payload = await conn.exactly(size)
    return payload if len(payload) == size else b""
