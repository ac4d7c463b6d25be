"""SMUX: whether an SNMP agent listens for parts of itself (RFC 1227). We take leave at once; nothing is registered.

Old agents listen for the programs whose answers they pass on, whoever calls: on every interface, and beside a locked SNMP.
"""

from collections.abc import AsyncIterator
from typing import Final

from scanner.model.kinds import Profile, Touch
from scanner.model.net import tcp
from scanner.model.observation import Value
from scanner.observe import asn1
from scanner.observe.probe import Probe
from scanner.wire.conn import Conn

# RFC 1227, 3.3: ClosePDU ::= [APPLICATION 1] IMPLICIT INTEGER
_CLOSE: Final = 0x41
_REASONS: Final = (
    "goingDown",
    "unsupportedVersion",
    "packetFormat",
    "protocolError",
    "internalError",
    "authenticationFailure",
)
_LENGTH: Final = 3


async def talk(conn: Conn) -> AsyncIterator[tuple[str, Value]]:
    """Say that we leave, read how the agent takes leave of one that never opened."""
    await conn.send(asn1.element(_CLOSE, b"\0"))
    reason = parse(await conn.exactly(_LENGTH))
    if reason:
        yield "smux.close", reason


def parse(data: bytes) -> str | None:
    """Why the agent closes, in the words of RFC 1227; None for anything but one ClosePDU."""
    found = list(asn1.parts(data))
    if len(found) != 1 or asn1.end(data) != len(data):
        return None
    tag, content = found[0]
    if tag != _CLOSE or len(content) != 1 or content[0] >= len(_REASONS):
        return None
    return _REASONS[content[0]]


PROBE: Final = Probe(
    name="smux",
    ports=frozenset({tcp(199)}),
    touch=Touch.ASK,
    connections={Profile.OFFICE: 1, Profile.LAB: 1, Profile.BENCH: 1},
    talk=talk,
    sends="Three bytes: a ClosePDU with the reason goingDown, which is how a peer takes leave. No OpenPDU, no identity, no"
    " password, and nothing is registered.",
)
