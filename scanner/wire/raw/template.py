"""The one place with scapy: it builds each kind of frame once, and the rest of the helper only stamps it."""

import ipaddress
import sys

# scapy (GPL-2.0-only) loads cryptography (with Apache-2.0 OpenSSL) wherever it is installed; None makes that import
# fail, which scapy takes as "not there", so that the two never share a process
sys.modules["cryptography"] = None  # type: ignore[assignment]  # the documented way to forbid an import

from msgspec import Struct  # noqa: E402  # after the line above on purpose
from scapy.config import conf  # noqa: E402

# it only crafts here: that it reads this machine's routes first would take longer than all the crafting
conf.route_autoload = conf.route6_autoload = False

from scapy.layers.inet import ICMP, IP, TCP, UDP  # noqa: E402
from scapy.layers.inet6 import (  # noqa: E402
    ICMPv6EchoRequest,
    ICMPv6ND_NS,
    ICMPv6NDOptSrcLLAddr,
    IPv6,
)
from scapy.layers.l2 import ARP, Dot1Q, Ether  # noqa: E402
from scapy.packet import Packet, Raw  # noqa: E402

from scanner.wire.pipe import Method  # noqa: E402
from scanner.wire.raw.proof import ECHO_DATA, ours  # noqa: E402

WINDOW = 64240
MSS = 1460
"""As a common desktop has them: nothing about our SYN is odd but that nobody goes on with it."""

EVERYONE = "ff:ff:ff:ff:ff:ff"


class Sender(Struct, frozen=True, kw_only=True):
    """What is the same in each frame of an ask."""

    method: Method
    mac: str
    """Our own card."""
    source: str
    """Our own address, IPv4 or IPv6."""
    vlan: int | None = None
    key: bytes
    """Of the cookies."""


def frame(sender: Sender, card: str, target: str, port: int = 0, proof: int = 0, data: bytes = b"") -> bytes:
    """One whole frame with valid checksums; `card` is where it goes (ARP and ND know that by themselves).

    `proof` are 64 bits of which the answer must bring back what fits: see `scanner.wire.raw.proof`.
    """
    ip = _ip(sender.source, target)
    match sender.method:
        case Method.ARP:
            return _framed(sender, EVERYONE, _arp(sender, target))
        case Method.ND:
            group, card = _solicited(target)
            ask = ICMPv6ND_NS(tgt=target) / ICMPv6NDOptSrcLLAddr(lladdr=sender.mac)
            # RFC 4861 7.1.1: a solicitation with any other hop limit is not listened to
            return _framed(sender, card, IPv6(src=sender.source, dst=group, hlim=255) / ask)
        case Method.ECHO:
            echo = ICMP(type=8, id=proof & 0xFFFF, seq=proof >> 16 & 0xFFFF) / Raw(ECHO_DATA)
            return _framed(sender, card, ip / echo)
        case Method.ECHO6:
            echo = ICMPv6EchoRequest(id=proof & 0xFFFF, seq=proof >> 16 & 0xFFFF, data=ECHO_DATA)
            return _framed(sender, card, ip / echo)
        case Method.NODES:
            echo = ICMPv6EchoRequest(id=proof & 0xFFFF, seq=proof >> 16 & 0xFFFF, data=ECHO_DATA)
            return _framed(sender, card, IPv6(src=sender.source, dst=target, hlim=1) / echo)
        case Method.SYN:
            syn = TCP(
                sport=ours(sender.key),
                dport=port,
                seq=proof & 0xFFFFFFFF,
                flags="S",
                window=WINDOW,
                options=[("MSS", MSS)],
            )
            return _framed(sender, card, ip / syn)
        case Method.UDP:
            return _framed(sender, card, ip / UDP(sport=ours(sender.key, proof), dport=port) / Raw(data))


def _framed(sender: Sender, card: str, content: Packet) -> bytes:
    ether = Ether(src=sender.mac, dst=card)
    return bytes(ether / content if sender.vlan is None else ether / Dot1Q(vlan=sender.vlan) / content)


def _ip(source: str, target: str) -> Packet:
    if ":" in source:
        return IPv6(src=source, dst=target, hlim=64)
    # RFC 6864 4.1: with DF set the identification means nothing
    return IP(src=source, dst=target, id=0, flags="DF", ttl=64)


def _arp(sender: Sender, target: str) -> Packet:
    return ARP(op=1, hwsrc=sender.mac, psrc=sender.source, hwdst="00:00:00:00:00:00", pdst=target)


def _solicited(target: str) -> tuple[str, str]:
    """The solicited-node group of an address (RFC 4291 2.7.1) and its card (RFC 2464 7)."""
    low = int(ipaddress.IPv6Address(target)) & 0xFFFFFF
    group = ipaddress.IPv6Address(int(ipaddress.IPv6Address("ff02::1:ff00:0")) | low)
    return str(group), ":".join(["33", "33", "ff", *(f"{low >> shift & 255:02x}" for shift in (16, 8, 0))])
