"""NetBIOS name service: the table of names that a machine goes by, and its card (RFC 1002, 4.2.17 and 4.2.18)."""

from typing import Final

from scanner.model.kinds import Profile, Touch
from scanner.model.net import udp
from scanner.model.observation import Value
from scanner.observe import question
from scanner.observe.probe import Probe
from scanner.observe.text import said
from scanner.wire import questions

QUESTION: Final = questions.NETBIOS

_TABLE: Final = 56
"""Where the number of names stands: header, name, type, class, time to live, length."""
_ROW: Final = 18
_GROUP: Final = 0x80
_WORKSTATION: Final = 0x00
_CONTROLLERS: Final = 0x1C


def parse(message: bytes) -> list[tuple[str, Value]] | None:
    """The computer's name, its domain or workgroup, each name with its suffix, and the card's address; None if none."""
    if len(message) <= _TABLE or message[:2] != QUESTION[:2] or not message[2] & 0x80:
        return None
    count = message[_TABLE]
    rows = [message[at : at + _ROW] for at in range(_TABLE + 1, _TABLE + 1 + count * _ROW, _ROW)]
    names = [
        (said(row[:15].rstrip(b" \0")), row[15], bool(row[16] & _GROUP)) for row in rows if len(row) == _ROW
    ]
    if not names:
        return None
    facts: list[tuple[str, Value]] = []
    for field, group in (("netbios.name", False), ("netbios.domain", True)):
        found = next(
            (name for name, suffix, of in names if suffix == _WORKSTATION and of is group and name), None
        )
        if found:
            facts.append((field, found))
    facts.append(("netbios.names", " ".join(f"{name}<{suffix:02x}>" for name, suffix, _ in names)))
    if any(suffix == _CONTROLLERS for _, suffix, _ in names):
        facts.append(("netbios.role", "domain controller"))
    card = message[_TABLE + 1 + count * _ROW :][:6]
    # Samba has no card to tell of, and sends zeros
    if len(card) == 6 and any(card):
        facts.append(("netbios.mac", card.hex(":")))
    return facts


def facts(message: bytes) -> list[tuple[str, Value]]:
    """What an answer says, field by field."""
    return parse(message) or []


talk: Final = question.talk(QUESTION, facts)

PROBE: Final = Probe(
    name="netbios",
    ports=frozenset({udp(137)}),
    touch=Touch.ASK,
    connections={Profile.OFFICE: 1, Profile.LAB: 1, Profile.BENCH: 1},
    talk=talk,
    question=QUESTION,
    facts=facts,
    sends="One datagram to the device alone: a NetBIOS node status request, which it answers with its own names.",
)
