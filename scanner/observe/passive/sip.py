"""SIP: what a phone or an exchange calls itself in any message (RFC 3261, 20.35 and 20.41); no numbers, no names."""

import re
from collections.abc import Iterator
from typing import Final

from scanner.observe.dissect import Fact, Packet, Parser
from scanner.observe.text import said

_FIRST: Final = re.compile(rb"(?:SIP/2\.0 \d{3} |[A-Z]{3,10} sips?:)")
_AGENT: Final = re.compile(rb"\r\n(server|user-agent)[ \t]*:[ \t]*([^\r\n]{1,512})", re.IGNORECASE)


def parse(packet: Packet) -> Iterator[Fact]:
    """`sip_header.server` and `sip_header.user_agent` of the sender."""
    if not _FIRST.match(packet.payload):
        return
    head = packet.payload.partition(b"\r\n\r\n")[0]
    for name, value in dict(_AGENT.findall(head[:8192])).items():
        yield Fact(f"sip_header.{name.decode().lower().replace('-', '_')}", said(value.strip()))


PARSER: Final = Parser(name="sip", takes=("udp/5060", "tcp/5060"), parse=parse)
