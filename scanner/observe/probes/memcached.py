"""memcached: its version (memcached's protocol.txt, "version"). Nothing that it holds is read."""

import re
from collections.abc import AsyncIterator
from typing import Final

from scanner.model.kinds import Profile, Touch
from scanner.model.net import tcp
from scanner.model.observation import Value
from scanner.observe.probe import Probe
from scanner.observe.text import said
from scanner.wire.conn import Conn

_ANSWER: Final = re.compile(rb"VERSION ([\x21-\x7e]{1,64})\r?\n")


async def talk(conn: Conn) -> AsyncIterator[tuple[str, Value]]:
    """Ask for the version, take leave."""
    await conn.send(b"version\r\n")
    version = parse(await conn.until(b"\n", 256))
    if version is None:
        return
    yield "memcached.version", version
    await conn.send(b"quit\r\n")


def parse(line: bytes) -> str | None:
    """The version as it says it, or None if no memcached answers so."""
    found = _ANSWER.fullmatch(line)
    return said(found[1]) if found else None


PROBE: Final = Probe(
    name="memcached",
    ports=frozenset({tcp(11211)}),
    touch=Touch.ASK,
    connections={Profile.OFFICE: 1, Profile.LAB: 1, Profile.BENCH: 1},
    talk=talk,
    sends="The words `version` and `quit`. No key, no statistics.",
)
