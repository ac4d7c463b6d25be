"""SSDP: what a device announces of itself, and what it answers (UPnP Device Architecture 1.1, 1.2.2 and 1.3.3)."""

from collections.abc import Iterator
from typing import Final

from scanner.observe.dissect import Fact, Packet, Parser
from scanner.observe.probes import ssdp

_NOTIFY: Final = b"NOTIFY * HTTP/1.1\r\n"
_ALIVE: Final = b"ssdp:alive"


def parse(packet: Packet) -> Iterator[Fact]:
    """`upnp.server` and `upnp.answer`; an announcement has the headers of an answer under another first line."""
    data = packet.payload
    if data.startswith(_NOTIFY) and _ALIVE in data:
        data = b"HTTP/1.1 200 OK\r\n" + data[len(_NOTIFY) :]
    # each of a device's services is announced for itself: only the root device, and what runs there, is kept
    for field, value in ssdp.facts(data):
        if isinstance(value, str) or "rootdevice" in str(value.get("usn", "")):
            yield Fact(field, value)


PARSER: Final = Parser(name="ssdp", takes=("udp/1900",), parse=parse)
