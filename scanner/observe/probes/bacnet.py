"""BACnet/IP: maker, model and versions of the device object, in one question to one device (ASHRAE 135, 15.7 and annex J)."""

from collections.abc import Iterator
from typing import Final

from scanner.model.kinds import Touch
from scanner.model.net import udp
from scanner.model.observation import Value
from scanner.observe import question
from scanner.observe.probe import PERMITTED, Probe
from scanner.observe.text import row, said

QUESTION: Final = bytes.fromhex(
    "81 0a 0019"  # J.2.11: original unicast, 25 bytes
    "01 04"  # 6.2: version 1, an answer is expected, no routing
    "00 05 01 0e"  # 20.1.2: confirmed request, 1476 bytes at most, number 1, ReadPropertyMultiple
    "0c 023fffff"  # 12.11: the device object itself, whatever its number (4194303)
    "1e 0979 0946 092c 090c 1f"  # vendor-name, model-name, firmware-revision, application-software-version
)

_NAMES: Final = {121: "vendor", 70: "model", 44: "firmware", 12: "application"}
_ENCODINGS: Final = {0: "utf-8", 4: "utf-16-be", 5: "latin-1"}
_REFUSALS: Final = {0x50: "error", 0x60: "reject", 0x70: "abort"}


def parse(message: bytes) -> tuple[str, Value] | None:
    """`bacnet.device` as `maker | model | firmware | application`, or `bacnet.refusal`; None for any other bytes."""
    body = _body(message)
    if body is None:
        return None
    if (refusal := _REFUSALS.get(body[0] & 0xF0)) and body[1] == 1:
        return "bacnet.refusal", refusal
    # 20.1.5: complex acknowledgement, not in parts, of our number and service
    if body[:3] != b"\x30\x01\x0e":
        return None
    told = dict(_properties(body[3:]))
    return "bacnet.device", row(*(told.get(number, "") for number in _NAMES))


def _body(message: bytes) -> bytes | None:
    """The application's part of a unicast answer that came without detours; None for any other bytes."""
    if len(message) < 9 or message[:2] != b"\x81\x0a" or int.from_bytes(message[2:4], "big") != len(message):
        return None
    # 6.2.2: version 1; bits 7, 5 and 3 say a message of the network itself, a destination, a source
    if message[4] != 1 or message[5] & 0xA8:
        return None
    return message[6:]


def _properties(data: bytes) -> Iterator[tuple[int, str]]:
    """Each property's text, by its number: `2 number 4[ value ]4`, or `5[ error ]5` in its place (21, ReadAccessResult)."""
    at = 6
    if data[:1] != b"\x0c" or data[5:6] != b"\x1e":
        return
    while at + 2 < len(data) and data[at] == 0x29:
        number, opened = data[at + 1], data[at + 2]
        if opened == 0x5E:
            # 20.2.1.5: an error is two enumerated values of a byte each
            at += 8
            continue
        if opened != 0x4E:
            return
        text, at = _text(data, at + 3)
        if text is None or data[at : at + 1] != b"\x4f":
            return
        yield number, text
        at += 1


def _text(data: bytes, at: int) -> tuple[str | None, int]:
    """A character string (20.2.9) and where it ends; None for a value of another sort."""
    if at >= len(data) or data[at] & 0xF8 != 0x70:
        return None, at
    size, start = data[at] & 7, at + 1
    if size == 5:
        # 20.2.1.3.1: five says that the length is in the next byte, 254 in the two after it
        size, start = int.from_bytes(data[start : start + 1], "big"), start + 1
        if size == 254:
            size, start = int.from_bytes(data[start : start + 2], "big"), start + 2
    whole = data[start : start + size]
    if size < 1 or len(whole) < size:
        return None, at
    encoding = _ENCODINGS.get(whole[0], "latin-1")
    return said(whole[1:].decode(encoding, "replace").encode()), start + size


def facts(message: bytes) -> list[tuple[str, Value]]:
    """What an answer says, field by field."""
    found = parse(message)
    return [] if found is None else [found]


talk: Final = question.talk(QUESTION, facts)

PROBE: Final = Probe(
    name="bacnet",
    ports=frozenset({udp(47808)}),
    touch=Touch.ASK,
    connections=PERMITTED,
    talk=talk,
    question=QUESTION,
    facts=facts,
    sends="By permit only (`ot_read_identity`). One datagram of 25 bytes to one device: ReadPropertyMultiple of its device"
    " object: maker, model, firmware and software version: `81 0a 0019` unicast, `01 04` an answer is wanted, `00 05 01 0e`"
    " read several, `0c 023fffff` the device itself, `0979 0946 092c 090c` the four. No Who-Is, nothing to everybody.",
)
