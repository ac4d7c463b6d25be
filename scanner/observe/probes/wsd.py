"""WS-Discovery: one device alone is asked what it is (OASIS WS-Discovery 1.1, 5.2; cameras by ONVIF, printers by WSD)."""

import re
from collections.abc import Iterator
from typing import Final

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from scanner.model.kinds import Profile, Touch
from scanner.model.net import udp
from scanner.model.observation import Scalar, Value
from scanner.observe import question
from scanner.observe.probe import Probe
from scanner.observe.text import CAP

QUESTION: Final = (
    b'<?xml version="1.0" encoding="utf-8"?>'
    b'<soap:Envelope xmlns:soap="http://www.w3.org/2003/05/soap-envelope"'
    b' xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/08/addressing"'
    b' xmlns:wsd="http://schemas.xmlsoap.org/ws/2005/04/discovery"><soap:Header>'
    b"<wsa:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</wsa:Action>"
    b"<wsa:MessageID>urn:uuid:7ad3b4c2-51f6-4c1e-9d27-5ca1e4057001</wsa:MessageID>"
    b"<wsa:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</wsa:To></soap:Header>"
    b"<soap:Body><wsd:Probe/></soap:Body></soap:Envelope>"
)
"""The version of 2005, which Windows, printers and cameras all speak; asking for no type matches every device.

To most, a prefix is the sender's choice; Debian's wsdd2 answers to these and not to others, so these are sent.
"""

_WORDS: Final = {"Types": "types", "Scopes": "scopes", "XAddrs": "xaddrs", "Address": "endpoint"}
_SPACE: Final = re.compile(r"\s+")


def parse(message: bytes) -> dict[str, Scalar | list[str]] | None:
    """What the device says it is: types, scopes, addresses, endpoint; None for what is no match."""
    try:
        root = fromstring(message)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        return None  # not XML, XML that would swell, or an encoding nobody knows
    found: dict[str, Scalar | list[str]] = {}
    match = next((one for one in root.iter() if _local(one.tag) == "ProbeMatch"), None)
    if match is None:
        return None
    for word, text in _texts(match):
        found.setdefault(word, text)
    return found or None


def _texts(match: object) -> Iterator[tuple[str, str]]:
    for one in match.iter():  # type: ignore[attr-defined]  # ElementTree's stubs name no type for defusedxml's
        word = _WORDS.get(_local(one.tag))
        text = _SPACE.sub(" ", one.text or "").strip()[:CAP]
        if word and text:
            yield word, text


def _local(tag: object) -> str:
    """A tag's name without its namespace; a comment has none."""
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def facts(message: bytes) -> list[tuple[str, Value]]:
    """`wsd.match`, where this is an answer."""
    answer = parse(message)
    return [] if answer is None else [("wsd.match", answer)]


talk: Final = question.talk(QUESTION, facts)

PROBE: Final = Probe(
    name="wsd",
    ports=frozenset({udp(3702)}),
    touch=Touch.ASK,
    connections={Profile.OFFICE: 1, Profile.LAB: 1, Profile.BENCH: 1},
    talk=talk,
    question=QUESTION,
    facts=facts,
    sends="One datagram to the device alone, never to the group: a WS-Discovery Probe for any type.",
)
