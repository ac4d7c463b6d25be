"""The one place with scapy: it builds each kind of frame once, and the rest of the helper only stamps it."""

from scapy.layers.inet import IP  # noqa: F401  # binds IPv4 to Ether, so that a capture's frames dissect
from scapy.layers.l2 import ARP, Ether


def arp_request(mac: str, address: str) -> bytes:
    """An ARP request (RFC 826) from us to everyone, asking for 0.0.0.0: 42 bytes, the target to be stamped in."""
    frame = Ether(src=mac, dst="ff:ff:ff:ff:ff:ff") / ARP(
        op=1,
        hwsrc=mac,
        psrc=address,
        hwdst="00:00:00:00:00:00",
        pdst="0.0.0.0",  # noqa: S104  # a blank, not a bind
    )
    return bytes(frame)
