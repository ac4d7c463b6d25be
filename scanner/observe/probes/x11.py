"""X11: whether a display lets us in, and whose it is (X Window System Protocol, 8: connection setup). No request follows."""

from collections.abc import AsyncIterator
from typing import Final

from msgspec import Struct

from scanner.model.kinds import Profile, Touch
from scanner.model.net import tcp
from scanner.model.observation import Value
from scanner.observe.probe import Probe
from scanner.observe.text import said
from scanner.wire.conn import Conn

_PROTOCOL: Final = 11
_VENDOR_AT: Final = 40
_MOST: Final = 2048
"""The vendor stands at the front; the screens behind it are not read."""

# lowest byte first, protocol 11.0, no authorisation by name, none by data
_SETUP: Final = b"l\0" + _PROTOCOL.to_bytes(2, "little") + bytes(8)


class Answer(Struct, frozen=True, kw_only=True):
    """An answer to a connection setup."""

    access: str
    """`open` (we would be in), `refused`, or `asks` (for more than an address)."""
    vendor: str = ""
    release: int | None = None
    """The vendor's own number for its release; only an open display tells."""


async def talk(conn: Conn) -> AsyncIterator[tuple[str, Value]]:
    """Say hello without authority, read the answer, leave: what is open is closed again at once."""
    await conn.send(_SETUP)
    head = await conn.exactly(8)
    length = int.from_bytes(head[6:8], "little") * 4
    if len(head) < 8:
        return
    answer = parse(head + await conn.exactly(min(length, _MOST)))
    if answer is None:
        return
    yield "x11.access", answer.access
    if answer.vendor:
        yield "x11.vendor", answer.vendor
    if answer.release is not None:
        yield "x11.release", str(answer.release)


def parse(data: bytes) -> Answer | None:
    """Read an answer, or None if no X server answers so."""
    if len(data) < 8 or int.from_bytes(data[2:4], "little") != _PROTOCOL:
        return None
    match data[0]:
        case 0:  # Failed
            return Answer(access="refused")
        case 2:  # Authenticate
            return Answer(access="asks")
        case 1 if len(data) >= _VENDOR_AT:  # Success
            length = int.from_bytes(data[24:26], "little")
            return Answer(
                access="open",
                vendor=said(data[_VENDOR_AT : _VENDOR_AT + length]).strip(),
                release=int.from_bytes(data[8:12], "little"),
            )
        case _:
            return None


PROBE: Final = Probe(
    name="x11",
    ports=frozenset({tcp(6000)}),
    touch=Touch.ASK,
    connections={Profile.OFFICE: 1, Profile.LAB: 1, Profile.BENCH: 1},
    talk=talk,
    sends="The twelve bytes of a connection setup without authority. No request: no window, no key, no screen.",
)
