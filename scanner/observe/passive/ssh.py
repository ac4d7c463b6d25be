"""SSH: what a server and a client name themselves, the algorithms and the host key, all before it is encrypted."""

from collections.abc import Iterator
from typing import Final

from scanner.observe.dissect import Fact, Packet, Parser
from scanner.observe.probes import ssh


def parse(packet: Packet) -> Iterator[Fact]:
    """A server's facts as the probe would yield them; a client's software as `ssh.client`."""
    facts = ssh.parse(packet.payload) if packet.payload.startswith(b"SSH-") else None
    port = packet.service()
    for field, value in facts or ():
        if port is not None:
            yield Fact(field, value, port=port)
        elif field == "ssh.banner":
            yield Fact("ssh.client", value)


PARSER: Final = Parser(name="ssh", takes=("tcp/first",), parse=parse, gather=8192, begins=(b"SSH-",))
