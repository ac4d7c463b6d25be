"""FTP: the greeting and nothing more (RFC 959, 5.4)."""

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
    banner = parse(await reply.receive(conn))
    if banner is None:
        return
    yield "ftp.banner", banner
    await conn.send(b"QUIT\r\n")
    await conn.some(512)


def parse(greeting: bytes) -> str | None:
    """The greeting's text without its code, or None if no FTP server greets so."""
    read = reply.parse(greeting)
    # RFC 959, 5.4: 120 (wait), 220 (ready), 421 (not available); many say 5xx to whom they do not want
    if read is None or read[0] not in {120, 220, 421, 500, 530, 550}:
        return None
    return read[1] or None


PROBE: Final = Probe(
    name="ftp",
    ports=frozenset({tcp(21)}),
    touch=Touch.GREET,
    connections=ONCE,
    talk=talk,
    sends="QUIT, after the greeting was read. No user name, no command.",
)
