"""SNMP version 3: which engine is there, since when, and how often it was started (RFC 3414, 4: discovery).

No community and no user name is sent: an agent must answer a message without a user by telling its engine.
"""

from collections.abc import Iterator
from typing import Final

from scanner.model.kinds import Profile, Touch
from scanner.model.net import udp
from scanner.model.observation import Value
from scanner.observe import asn1, question
from scanner.observe.probe import Probe
from scanner.wire import questions

QUESTION: Final = questions.SNMP


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


def facts(message: bytes) -> list[tuple[str, Value]]:
    """What an answer says, field by field."""
    return parse(message) or []


talk: Final = question.talk(QUESTION, facts)

PROBE: Final = Probe(
    name="snmp",
    ports=frozenset({udp(161)}),
    touch=Touch.ASK,
    connections={Profile.OFFICE: 1, Profile.LAB: 1, Profile.BENCH: 1},
    talk=talk,
    question=QUESTION,
    facts=facts,
    sends="One datagram: an SNMPv3 message without user and without community, which every agent answers with its"
    " engine's id, starts and uptime. Nothing is read or set.",
)
