"""rexec, rlogin and rsh: what they say to somebody who says nothing. Their handshake is a login, so none is begun.

Some refuse at once whoever calls from an ordinary port (RFC 1282, and rshd's manual), and name themselves in the refusal.
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

# a refusal begins with a byte 1 where the daemon speaks the protocol to its end
_REFUSAL: Final = re.compile(
    rb"\x01[\x20-\x7e]|\x01?(?:x?remshd|(?:in\.)?r(?:shd|logind|execd|exec|login))\b[\x20-\x7e]*:",
    re.IGNORECASE,
)
_LONGEST: Final = 1024


async def talk(conn: Conn) -> AsyncIterator[tuple[str, Value]]:
    """Read a line, leave."""
    answer = parse(await conn.until(b"\n", _LONGEST))
    if answer:
        yield "rsh.response", answer


def parse(line: bytes) -> str | None:
    """The refusal without the byte in front of it, or None if no such daemon refuses so."""
    return said(line.lstrip(b"\x01")).strip() if _REFUSAL.match(line) else None


PROBE: Final = Probe(
    name="rsh",
    ports=frozenset({tcp(512), tcp(513), tcp(514)}),
    touch=Touch.GREET,
    connections={Profile.OFFICE: 1, Profile.LAB: 1, Profile.BENCH: 1},
    talk=talk,
    sends="Nothing. A refusal that comes by itself is read; the handshake would be a login.",
)
