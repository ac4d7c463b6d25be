"""IEC 61850 MMS: the identify service of a protection relay or gateway (ISO 9506-2; ISO 8327, 8823, 8650 below it).

Three messages on one connection, each only after the one before was answered as it should be: the transport connection
(RFC 1006), an association that proposes identify and no other service, and identify itself. No name is listed, no
variable read, no report enabled, no control selected.
"""

from collections.abc import AsyncIterator, Iterator
from typing import Final

from scanner.model.kinds import Kind, Touch
from scanner.model.net import tcp
from scanner.model.observation import Value
from scanner.observe import tpkt
from scanner.observe.asn1 import INTEGER, OBJECT, SEQUENCE, context, element, parts
from scanner.observe.probe import PERMITTED, Probe
from scanner.observe.text import row, said
from scanner.wire.conn import Conn

CONNECT: Final = tpkt.connect(b"\0\1", b"\0\1")

_BER: Final = element(OBJECT, b"\x51\x01")  # 2.1.1, X.690
_ACSE, _MMS = 1, 3
_SELECTOR: Final = b"\0\0\0\1"
_SET, _DATA, _AARQ, _EXTERNAL = 0x31, 0x61, 0x60, 0x28


def _initiate() -> bytes:
    """ISO 9506-2, 8.2: messages of 8,000 bytes, one call at a time, nesting of 10; of all services identify alone."""
    # services: bit 2 of 85, in 11 bytes of which the last 3 bits are unused
    detail = element(0x80, b"\x01") + element(0x81, b"\x05\xf1\x00") + element(0x82, b"\x03\x20" + bytes(10))
    limits = element(0x80, b"\x1f\x40") + element(0x81, b"\x01") + element(0x82, b"\x01")
    return context(8, limits, element(0x83, b"\x0a"), context(4, detail))


def _associate() -> bytes:
    """Session CONNECT, presentation CP and ACSE AARQ around the initiate request."""
    syntax = element(SEQUENCE, _BER)
    known = element(SEQUENCE, element(INTEGER, bytes([_ACSE])), element(OBJECT, b"\x52\x01\x00\x01"), syntax)
    known += element(
        SEQUENCE, element(INTEGER, bytes([_MMS])), element(OBJECT, b"\x28\xca\x22\x02\x01"), syntax
    )
    inside = element(_EXTERNAL, _BER, element(INTEGER, bytes([_MMS])), context(0, _initiate()))
    name = context(1, element(OBJECT, b"\x28\xca\x22\x02\x03"))
    request = element(_AARQ, name, element(0xBE, inside))
    carried = element(_DATA, element(SEQUENCE, element(INTEGER, bytes([_ACSE])), context(0, request)))
    normal = element(0x81, _SELECTOR) + element(0x82, _SELECTOR) + context(4, known) + carried
    presentation = element(_SET, context(0, element(0x80, b"\x01")), context(2, normal))
    # ISO 8327-1, 8.3.1: version 2, duplex, selectors, user data; 8.2.5: a length below 255 is one byte
    session = bytes.fromhex("05 06 130100 160102  14 02 0002  33 02 0001  34 02 0001")
    session += b"\xc1" + bytes([len(presentation)]) + presentation
    return tpkt.packet(tpkt.DATA + b"\x0d" + bytes([len(session)]) + session)


ASSOCIATE: Final = _associate()

_GIVE_TOKENS: Final = b"\x01\x00\x01\x00"
"""ISO 8327-1, 8.3.6: GIVE TOKENS and DATA TRANSFER, both without parameters."""

IDENTIFY: Final = tpkt.packet(
    tpkt.DATA
    + _GIVE_TOKENS
    + element(
        _DATA,
        element(
            SEQUENCE,
            element(INTEGER, bytes([_MMS])),
            # ISO 9506-2: a confirmed request, number 1, identify [2] NULL
            context(0, context(0, element(INTEGER, b"\x01"), element(0x82))),
        ),
    )
)

_ACCEPT: Final = b"\x0e"


async def talk(conn: Conn) -> AsyncIterator[tuple[str, Value]]:
    """Connect, associate, identify."""
    await conn.send(CONNECT)
    if not tpkt.confirmed(await tpkt.read(conn)):
        return
    await conn.send(ASSOCIATE)
    if (tpkt.carried(await tpkt.read(conn)) or b"")[:1] != _ACCEPT:
        return
    await conn.send(IDENTIFY)
    found = parse(await tpkt.read(conn))
    if found is not None:
        yield "mms.identity", found


def parse(payload: bytes) -> str | None:
    """`maker | model | revision` out of the answer to identify; None for any other bytes."""
    carried = tpkt.carried(payload) or b""
    if not carried.startswith(_GIVE_TOKENS):
        return None
    # [1] confirmed response: our number, then [2] identify
    answer = next(_under(carried[4:], (_DATA, SEQUENCE, 0xA0, 0xA1, 0xA2)), None)
    if answer is None:
        return None
    told = dict(parts(answer))
    return row(*(said(told.get(tag, b"").strip(b"\0 ")) for tag in (0x80, 0x81, 0x82)))


def _under(data: bytes, path: tuple[int, ...]) -> Iterator[bytes]:
    """What the elements hold that lie along a path of tags."""
    for tag, inner in parts(data):
        if tag == path[0]:
            if len(path) == 1:
                yield inner
            else:
                yield from _under(inner, path[1:])


PROBE: Final = Probe(
    name="mms",
    ports=frozenset({tcp(102)}),
    touch=Touch.ASK,
    connections=PERMITTED,
    talk=talk,
    kinds=frozenset({Kind.RELAY, Kind.RTU}),
    sends="By permit only (`ot_read_identity`), to relays; a controller's port 102 is asked by s7. Three messages on one"
    " connection, each after the answer to the one before: a transport connection request of 22 bytes (selectors `0001`);"
    f" one association of {len(ASSOCIATE)} bytes (session, presentation, ACSE, MMS initiate) that proposes the identify"
    f" service alone (`82 0c 03 20`); and identify of {len(IDENTIFY)} bytes (`a0 05 02 01 01 82 00`). No name list, read,"
    " write, report or control.",
)
