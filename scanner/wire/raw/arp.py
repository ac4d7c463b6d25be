"""ARP frames as bytes: stamp the targets into a template, read the answers. Pure, and no scapy."""

import struct
from ipaddress import IPv4Address
from typing import Final

import numpy as np
import numpy.typing as npt

from scanner.model.net import Address, Mac

TARGET: Final = slice(38, 42)
"""Where an Ethernet ARP request carries the address that it asks for."""

_HEAD: Final = struct.Struct("!6s6sHHHBBH6s4s6s4s")


def stamp(template: bytes, targets: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint8]:
    """One frame a row: the template with each target in place, all at once."""
    frames = np.tile(np.frombuffer(template, np.uint8), (len(targets), 1))
    frames[:, TARGET] = targets.astype(">u4").view(np.uint8).reshape(-1, 4)
    return frames


def read(frame: bytes) -> tuple[Address, Mac] | None:
    """Who answers in this frame; None for anything but an ARP reply about an IPv4 address on Ethernet."""
    if len(frame) < _HEAD.size:
        return None
    _, _, ethertype, hardware, protocol, hlen, plen, operation, mac, address, _, _ = _HEAD.unpack_from(frame)
    # RFC 826: Ethernet is hardware 1 with 6 octets, IPv4 is protocol 0x0800 with 4; a reply is operation 2
    if (ethertype, hardware, protocol, hlen, plen, operation) != (0x0806, 1, 0x0800, 6, 4, 2):
        return None
    # no card has a group address, and all zeros is nobody
    if mac[0] & 1 or mac == bytes(6):
        return None
    return Address(str(IPv4Address(address))), Mac(mac.hex(":"))
