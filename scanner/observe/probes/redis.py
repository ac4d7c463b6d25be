"""Redis: what it says by itself. No command is sent, not even PING: a database that asks for no password takes any.

Only one in protected mode (Redis 3.2 and later, redis.conf "protected-mode"), or one that is full, speaks before it is
asked; from the others nothing is learnt but the open port.
"""

import re
from collections.abc import AsyncIterator
from typing import Final

from scanner.model.kinds import Profile, Touch
from scanner.model.net import tcp
from scanner.model.observation import Value
from scanner.observe.probe import Probe
from scanner.observe.text import said
from scanner.wire.conn import Conn

# RESP: an error is a line that begins with a minus, here the only words that come unasked
_ACCESS: Final = (
    (re.compile(rb"-DENIED [^\r\n]*protected mode"), "protected"),
    (re.compile(rb"-ERR max number of clients"), "full"),
)
_LONGEST: Final = 2048


async def talk(conn: Conn) -> AsyncIterator[tuple[str, Value]]:
    """Read one line, leave."""
    line = await conn.until(b"\n", _LONGEST)
    access = parse(line)
    if access is None:
        return
    yield "redis.access", access
    yield "redis.greeting", said(line[1:]).strip()


def parse(line: bytes) -> str | None:
    """Why it lets nobody in: `protected` or `full`; None for anything else."""
    return next((access for pattern, access in _ACCESS if pattern.match(line)), None)


PROBE: Final = Probe(
    name="redis",
    ports=frozenset({tcp(6379)}),
    touch=Touch.GREET,
    connections={Profile.OFFICE: 1, Profile.LAB: 1, Profile.BENCH: 1},
    talk=talk,
    sends="Nothing. One line is read, which only a Redis in protected mode (or a full one) sends by itself.",
)
