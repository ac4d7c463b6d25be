"""IEC 60870-5-104: one test frame, which a station confirms; no data transfer is started (IEC 60870-5-104, 5.1 and 5.2)."""

from collections.abc import AsyncIterator
from typing import Final

from scanner.model.kinds import Touch
from scanner.model.net import tcp
from scanner.model.observation import Value
from scanner.observe.probe import PERMITTED, Probe
from scanner.wire.conn import Conn

QUESTION: Final = bytes.fromhex("68 04 43000000")
"""5.1: start, four bytes follow, TESTFR act; an unnumbered frame carries no data."""
_CONFIRMED: Final = bytes.fromhex("68 04 83000000")


async def talk(conn: Conn) -> AsyncIterator[tuple[str, Value]]:
    """Ask for a sign of life, read one frame."""
    await conn.send(QUESTION)
    found = parse(await conn.exactly(6))
    if found is not None:
        yield "iec104.testfr", found


def parse(frame: bytes) -> str | None:
    """`confirmed` for TESTFR con; None for any other bytes."""
    return "confirmed" if frame == _CONFIRMED else None


PROBE: Final = Probe(
    name="iec104",
    ports=frozenset({tcp(2404)}),
    touch=Touch.ASK,
    connections=PERMITTED,
    talk=talk,
    sends="By permit only (`ot_read_identity`). One frame of 6 bytes, `68 04 43000000`: TESTFR act, the sign of life that"
    " either side may ask for. STARTDT is never sent, so no data flows and no command can. A station that serves one"
    " master at a time may take this connection for a second one.",
)
