"""IPMI over LAN: which logins a board controller would accept, which it tells to anybody (IPMI 2.0, 22.13)."""

from typing import Final

from scanner.model.kinds import Profile, Touch
from scanner.model.net import udp
from scanner.model.observation import Scalar, Value
from scanner.observe import question
from scanner.observe.probe import Probe

_RMCP: Final = bytes.fromhex("0600ff07")
"""ASF 2.0, 3.2.2: version 1.0, no acknowledgement, class IPMI."""
_COMMAND: Final = 0x38
_THIS_CHANNEL: Final = 0x8E
"""`this channel`, with the question for IPMI 2.0's own extensions."""
_LEVEL: Final = 0x02
"""The level of a user, the lowest that has a name: nobody logs in."""


def _checked(data: bytes) -> bytes:
    """With its two's complement checksum behind it (IPMI 2.0, 13.8)."""
    return data + bytes([-sum(data) & 0xFF])


_SESSIONLESS: Final = bytes(9)
_ASKED: Final = _checked(b"\x20\x18") + _checked(bytes([0x81, 0x00, _COMMAND, _THIS_CHANNEL, _LEVEL]))
QUESTION: Final = _RMCP + _SESSIONLESS + bytes([len(_ASKED)]) + _ASKED

_LOGINS: Final = {0: "none", 1: "md2", 2: "md5", 4: "password", 5: "oem"}


def parse(message: bytes) -> dict[str, Scalar | list[str]] | None:
    """Versions, kinds of login, and whether a login without a name is open; None for any other bytes."""
    body = message[14:]
    # responder, function (application, answer), sum, requester, sequence, command, completion, channel, logins...
    if not message.startswith(_RMCP) or len(body) < 16 or body[1] != 0x1C or body[5] != _COMMAND or body[6]:
        return None
    logins, status, extended = body[8], body[9], body[10]
    newer = bool(logins & 0x80 and extended & 0x02)
    told: dict[str, Scalar | list[str]] = {
        "versions": ["1.5", "2.0"] if newer and extended & 0x01 else ["2.0"] if newer else ["1.5"],
        "logins": [name for bit, name in _LOGINS.items() if logins & 1 << bit],
        # table 22-15: bit 0 anonymous login, bit 1 null user names; bit 5 says whether the key is the default
        "anonymous": bool(status & 0x01),
        "null_users": bool(status & 0x02),
    }
    maker = int.from_bytes(body[11:14], "little")
    if maker:
        told["enterprise"] = maker
    return told


def facts(message: bytes) -> list[tuple[str, Value]]:
    """`ipmi.auth`, where this is an answer."""
    answer = parse(message)
    return [] if answer is None else [("ipmi.auth", answer)]


talk: Final = question.talk(QUESTION, facts)

PROBE: Final = Probe(
    name="ipmi",
    ports=frozenset({udp(623)}),
    touch=Touch.ASK,
    connections={Profile.OFFICE: 1, Profile.LAB: 1, Profile.BENCH: 1},
    talk=talk,
    question=QUESTION,
    facts=facts,
    sends="One datagram: Get Channel Authentication Capabilities, the one command that needs no session. No session is"
    " opened, no user named, no RAKP message sent.",
)
