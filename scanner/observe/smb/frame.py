"""The four bytes before every SMB message: type and length (RFC 1002, 4.3.1; [MS-SMB2] 2.1)."""

from typing import Final

from scanner.wire.conn import Conn

_LONGEST: Final = 0x1FFFF
"""RFC 1002: 17 bits of length; an answer to a negotiation has a few hundred bytes."""


def frame(message: bytes) -> bytes:
    """A session message with its length before it."""
    return len(message).to_bytes(4, "big") + message


async def receive(conn: Conn) -> bytes:
    """The next session message without its head; the head alone when it is no such thing, empty when nothing came."""
    head = await conn.exactly(4)
    length = int.from_bytes(head[1:], "big")
    # RFC 1002, 4.3.1: type 0 is a session message
    if len(head) < 4 or head[0] != 0 or length > _LONGEST:
        return head
    return await conn.exactly(length)
