"""Spanning tree: who is the root of this segment, and which bridge is the one next to us (IEEE 802.1D, 9)."""

from collections.abc import Iterator
from typing import Final

from scanner.model.observation import Scalar
from scanner.observe.dissect import Fact, Packet, Parser

_PROTOCOL: Final = b"\0\0"
_VERSIONS: Final = {0: "stp", 2: "rstp", 3: "mstp"}
_CONFIGURATION: Final = {0x00, 0x02}


def parse(packet: Packet) -> Iterator[Fact]:
    """`stp.bridge` {bridge, root, priority, version}: the sender is a switch, and the root is named."""
    data = packet.payload
    if len(data) < 35 or data[:2] != _PROTOCOL or data[2] not in _VERSIONS or data[3] not in _CONFIGURATION:
        return
    # 9.2.5: two bytes of priority, six of the bridge's card
    root, bridge = data[5:13], data[17:25]
    told: dict[str, Scalar | list[str]] = {
        "bridge": bridge[2:].hex(":"),
        "root": root[2:].hex(":"),
        "priority": int.from_bytes(bridge[:2], "big"),
        "version": _VERSIONS[data[2]],
        "is_root": root == bridge,
    }
    yield Fact("stp.bridge", told)


PARSER: Final = Parser(name="stp", takes=("llc/42",), parse=parse)
