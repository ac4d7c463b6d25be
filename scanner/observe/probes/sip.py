"""SIP: a phone or an exchange is asked what it can do, which rings nobody (RFC 3261, 11: OPTIONS). Never in clinical or ot."""

import re
from typing import Final

from scanner.model.kinds import Profile, Touch
from scanner.model.net import udp
from scanner.model.observation import Value
from scanner.observe import question
from scanner.observe.probe import Probe
from scanner.observe.text import said

QUESTION: Final = (
    b"OPTIONS sip:device.invalid SIP/2.0\r\n"
    b"Via: SIP/2.0/UDP scanner.invalid:5060;branch=z9hG4bKstalehost;rport\r\n"
    b"Max-Forwards: 0\r\n"
    b"From: <sip:stalehost@scanner.invalid>;tag=stalehost\r\n"
    b"To: <sip:device.invalid>\r\n"
    b"Call-ID: stalehost@scanner.invalid\r\n"
    b"CSeq: 1 OPTIONS\r\n"
    b"Accept: application/sdp\r\n"
    b"Content-Length: 0\r\n\r\n"
)
"""No hops are left to forward it (RFC 3261, 16.3): whoever gets it answers by itself."""

_STATUS: Final = re.compile(rb"SIP/2\.0 (\d{3})")


def parse(message: bytes) -> list[tuple[str, Value]] | None:
    """Server and user agent as it names them, and the status; None for what is no SIP answer."""
    status = _STATUS.match(message)
    if not status:
        return None
    facts: list[tuple[str, Value]] = [("sip.status", status[1].decode())]
    for line in message.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:64]:
        name, _, value = line.partition(b":")
        field = {b"server": "sip_header.server", b"user-agent": "sip_header.user_agent"}.get(
            name.strip().lower()
        )
        text = said(value).strip()
        if field and text and all(known != field for known, _ in facts):
            facts.append((field, text))
    return facts


def facts(message: bytes) -> list[tuple[str, Value]]:
    """What an answer says, field by field."""
    return parse(message) or []


talk: Final = question.talk(QUESTION, facts)

PROBE: Final = Probe(
    name="sip",
    ports=frozenset({udp(5060)}),
    touch=Touch.ASK,
    connections={Profile.OFFICE: 1, Profile.LAB: 1, Profile.BENCH: 1},
    talk=talk,
    question=QUESTION,
    facts=facts,
    sends="One datagram: OPTIONS with no hops left, which is answered without ringing. Never INVITE, never REGISTER.",
)
