"""SSH: what a server and a client name themselves, the algorithms and the host key, all before it is encrypted."""

from collections.abc import Hashable, Iterator
from typing import Final

from scanner.observe.dissect import Fact, Packet, Parser
from scanner.observe.probes import ssh

_KEXINIT, _NEWKEYS, _KEX_REPLY = 20, 21, 31
_LAST: Final = {_NEWKEYS, _KEX_REPLY}
_LONGEST: Final = 35000
"""RFC 4253, 6.1: packets of up to so many bytes must be taken."""
_MOST: Final = 16
"""Packets that are looked at."""


def parse(packet: Packet) -> Iterator[Fact]:
    """A server's facts as the probe would yield them; a client's software as `ssh.client`."""
    facts = ssh.parse(packet.payload) if packet.payload.startswith(b"SSH-") else None
    port = packet.service()
    for field, value in facts or ():
        if port is not None:
            yield Fact(field, value, port=port)
        elif field == "ssh.banner":
            yield Fact("ssh.client", value)


def _packets(data: bytes) -> tuple[list[bytes], bool]:
    """What is in the clear behind the first line: whole packets (RFC 4253, 6), and whether no other can follow."""
    at, found = data.find(b"\n") + 1, list[bytes]()
    while at and len(found) < _MOST and len(data) >= at + 6:
        length = int.from_bytes(data[at : at + 4], "big")
        if not 2 <= length <= _LONGEST:
            return found, True
        if len(data) < at + 4 + length:
            return found, False
        found.append(data[at + 5 : at + 4 + length])
        if found[-1][0] in _LAST:
            return found, True
        at += 4 + length
    return found, len(found) == _MOST


def _enough(data: bytes) -> bool:
    """Whether the host key is there, or what is sent in its place by clients and before ciphers are taken up."""
    return _packets(data)[1]


def _gist(data: bytes) -> Hashable:
    """The first line, the algorithms without the cookie before them (RFC 4253, 7.1), whatever else there is."""
    said = [one[17:] if one[0] == _KEXINIT else one for one in _packets(data)[0]]
    return data.partition(b"\n")[0], *said


PARSER: Final = Parser(
    name="ssh",
    takes=("tcp/first",),
    parse=parse,
    gather=8192,
    enough=_enough,
    gist=_gist,
    begins=(b"SSH-",),
)
