"""SNMP version 3: which engine is there, since when, and how often it was started (RFC 3414, 4: discovery).

No community and no user name is sent: an agent must answer a message without a user by telling its engine.
"""

from collections.abc import AsyncIterator, Iterator
from typing import Final

from scanner.model.kinds import Profile, Touch
from scanner.model.net import udp
from scanner.model.observation import Value
from scanner.observe import asn1
from scanner.observe.probe import Probe
from scanner.wire.conn import Conn


def _number(value: int) -> bytes:
    size = max(1, (value.bit_length() + 8) // 8)
    return asn1.element(asn1.INTEGER, value.to_bytes(size, "big"))


def _text(value: bytes = b"") -> bytes:
    return asn1.element(asn1.OCTET_STRING, value)


def _question() -> bytes:
    """RFC 3412, 6: version 3, reportable, user-based security with neither engine nor user; a request for nothing."""
    flags, user_based = b"\x04", 3
    head = asn1.element(asn1.SEQUENCE, _number(0x5348), _number(65507), _text(flags), _number(user_based))
    nobody = asn1.element(asn1.SEQUENCE, _text(), _number(0), _number(0), _text(), _text(), _text())
    nothing = asn1.context(0, _number(0x5348), _number(0), _number(0), asn1.element(asn1.SEQUENCE))
    scoped = asn1.element(asn1.SEQUENCE, _text(), _text(), nothing)
    return asn1.element(asn1.SEQUENCE, _number(3), head, _text(nobody), scoped)


QUESTION: Final = _question()


async def talk(conn: Conn) -> AsyncIterator[tuple[str, Value]]:
    """Ask once; one answer."""
    await conn.send(QUESTION)
    for fact in parse(await conn.some(4096)) or ():
        yield fact


def parse(message: bytes) -> list[tuple[str, Value]] | None:
    """The engine's id in hexadecimal, its starts, and the seconds since the last one; None for any other bytes."""
    version, _, security, *_ = [*_inside(message, asn1.SEQUENCE), b"", b"", b""]
    if asn1.number(version) != 3:
        return None
    engine, starts, seconds, *_ = [*_inside(security, asn1.SEQUENCE), b"", b"", b""]
    # RFC 3411, 5 (SnmpEngineID): 5 to 32 octets
    if not 5 <= len(engine) <= 32:
        return None
    return [
        ("snmp.engine_id", engine.hex()),
        ("snmp.engine_boots", str(asn1.number(starts))),
        ("snmp.engine_time", str(asn1.number(seconds))),
    ]


def _inside(data: bytes, tag: int) -> Iterator[bytes]:
    """The contents of what stands within the first element, when that has the tag."""
    for kind, content in asn1.parts(data):
        if kind == tag:
            yield from (inner for _, inner in asn1.parts(content))
        return


PROBE: Final = Probe(
    name="snmp",
    ports=frozenset({udp(161)}),
    touch=Touch.ASK,
    connections={Profile.OFFICE: 1, Profile.LAB: 1, Profile.BENCH: 1},
    talk=talk,
    question=QUESTION,
    sends="One datagram: an SNMPv3 message without user and without community, which every agent answers with its"
    " engine's id, starts and uptime. Nothing is read or set.",
)
