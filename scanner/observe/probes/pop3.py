"""POP3: the greeting and nothing more (RFC 1939, 4)."""

import re
from collections.abc import AsyncIterator
from typing import Final

from scanner.model.kinds import Touch
from scanner.model.net import tcp
from scanner.model.observation import Value
from scanner.observe.probe import ONCE, Probe
from scanner.observe.text import said
from scanner.wire.conn import Conn

# RFC 1939, 3: a status indicator in upper case, then what may follow
_GREETING: Final = re.compile(rb"(?:\+OK|-ERR)(?:[ \t]+([^\r\n]*))?(?:\r?\n|\Z)")


async def talk(conn: Conn) -> AsyncIterator[tuple[str, Value]]:
    """Read the greeting, take leave."""
    banner = parse(await conn.until(b"\n", 2048))
    if banner is None:
        return
    yield "pop3.banner", banner
    await conn.send(b"QUIT\r\n")
    await conn.some(512)


def parse(greeting: bytes) -> str | None:
    """The greeting's text without its status, or None if no POP3 server greets so."""
    found = _GREETING.match(greeting)
    return said((found[1] or b"").strip()) or None if found else None


PROBE: Final = Probe(
    name="pop3",
    ports=frozenset({tcp(110)}),
    touch=Touch.GREET,
    connections=ONCE,
    talk=talk,
    sends="QUIT, after the greeting was read. No user name, no command.",
)
