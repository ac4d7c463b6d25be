"""SQL Server: what it says before a login, its exact build among it ([MS-TDS] 2.2.6.5, PRELOGIN). Never a login packet."""

import struct
from collections.abc import AsyncIterator
from typing import Final

from msgspec import Struct

from scanner.model.kinds import Profile, Touch
from scanner.model.net import tcp
from scanner.model.observation import Value
from scanner.observe.probe import Probe
from scanner.wire.conn import Conn

_PRELOGIN, _ANSWER = 0x12, 0x04
_VERSION, _ENCRYPTION, _END = 0x00, 0x01, 0xFF
_LONGEST: Final = 4096

# [MS-TDS] 2.2.6.5, B_FVALUE of ENCRYPTION
_ENCRYPTIONS: Final = {0: "off", 1: "on", 2: "not-supported", 3: "required"}


class Answer(Struct, frozen=True, kw_only=True):
    """What a server says before a login."""

    version: str
    """Major, minor and build: `10.50.6000`."""
    encryption: str | None
    """Whether what follows a login is encrypted (asked for `off`: only the login itself); None when it does not say."""


async def talk(conn: Conn) -> AsyncIterator[tuple[str, Value]]:
    """Ask once; leave where a login would follow."""
    await conn.send(_question())
    head = await conn.exactly(8)
    length = int.from_bytes(head[2:4], "big")
    if len(head) < 8 or not 8 < length <= _LONGEST:
        return
    answer = parse(head + await conn.exactly(length - 8))
    if answer is None:
        return
    yield "mssql.prelogin", answer.version
    if answer.encryption:
        yield "mssql.encryption", answer.encryption


def parse(packet: bytes) -> Answer | None:
    """Read the answer to a PRELOGIN, or None if it is none."""
    # [MS-TDS] 2.2.3.1: type, status (1 = end of message), length, process, packet, window
    if len(packet) < 8 or packet[0] != _ANSWER or packet[1] != 1:
        return None
    options = _options(packet[8:])
    version = options.get(_VERSION, b"")
    if len(version) != 6 or not version[0]:
        return None
    major, minor, build = struct.unpack(">BBH", version[:4])
    encryption = options.get(_ENCRYPTION, b"")
    return Answer(
        version=f"{major}.{minor}.{build}",
        encryption=_ENCRYPTIONS.get(encryption[0]) if encryption else None,
    )


def _options(body: bytes) -> dict[int, bytes]:
    """Each option by its token: the table at the start says where it lies."""
    found: dict[int, bytes] = {}
    for at in range(0, len(body) - 4, 5):
        if body[at] == _END:
            break
        start, length = struct.unpack_from(">HH", body, at + 1)
        found.setdefault(body[at], body[start : start + length])
    return found


def _question() -> bytes:
    """Ask with version 0 (we are no client of theirs) and encryption off: the server says by itself if it must be on."""
    table = struct.pack(">BHHBHHB", _VERSION, 11, 6, _ENCRYPTION, 17, 1, _END)
    body = table + bytes(6) + b"\0"
    return struct.pack(">BBHHBB", _PRELOGIN, 1, 8 + len(body), 0, 0, 0) + body


PROBE: Final = Probe(
    name="mssql",
    ports=frozenset({tcp(1433)}),
    touch=Touch.ASK,
    connections={Profile.OFFICE: 1, Profile.LAB: 1, Profile.BENCH: 1},
    talk=talk,
    sends="One PRELOGIN packet, which every server answers with its build. No login packet, no user name, no query.",
)
