"""VMware's authentication daemon on ESX hosts and workstations: its greeting and nothing more."""

import re
from collections.abc import AsyncIterator
from typing import Final

from scanner.model.kinds import Profile, Touch
from scanner.model.net import tcp
from scanner.model.observation import Value
from scanner.observe import reply
from scanner.observe.probe import Probe
from scanner.wire.conn import Conn

_NAME: Final = re.compile(r"\s*VMware Authentication Daemon\b")


async def talk(conn: Conn) -> AsyncIterator[tuple[str, Value]]:
    """Read the greeting, leave."""
    greeting = parse(await reply.receive(conn))
    if greeting is not None:
        yield "vmware.authd", greeting


def parse(greeting: bytes) -> str | None:
    """The greeting's text without its code, or None if it is another service's."""
    read = reply.parse(greeting)
    return read[1].strip() if read and read[0] == 220 and _NAME.match(read[1]) else None


PROBE: Final = Probe(
    name="vmware",
    ports=frozenset({tcp(902), tcp(912)}),
    touch=Touch.GREET,
    connections={Profile.OFFICE: 1, Profile.LAB: 1, Profile.BENCH: 1},
    talk=talk,
    sends="Nothing. The greeting is read; no user, no session, and its `/sdk` is never asked for.",
)
