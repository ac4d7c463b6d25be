"""KNXnet/IP: a description request to one device (ISO 22510; KNX specification 3/8/2, 7.7)."""

from collections.abc import Iterator
from typing import Final

from scanner.model.kinds import Touch
from scanner.model.net import udp
from scanner.model.observation import Value
from scanner.observe import question
from scanner.observe.probe import PERMITTED, Probe
from scanner.observe.text import said

QUESTION: Final = bytes.fromhex(
    "06 10 0203 000e"  # 3/8/1, 2.3: header of 6 bytes, version 1.0, DESCRIPTION_REQUEST, 14 bytes
    "08 01 00000000 0000"  # 3/8/2, 8.6.3.2: UDP; zeros: answer whoever the datagram came from
)

_DEVICE, _DEVICE_SIZE = 0x01, 54
_MEDIA: Final = {0x02: "TP1", 0x04: "PL110", 0x10: "RF", 0x20: "IP"}


def parse(message: bytes) -> dict[str, str] | None:
    """Name, medium, place on the bus, serial number and card of a device; None for what is no description."""
    if message[:4] != b"\x06\x10\x02\x04" or int.from_bytes(message[4:6], "big") != len(message):
        return None
    device = next((block for kind, block in _blocks(message[6:]) if kind == _DEVICE), b"")
    if len(device) != _DEVICE_SIZE - 2:
        return None
    place = int.from_bytes(device[2:4], "big")
    return {
        "name": said(device[22:].partition(b"\0")[0].decode("latin-1").strip().encode()),
        "medium": _MEDIA.get(device[0], str(device[0])),
        "place": f"{place >> 12}.{place >> 8 & 15}.{place & 255}",
        "serial": device[6:12].hex(),
        "mac": device[16:22].hex(":"),
    }


def _blocks(data: bytes) -> Iterator[tuple[int, bytes]]:
    """3/8/2, 7.5.4: each block says its length and what it describes."""
    while len(data) >= 2 and 2 <= data[0] <= len(data):
        yield data[1], data[2 : data[0]]
        data = data[data[0] :]


def facts(message: bytes) -> list[tuple[str, Value]]:
    """`knx.name`, `knx.mac` where there is one, and `knx.device` with the rest."""
    told = parse(message)
    if told is None:
        return []
    name, card = told.pop("name"), told.pop("mac")
    if not told["serial"].strip("0"):
        del told["serial"]
    found: list[tuple[str, Value]] = [("knx.name", name), ("knx.device", dict(told))]
    return found if card == "00:00:00:00:00:00" else [*found, ("knx.mac", card)]


talk: Final = question.talk(QUESTION, facts)

PROBE: Final = Probe(
    name="knx",
    ports=frozenset({udp(3671)}),
    touch=Touch.ASK,
    connections=PERMITTED,
    talk=talk,
    question=QUESTION,
    facts=facts,
    sends="By permit only (`ot_read_identity`). One datagram of 14 bytes to one device: `06 10 0203 000e` description"
    " request, `08 01 00000000 0000` answer to the sender. No tunnel is opened, nothing goes to the bus or to the group.",
)
