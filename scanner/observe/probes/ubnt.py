"""Ubiquiti's discovery: radios, access points, routers and cameras say their model and firmware to whoever asks.

Version 1, as the maker's discovery tool speaks it: a head of four bytes, then types, lengths and values. The wireless
network's name and the user's are in the answer too; they are not read.
"""

from collections.abc import Iterator
from typing import Final

from scanner.model.kinds import Profile, Touch
from scanner.model.net import udp
from scanner.model.observation import Scalar, Value
from scanner.observe import question
from scanner.observe.probe import Probe
from scanner.observe.text import said

QUESTION: Final = bytes.fromhex("01000000")
_HEAD: Final = b"\x01\x00"
_CARD, _FIRMWARE, _NAME, _PLATFORM, _MODEL = 0x01, 0x03, 0x0B, 0x0C, 0x14
_WORDS: Final = {_NAME: "name", _PLATFORM: "platform", _MODEL: "model"}
_MOST: Final = 64
"""Values read of one answer; devices send about a dozen."""


def parse(message: bytes) -> dict[int, bytes] | None:
    """The values by type, the first of each; None for what is no whole answer."""
    # as long as it says it is, and never empty: our own question, sent back, is no answer
    if (
        len(message) < 7
        or not message.startswith(_HEAD)
        or int.from_bytes(message[2:4], "big") != len(message) - 4
    ):
        return None
    found: dict[int, bytes] = {}
    for kind, value in _values(message[4:]):
        found.setdefault(kind, value)
    return found


def facts(message: bytes) -> list[tuple[str, Value]]:
    """`ubnt.discovery` and `ubnt.firmware`, where this is an answer."""
    values = parse(message)
    if not values:
        return []
    told: dict[str, Scalar | list[str]] = {
        word: said(values[kind]).strip() for kind, word in _WORDS.items() if values.get(kind)
    }
    card = values.get(_CARD, b"")
    if len(card) == 6:
        told["mac"] = card.hex(":")
    firmware = said(values.get(_FIRMWARE, b"")).strip()
    facts: list[tuple[str, Value]] = [("ubnt.discovery", told)] if told else []
    return facts + ([("ubnt.firmware", firmware)] if firmware else [])


def _values(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    for _ in range(_MOST):
        length = int.from_bytes(data[at + 1 : at + 3], "big")
        if at + 3 + length > len(data):
            return
        yield data[at], data[at + 3 : at + 3 + length]
        at += 3 + length
        if at + 3 > len(data):
            return


talk: Final = question.talk(QUESTION, facts)

PROBE: Final = Probe(
    name="ubnt",
    ports=frozenset({udp(10001)}),
    touch=Touch.ASK,
    connections={Profile.OFFICE: 1, Profile.LAB: 1, Profile.BENCH: 1},
    talk=talk,
    question=QUESTION,
    facts=facts,
    sends="One datagram of four bytes (01 00 00 00), the maker's own discovery question, to the one host.",
)
