"""DICOM: one proposed association for Verification, aborted as soon as it is answered (PS3.8, 9.3)."""

import struct
import uuid
from collections.abc import AsyncIterator, Iterator
from typing import Final

from scanner.model.kinds import Touch
from scanner.model.net import tcp
from scanner.model.observation import Scalar, Value
from scanner.observe.probe import ONCE, Probe
from scanner.observe.text import said
from scanner.wire.conn import Conn

_REQUEST, _ACCEPT, _REJECT, _ABORT = 1, 2, 3, 7
_LONGEST: Final = 65536
"""An answer has a few hundred bytes: four items and our one presentation context."""

# PS3.5, B.2: a UID of our own without a registered root is 2.25 and a UUID
_OUR_CLASS: Final = f"2.25.{uuid.UUID('7ad3b4c2-51f6-4c1e-9d27-5ca1e4057000').int}"
_OUR_VERSION: Final = "STALEHOST_1"

# PS3.8, 9.3.4, table 9-21: why an association was rejected, by source and reason
_REASONS: Final = {
    (1, 1): "no reason given",
    (1, 2): "application context not supported",
    (1, 3): "calling AE title not recognised",
    (1, 7): "called AE title not recognised",
    (2, 1): "no reason given",
    (2, 2): "protocol version not supported",
    (3, 1): "temporary congestion",
    (3, 2): "local limit exceeded",
}


async def talk(conn: Conn) -> AsyncIterator[tuple[str, Value]]:
    """Propose, read the answer, abort."""
    await conn.send(_request())
    head = await conn.exactly(6)
    length = int.from_bytes(head[2:6], "big")
    if len(head) < 6 or head[0] not in {_ACCEPT, _REJECT, _ABORT} or length > _LONGEST:
        return
    found = parse(head + await conn.exactly(length))
    if found is None:
        return
    yield "dicom.implementation", found
    if head[0] == _ACCEPT:
        # PS3.8, 9.3.8: A-ABORT by the service user; no release handshake for an association nobody used
        await conn.send(bytes([_ABORT, 0, 0, 0, 0, 4, 0, 0, 0, 0]))


def parse(pdu: bytes) -> dict[str, Scalar | list[str]] | None:
    """What an answer to our proposal says about the device, or None if it is no such answer."""
    if len(pdu) < 10:
        return None
    match pdu[0]:
        case 2 if len(pdu) >= 74:
            return {**implementation(pdu[74:]), "result": "accepted"}
        case 3:
            reason = _REASONS.get((pdu[8], pdu[9]), f"source {pdu[8]}, reason {pdu[9]}")
            return {"result": f"rejected: {reason}"}
        case 7:
            return {"result": "aborted"}
        case _:
            return None


def implementation(items: bytes) -> dict[str, str]:
    """Implementation class UID and version name out of the user information item (PS3.7, D.3.3.2)."""
    words = {0x52: "class_uid", 0x55: "version_name"}
    user = [part for kind, data in _items(items) if kind == 0x50 for part in _items(data)]
    texts = {words[kind]: _text(data) for kind, data in user if kind in words}
    return {word: text for word, text in texts.items() if text}


def _items(data: bytes) -> Iterator[tuple[int, bytes]]:
    """PS3.8, 9.3.2: type, reserved, length, value."""
    while len(data) >= 4:
        kind, length = data[0], int.from_bytes(data[2:4], "big")
        yield kind, data[4 : 4 + length]
        data = data[4 + length :]


def _text(data: bytes) -> str:
    return said(data.strip(b"\0 "))


def _request() -> bytes:
    """A-ASSOCIATE-RQ: Verification in Implicit VR Little Endian, the one thing every DICOM device knows."""
    context = b"\1\0\0\0" + _item(0x30, b"1.2.840.10008.1.1") + _item(0x40, b"1.2.840.10008.1.2")
    user = _item(0x51, struct.pack(">I", 16384))
    user += _item(0x52, _OUR_CLASS.encode()) + _item(0x55, _OUR_VERSION.encode())
    items = _item(0x10, b"1.2.840.10008.3.1.1.1") + _item(0x20, context) + _item(0x50, user)
    titles = b"ANY-SCP".ljust(16) + b"STALEHOST".ljust(16)
    body = b"\0\1\0\0" + titles + bytes(32) + items
    return struct.pack(">BxI", _REQUEST, len(body)) + body


def _item(kind: int, data: bytes) -> bytes:
    return struct.pack(">BxH", kind, len(data)) + data


PROBE: Final = Probe(
    name="dicom",
    ports=frozenset({tcp(104), tcp(11112), tcp(4242)}),
    touch=Touch.ASK,
    connections=ONCE,
    talk=talk,
    sends="One association request for Verification (calling AE STALEHOST, called AE ANY-SCP), then an abort."
    " No C-ECHO, no query, no image.",
)
