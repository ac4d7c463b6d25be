"""ActiveMQ: the first frame, which the broker sends by itself (OpenWire, WireFormatInfo). Nothing is sent.

Answering it is where CVE-2023-46604 begins; reading it is enough: since 5.13 it names product, version and platform.
"""

import struct
from collections.abc import AsyncIterator, Iterator
from typing import Final

from scanner.model.kinds import Touch
from scanner.model.net import tcp
from scanner.model.observation import Value
from scanner.observe.probe import ONCE, Probe
from scanner.observe.text import said
from scanner.wire.conn import Conn

_INFO: Final = b"\x01ActiveMQ"
_MOST: Final = 4096
_ENTRIES: Final = 64

# OpenWire's map of primitives: bytes that a value of each type takes; texts are counted
_SIZES: Final = {0: 0, 1: 1, 2: 1, 3: 2, 4: 2, 5: 4, 6: 8, 7: 8, 8: 4}
_TEXT, _LONG_TEXT = 9, 13


async def talk(conn: Conn) -> AsyncIterator[tuple[str, Value]]:
    """Read the first frame, leave."""
    head = await conn.exactly(4)
    length = int.from_bytes(head, "big")
    if len(head) < 4 or not len(_INFO) <= length <= _MOST:
        return
    for fact in parse(head + await conn.exactly(length)) or ():
        yield fact


def parse(frame: bytes) -> list[tuple[str, Value]] | None:
    """The version of the protocol, the provider and its platform where they are told; None for any other bytes."""
    if frame[4 : 4 + len(_INFO)] != _INFO or len(frame) < 17:
        return None
    facts: list[tuple[str, Value]] = [("openwire.version", str(int.from_bytes(frame[13:17], "big")))]
    # a byte that says whether properties follow, and how many bytes they take
    told = dict(_properties(frame[22:])) if frame[17:18] == b"\1" else {}
    provider = " ".join(told[name] for name in ("ProviderName", "ProviderVersion") if told.get(name))
    if provider:
        facts.append(("openwire.provider", provider))
    if told.get("PlatformDetails"):
        facts.append(("openwire.platform", told["PlatformDetails"]))
    return facts


def _properties(data: bytes) -> Iterator[tuple[str, str]]:
    """The texts among the properties; what else there is is stepped over, and what we cannot step over ends it."""
    at = 4
    for _ in range(_ENTRIES):
        length = int.from_bytes(data[at : at + 2], "big")
        name, at = data[at + 2 : at + 2 + length], at + 2 + length
        if at >= len(data):
            return
        kind = data[at]
        at += 1
        if kind in _SIZES:
            at += _SIZES[kind]
            continue
        counted = {_TEXT: ">H", _LONG_TEXT: ">I"}.get(kind)
        if counted is None or len(data) < at + struct.calcsize(counted):
            return
        (size,) = struct.unpack_from(counted, data, at)
        at += struct.calcsize(counted)
        yield said(name), said(data[at : at + size])[:255]
        at += size


PROBE: Final = Probe(
    name="openwire",
    ports=frozenset({tcp(61616)}),
    touch=Touch.GREET,
    connections=ONCE,
    talk=talk,
    sends="Nothing: the broker sends its first frame by itself, which is read and not answered.",
)
