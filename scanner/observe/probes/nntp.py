"""NNTP: the greeting and nothing more (RFC 3977, 5.1)."""

from collections.abc import AsyncIterator
from typing import Final

from scanner.model.kinds import Touch
from scanner.model.net import tcp
from scanner.model.observation import Value
from scanner.observe import reply
from scanner.observe.probe import ONCE, Probe
from scanner.wire.conn import Conn


async def talk(conn: Conn) -> AsyncIterator[tuple[str, Value]]:
    """Read the greeting, take leave."""
    banner = parse(await conn.until(b"\n", 2048))
    if banner is None:
        return
    yield "nntp.banner", banner
    await conn.send(b"QUIT\r\n")
    await conn.some(512)


def parse(greeting: bytes) -> str | None:
    """The greeting's text without its code, or None if no news server greets so."""
    read = reply.parse(greeting)
    # RFC 3977, 5.1.1: posting allowed or not, not available for now or for good
    if read is None or read[0] not in {200, 201, 400, 502}:
        return None
    return read[1] or None


PROBE: Final = Probe(
    name="nntp",
    ports=frozenset({tcp(119)}),
    touch=Touch.GREET,
    connections=ONCE,
    talk=talk,
    sends="QUIT, after the greeting was read. No group, no article, no user name.",
)
