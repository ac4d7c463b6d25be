"""IMAP: the greeting and nothing more (RFC 9051, 7.1)."""

import re
from collections.abc import AsyncIterator
from typing import Final

from scanner.model.kinds import Touch
from scanner.model.net import tcp
from scanner.model.observation import Value
from scanner.observe.probe import ONCE, Probe
from scanner.observe.text import said
from scanner.wire.conn import Conn

# RFC 9051, 9 (greeting): untagged OK, PREAUTH or BYE
_GREETING: Final = re.compile(rb"\* (?:OK|PREAUTH|BYE) +([^\r\n]*)", re.IGNORECASE)


async def talk(conn: Conn) -> AsyncIterator[tuple[str, Value]]:
    """Read the greeting, take leave."""
    banner = parse(await conn.until(b"\n", 4096))
    if banner is None:
        return
    yield "imap4.banner", banner
    await conn.send(b"a LOGOUT\r\n")
    await conn.some(512)


def parse(greeting: bytes) -> str | None:
    """The greeting's text without its status, or None if no IMAP server greets so."""
    found = _GREETING.match(greeting)
    return said(found[1].strip()) or None if found else None


PROBE: Final = Probe(
    name="imap",
    ports=frozenset({tcp(143)}),
    touch=Touch.GREET,
    connections=ONCE,
    talk=talk,
    sends="LOGOUT, after the greeting was read. No user name, no other command.",
)
