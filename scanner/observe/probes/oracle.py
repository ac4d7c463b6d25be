"""Oracle: a database's listener is pinged, as Oracle's own tnsping does (TNS connect packet, COMMAND=ping). No login.

The listener refuses the connection, as it does every ping, and gives its version with the refusal (VSNNUM).
"""

import re
import struct
from collections.abc import AsyncIterator
from typing import Final

from scanner.model.kinds import Profile, Touch
from scanner.model.net import tcp
from scanner.model.observation import Value
from scanner.observe.probe import Probe
from scanner.wire.conn import Conn

_CONNECT: Final = 1
_ANSWERS: Final = frozenset({2, 4, 11})
"""Accept, refuse, resend."""
_PING: Final = b"(CONNECT_DATA=(COMMAND=ping))"
_DATA_AT: Final = 58
_MOST: Final = 4096
_VERSION: Final = re.compile(rb"\(VSNNUM=(\d{1,10})\)")
_ERROR: Final = re.compile(rb"\(ERR=(\d{1,6})\)")
_NEW: Final = 18


async def talk(conn: Conn) -> AsyncIterator[tuple[str, Value]]:
    """Ping once; read the refusal."""
    await conn.send(_question())
    head = await conn.exactly(8)
    length = int.from_bytes(head[:2], "big")
    if len(head) < 8 or not 8 <= length <= _MOST:
        return
    for fact in parse(head + await conn.exactly(length - 8)) or ():
        yield fact


def parse(packet: bytes) -> list[tuple[str, Value]] | None:
    """The listener's version and the error it gives, as far as it tells; None for what is no TNS packet."""
    # length, checksum, kind, nothing, checksum of the head
    if len(packet) < 8 or packet[4] not in _ANSWERS or int.from_bytes(packet[:2], "big") != len(packet):
        return None
    facts: list[tuple[str, Value]] = []
    if version := _VERSION.search(packet):
        facts.append(("oracle.tns", _version(int(version[1]))))
    if error := _ERROR.search(packet):
        facts.append(("oracle.error", error[1].decode()))
    return facts or [("oracle.error", f"packet {packet[4]}")]


def _version(number: int) -> str:
    """`186647552` is 11.2.0.4.0: five numbers in 8, 4, 8, 4 and 8 bits; from 18 on only the first is laid out as before."""
    major = number >> 24 & 0xFF
    if major >= _NEW:
        return str(major)
    return f"{major}.{number >> 20 & 0xF}.{number >> 12 & 0xFF}.{number >> 8 & 0xF}.{number & 0xFF}"


def _question() -> bytes:
    """A connect packet of version 310 that 300 and later understand (Oracle 8 onwards), with the ping as its data."""
    head = struct.pack(
        ">HHBBH HHHHHHHH HHIBB",
        _DATA_AT + len(_PING), 0, _CONNECT, 0, 0,
        310, 300, 0, 2048, 32767, 0x7F08, 0, 1,
        len(_PING), _DATA_AT, 0, 0, 0,
    )  # fmt: skip
    return head.ljust(_DATA_AT, b"\0") + _PING


PROBE: Final = Probe(
    name="oracle",
    ports=frozenset({tcp(1521)}),
    touch=Touch.ASK,
    connections={Profile.OFFICE: 1, Profile.LAB: 1, Profile.BENCH: 1},
    talk=talk,
    sends="One connect packet that says COMMAND=ping, as Oracle's own tnsping sends it: the listener answers with its"
    " version. No service is named, no session opened, nothing registered.",
)
