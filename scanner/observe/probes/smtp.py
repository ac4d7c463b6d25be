"""SMTP: the greeting; in office networks also what it offers (RFC 5321, 3.1 and 4.1.1.1)."""

from collections.abc import AsyncIterator
from typing import Final

from scanner.model.kinds import Profile, Touch
from scanner.model.net import tcp
from scanner.model.observation import Value
from scanner.observe import reply
from scanner.observe.another import another
from scanner.observe.probe import Probe
from scanner.wire.conn import Conn

_NAME: Final = b"stalehost.invalid"
"""Who we say we are: a name that cannot exist (RFC 6761), so that no log mistakes us for a mail server."""


async def talk(conn: Conn) -> AsyncIterator[tuple[str, Value]]:
    """Read the greeting, take leave; where a second connection is allowed, ask there for the extensions."""
    banner = parse(await reply.receive(conn))
    if banner is None:
        return
    yield "smtp.banner", banner
    await _leave(conn)
    async with another(conn) as second:
        if second is None or parse(await reply.receive(second)) is None:
            return
        await second.send(b"EHLO " + _NAME + b"\r\n")
        if offered := parse_ehlo(await reply.receive(second)):
            yield "smtp.ehlo", {"name": offered[0], "extensions": offered[1:]}
        await _leave(second)


def parse(greeting: bytes) -> str | None:
    """The greeting's text without its code, or None if no mail server greets so."""
    read = reply.parse(greeting)
    # RFC 5321, 4.3.2: 220 (ready), 421 (not available), 554 (no service here)
    if read is None or read[0] not in {220, 421, 554}:
        return None
    return read[1] or None


def parse_ehlo(answer: bytes) -> list[str]:
    """The lines of a positive answer to EHLO, its name for itself first; empty otherwise."""
    read = reply.parse(answer)
    return [line.strip() for line in read[1].splitlines()] if read and read[0] == 250 else []


async def _leave(conn: Conn) -> None:
    await conn.send(b"QUIT\r\n")
    await conn.some(512)


PROBE: Final = Probe(
    name="smtp",
    ports=frozenset({tcp(25), tcp(587)}),
    touch=Touch.ASK,
    connections={
        Profile.CLINICAL: 1,
        Profile.OT: 1,
        Profile.OFFICE: 2,
        Profile.LAB: 2,
        Profile.BENCH: 2,
    },
    talk=talk,
    sends="QUIT, after the greeting was read. Office and lab: a second connection that sends EHLO stalehost.invalid"
    " and QUIT. No sender, no recipient, no mail.",
)
