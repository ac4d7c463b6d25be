"""MQTT, in a lab alone: whether a broker takes somebody without a name or password (MQTT 3.1.1, 3.1 and 3.2).

A CONNECT is a login even when it names nobody, so elsewhere the port is seen open and asked nothing.
"""

from collections.abc import AsyncIterator
from typing import Final

from scanner.model.kinds import Profile, Touch
from scanner.model.net import tcp
from scanner.model.observation import Value
from scanner.observe.probe import Probe
from scanner.wire.conn import Conn

# 3.1.2, 3.1.3.1: protocol level 4, a clean session of 10 seconds, and the empty client id, which replaces nobody's
_CONNECT: Final = b"\x10\x0c\0\x04MQTT\x04\x02\0\x0a\0\0"
_DISCONNECT: Final = b"\xe0\0"
# 3.2.2.3: return codes
_CODES: Final = {
    0: "open",
    1: "refused: protocol",
    2: "refused: client id",
    3: "refused: unavailable",
    4: "refused: user name or password",
    5: "refused: not authorised",
}


async def talk(conn: Conn) -> AsyncIterator[tuple[str, Value]]:
    """Ask to be let in as nobody, read the answer, take leave."""
    await conn.send(_CONNECT)
    access = parse(await conn.exactly(4))
    if access is None:
        return
    yield "mqtt.access", access
    if access == "open":
        await conn.send(_DISCONNECT)


def parse(answer: bytes) -> str | None:
    """`open`, or why not; None for what is no CONNACK (3.2: 20 02, a flag, the code)."""
    if len(answer) != 4 or answer[:2] != b"\x20\x02" or answer[2] > 1:
        return None
    return _CODES.get(answer[3])


PROBE: Final = Probe(
    name="mqtt",
    ports=frozenset({tcp(1883)}),
    touch=Touch.ASK,
    connections={Profile.LAB: 1, Profile.BENCH: 1},
    talk=talk,
    sends="Lab only: one CONNECT without user name, password and client id, and a DISCONNECT where it was let in. Nothing"
    " is subscribed or published.",
)
