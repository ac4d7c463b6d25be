"""The one place with scapy: it builds each kind of frame once, and the rest of the helper only stamps it."""

import sys

# scapy (GPL-2.0-only) loads cryptography (with Apache-2.0 OpenSSL) wherever it is installed; None makes that import
# fail, which scapy takes as "not there", so that the two never share a process
sys.modules["cryptography"] = None  # type: ignore[assignment]  # the documented way to forbid an import

from scapy.layers.inet import IP  # noqa: E402, F401  # binds IPv4 to Ether; after the line above on purpose
from scapy.layers.l2 import ARP, Ether  # noqa: E402  # after the line above on purpose


def arp_request(mac: str, address: str) -> bytes:
    """An ARP request (RFC 826) from us to everyone, asking for 0.0.0.0: 42 bytes, the target to be stamped in."""
    nobody = "0.0.0.0"  # noqa: S104  # a blank in a frame, not a bind
    frame = Ether(src=mac, dst="ff:ff:ff:ff:ff:ff") / ARP(
        op=1, hwsrc=mac, psrc=address, hwdst="00:00:00:00:00:00", pdst=nobody
    )
    return bytes(frame)
