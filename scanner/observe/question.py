"""One question by UDP, and what its answer says: the shape that every probe by datagram has."""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final

from scanner.model.observation import Value
from scanner.observe.probe import Talk
from scanner.wire.conn import Conn

LONGEST: Final = 9000
"""Bytes of one answer: no datagram on an ordinary network is longer, jumbo frames included."""

Facts = Callable[[bytes], Sequence[tuple[str, Value]]]
"""Pure: what one answer says, nothing for any other bytes."""


def talk(question: bytes, facts: Facts) -> Talk:
    """A probe's `talk`: ask once, read one answer."""

    async def ask(conn: Conn) -> AsyncIterator[tuple[str, Value]]:
        await conn.send(question)
        for fact in facts(await conn.some(LONGEST)):
            yield fact

    return ask
