"""Read what came back: bytes in, a reading or None out, never an exception. Pure, and no scapy."""

import ipaddress
import struct
from typing import Final

from msgspec import Struct

from scanner.model.net import Address, Mac
from scanner.wire.pipe import Method, State

CAP: Final = 512
"""Octets kept of a UDP answer: more than any first answer needs to say what it is."""

_ARP: Final = struct.Struct("!HHBBH6s4s6s4s")


class Reading(Struct, frozen=True, kw_only=True):
    """An answer as it stands in one frame; `proof` has yet to be held against the cookie."""

    target: int
    """Who was asked, as a number."""
    port: int | None = None
    proof: int = 0
    ours: int | None = None
    """Our own port to which it came."""
    state: State
    mac: Mac
    ttl: int | None = None
    by: Address | None = None
    data: bytes = b""
    error: int | None = None
    window: int | None = None


class _Packet(Struct, frozen=True):
    """An IP packet: who sent it to whom, and what is in it."""

    source: bytes
    target: bytes
    protocol: int
    ttl: int
    content: bytes


def read(method: Method, frame: bytes) -> Reading | None:
    """The answer in an untagged Ethernet frame; None for anything but an answer to this method."""
    if len(frame) < 14:
        return None
    mac = Mac(frame[6:12].hex(":"))
    kind, content = frame[12:14], frame[14:]
    if method is Method.ARP:
        return _arp(content) if kind == b"\x08\x06" else None
    packet = _packet(kind, content)
    if packet is None:
        return None
    if method is Method.ND:
        return _neighbour(packet, mac)
    answer = _answer(method, packet, mac)
    # RFC 4443 2.4 (e): no packet to a group makes anybody say that it is unreachable
    return answer if answer is not None or method is Method.NODES else _error(method, packet, mac)


def _arp(content: bytes) -> Reading | None:
    if len(content) < _ARP.size:
        return None
    hardware, protocol, hlen, plen, operation, card, address, _, _ = _ARP.unpack_from(content)
    # RFC 826: Ethernet is hardware 1 with 6 octets, IPv4 is protocol 0x0800 with 4; a reply is operation 2
    if (hardware, protocol, hlen, plen, operation) != (1, 0x0800, 6, 4, 2) or not _is_card(card):
        return None
    return Reading(target=int.from_bytes(address, "big"), state="there", mac=Mac(card.hex(":")))


def _is_card(card: bytes) -> bool:
    # no card has a group address, and all zeros is nobody
    return len(card) == 6 and not card[0] & 1 and card != bytes(6)


def _packet(kind: bytes, content: bytes) -> _Packet | None:
    if kind == b"\x08\x00" and len(content) >= 20 and content[0] >> 4 == 4:
        start, total = (content[0] & 15) * 4, int.from_bytes(content[2:4], "big")
        # RFC 791: any fragment but a first one has no header of the next protocol
        if start < 20 or total < start or int.from_bytes(content[6:8], "big") & 0x1FFF:
            return None
        return _Packet(content[12:16], content[16:20], content[9], content[8], content[start:total])
    if kind == b"\x86\xdd" and len(content) >= 40 and content[0] >> 4 == 6:
        length = int.from_bytes(content[4:6], "big")
        return _Packet(content[8:24], content[24:40], content[6], content[7], content[40 : 40 + length])
    return None


def _neighbour(packet: _Packet, mac: Mac) -> Reading | None:
    """A neighbour advertisement (RFC 4861 4.4); only hop limit 255 says that no router was in between (7.1.2)."""
    said = packet.content
    if packet.protocol != 58 or packet.ttl != 255 or len(said) < 24 or said[:2] != b"\x88\x00":
        return None
    options, card = said[24:], None
    while len(options) >= 8 and options[1]:
        if options[0] == 2 and options[1] == 1:
            card = options[2:8]
            break
        options = options[options[1] * 8 :]
    if card is not None and not _is_card(card):
        return None
    return Reading(
        target=int.from_bytes(said[8:24], "big"),
        state="there",
        mac=mac if card is None else Mac(card.hex(":")),
        ttl=packet.ttl,
    )


def _answer(method: Method, packet: _Packet, mac: Mac) -> Reading | None:
    said, target = packet.content, int.from_bytes(packet.source, "big")
    match method, packet.protocol:
        case Method.SYN, 6 if len(said) >= 20:
            port, own, _, acknowledged = struct.unpack_from("!HHII", said)
            flags = said[13]
            # RFC 9293 3.10.7.3: SYN and ACK open; a reset that acknowledges our SYN says closed
            if not flags & 0x10 or flags & 0x06 not in {0x02, 0x04}:
                return None
            return Reading(
                target=target,
                port=port,
                ours=own,
                proof=(acknowledged - 1) & 0xFFFFFFFF,
                state="open" if flags & 0x02 else "closed",
                mac=mac,
                ttl=packet.ttl,
                window=int.from_bytes(said[14:16], "big"),
            )
        case Method.UDP, 17 if len(said) >= 8:
            port, own = struct.unpack_from("!HH", said)
            return Reading(
                target=target,
                port=port,
                ours=own,
                proof=own,
                state="answered",
                mac=mac,
                ttl=packet.ttl,
                data=said[8 : 8 + CAP],
            )
        case (Method.ECHO, 1) | (Method.ECHO6 | Method.NODES, 58) if len(said) >= 8:
            if said[:2] != (b"\x00\x00" if packet.protocol == 1 else b"\x81\x00"):
                return None
            return Reading(target=target, proof=_echo(said), state="there", mac=mac, ttl=packet.ttl)
    return None


def _echo(header: bytes) -> int:
    return int.from_bytes(header[6:8], "big") << 16 | int.from_bytes(header[4:6], "big")


_ERRORS: Final = {1: (3, 11), 58: (1, 3)}
"""ICMP types that say unreachable or expired, by protocol (RFC 792, RFC 4443)."""


def _error(method: Method, packet: _Packet, mac: Mac) -> Reading | None:
    """An ICMP error that quotes the packet which caused it: ours, when its cookie is right."""
    said = packet.content
    if len(said) < 8 or said[0] not in _ERRORS.get(packet.protocol, ()):
        return None
    quoted = _quoted(packet.protocol, said[8:])
    if quoted is None or len(quoted.content) < 8:
        return None
    head, port, own = quoted.content, None, None
    match method, quoted.protocol:
        case Method.SYN, 6:
            own, port, proof = struct.unpack_from("!HHI", head)
        case Method.UDP, 17:
            own, port = struct.unpack_from("!HH", head)
            proof = own
        case (Method.ECHO, 1) | (Method.ECHO6, 58) if head[0] in {8, 128}:
            proof = _echo(head)
        case _:
            return None
    return Reading(
        target=int.from_bytes(quoted.target, "big"),
        port=port,
        ours=own,
        proof=proof,
        state="unreachable",
        mac=mac,
        ttl=packet.ttl,
        by=Address(str(ipaddress.ip_address(packet.source))),
        error=said[0] << 8 | said[1],
    )


def _quoted(protocol: int, quote: bytes) -> _Packet | None:
    """The beginning of a packet: its own length says more than is there, so nothing is cut to it."""
    if protocol == 1 and len(quote) >= 20 and quote[0] >> 4 == 4:
        start = max(20, (quote[0] & 15) * 4)
        return _Packet(quote[12:16], quote[16:20], quote[9], quote[8], quote[start:])
    if protocol == 58 and len(quote) >= 40 and quote[0] >> 4 == 6:
        return _Packet(quote[8:24], quote[24:40], quote[6], quote[7], quote[40:])
    return None
