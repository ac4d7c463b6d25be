"""SSDP: one device alone is asked what it is (UPnP Device Architecture 1.1, 1.3.2 and 1.3.3: unicast search)."""

from typing import Final

from scanner.model.kinds import Profile, Touch
from scanner.model.net import udp
from scanner.model.observation import Scalar, Value
from scanner.observe import question
from scanner.observe.probe import Probe
from scanner.observe.text import said

QUESTION: Final = b'M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: "ssdp:discover"\r\nST: upnp:rootdevice\r\n\r\n'
"""Sent to the device's own address; only the header names the group, as the standard wants it."""

_KEPT: Final = ("location", "st", "usn")


def parse(message: bytes) -> list[tuple[str, Value]] | None:
    """The server's words and where it describes itself; None for what is no answer to a search."""
    status, _, rest = message.partition(b"\r\n")
    if not status.startswith(b"HTTP/1.") or b" 200" not in status:
        return None
    headers: dict[str, str] = {}
    for line in rest.split(b"\r\n")[:64]:
        name, colon, value = line.partition(b":")
        if colon:
            headers.setdefault(said(name).strip().lower(), said(value).strip())
    facts: list[tuple[str, Value]] = []
    if headers.get("server"):
        facts.append(("upnp.server", headers["server"]))
    answer: dict[str, Scalar | list[str]] = {name: headers[name] for name in _KEPT if headers.get(name)}
    if answer:
        facts.append(("upnp.answer", answer))
    return facts or None


def facts(message: bytes) -> list[tuple[str, Value]]:
    """What an answer says, field by field."""
    return parse(message) or []


talk: Final = question.talk(QUESTION, facts)

PROBE: Final = Probe(
    name="ssdp",
    ports=frozenset({udp(1900)}),
    touch=Touch.ASK,
    connections={Profile.OFFICE: 1, Profile.LAB: 1, Profile.BENCH: 1},
    talk=talk,
    question=QUESTION,
    facts=facts,
    sends="One datagram to the device alone, never to the group: M-SEARCH for its root device. What it describes of"
    " itself elsewhere is not fetched, and nothing is subscribed to.",
)
