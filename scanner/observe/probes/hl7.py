"""HL7 version 2 over MLLP: present where its port is open; nothing is sent (HL7 2.9, appendix C: Minimal Lower Layer Protocol).

Its ports are on the never-list, so that a connection is made in a lab alone, where an operator opened one by name. What a
listener says by itself there, if anything, tells who sends: the application and the version, never the message.
"""

from collections.abc import AsyncIterator
from typing import Final

from scanner.model.kinds import Profile, Touch
from scanner.model.net import tcp
from scanner.model.observation import Value
from scanner.observe.probe import Probe
from scanner.observe.text import row, said
from scanner.wire.conn import Conn

_LISTENED: Final = 2.0
"""Seconds in which a listener may speak first; hardly any does."""

_START: Final = b"\x0bMSH"


async def talk(conn: Conn) -> AsyncIterator[tuple[str, Value]]:
    """Listen."""
    found = parse(await conn.quiet(_LISTENED, 1024))
    if found is not None:
        yield "hl7.sender", found


def parse(message: bytes) -> str | None:
    """`application | version` out of a message's first segment (HL7, 2.13.9); None for any other bytes."""
    if not message.startswith(_START) or len(message) < 6:
        return None
    fields = message[1:].partition(b"\r")[0].split(message[4:5])
    # MSH-1 is the separator itself, so that MSH-3 stands third and MSH-12 twelfth in the row
    application, version = ([*fields, *([b""] * 12)][at] for at in (2, 11))
    return row(*(said(each.partition(b"^")[0]) for each in (application, version)))


PROBE: Final = Probe(
    name="hl7",
    ports=frozenset({tcp(2575), tcp(6661)}),
    touch=Touch.GREET,
    connections={Profile.LAB: 1, Profile.BENCH: 1},
    talk=talk,
    sends="Nothing, ever. Its ports are on the never-list: that one is open is learned from imports and captures. Where an"
    " operator of a lab opens it by name, the device is listened to for two seconds.",
)
