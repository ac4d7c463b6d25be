"""PostgreSQL: whether it would encrypt (SSLRequest; PostgreSQL manual, Message Formats). Its version needs a login.

A StartupMessage must name a user, which is a login attempt and stands in the server's log as one: it is never sent,
so this probe says that a PostgreSQL is there and whether it has TLS, not which one it is.
"""

import struct
from collections.abc import AsyncIterator
from typing import Final

from scanner.model.kinds import Profile, Touch
from scanner.model.net import tcp
from scanner.model.observation import Value
from scanner.observe.probe import Probe
from scanner.wire.conn import Conn

_QUESTION: Final = struct.pack(">IHH", 8, 1234, 5679)


async def talk(conn: Conn) -> AsyncIterator[tuple[str, Value]]:
    """Ask once; one byte answers."""
    await conn.send(_QUESTION)
    answer = parse(await conn.some(64))
    if answer is not None:
        yield "postgres.ssl", answer


def parse(answer: bytes) -> str | None:
    """`yes` or `no`; None for anything but the one byte that a PostgreSQL answers."""
    return {b"S": "yes", b"N": "no"}.get(answer)


PROBE: Final = Probe(
    name="postgres",
    ports=frozenset({tcp(5432)}),
    touch=Touch.ASK,
    connections={Profile.OFFICE: 1, Profile.LAB: 1, Profile.BENCH: 1},
    talk=talk,
    sends="The eight bytes of an SSLRequest, which ask whether TLS would be spoken. No TLS follows, no start-up message:"
    " that would name a user, so the version is not asked.",
)
