"""What a device that must not be touched feels: any frame that is meant for it, a question for its card included. Pure."""

from typing import Final

_IPV4: Final = b"\x08\x00"
_ARP: Final = b"\x08\x06"


def meant(frame: bytes, card: bytes, address: bytes) -> bool:
    """Whether an Ethernet frame is for this card, or asks for or speaks to this IPv4 address (4 bytes)."""
    if frame[:6] == card:
        return True
    # RFC 826: the target protocol address ends at byte 28 of the request; RFC 791: the destination is bytes 16 to 19
    start = {_ARP: 38, _IPV4: 30}.get(frame[12:14])
    return start is not None and frame[start : start + 4] == address
