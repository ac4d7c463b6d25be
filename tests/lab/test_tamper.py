"""What a device that must not be touched feels."""

import pytest

from scanner.lab.tamper import meant

CARD, ADDRESS, OTHER = bytes.fromhex("00d0fa113002"), bytes([10, 50, 30, 2]), bytes([10, 50, 30, 3])
EVERYBODY, CALLER = b"\xff" * 6, bytes.fromhex("025c00000001")
_ARP = b"\x08\x06\x00\x01\x08\x00\x06\x04\x00\x01" + CALLER + bytes(4) + bytes(6)
_IPV4 = b"\x08\x00E" + bytes(11) + bytes(4)


@pytest.mark.parametrize(
    ("frame", "felt"),
    [
        (EVERYBODY + CALLER + _ARP + ADDRESS, True),
        (EVERYBODY + CALLER + _ARP + OTHER, False),
        (CARD + CALLER + _ARP + OTHER, True),
        (EVERYBODY + CALLER + _IPV4 + ADDRESS + bytes(20), True),
        (EVERYBODY + CALLER + _IPV4 + OTHER + bytes(20), False),
        (CARD + CALLER + b"\x86\xdd" + bytes(40), True),
        (b"\x33\x33\0\0\0\1" + CALLER + b"\x86\xdd" + bytes(40), False),
        (b"", False),
        (EVERYBODY + CALLER + b"\x08\x06", False),
    ],
)
def test_it_feels_what_is_meant_for_it_and_nothing_else(frame: bytes, felt: bool) -> None:
    assert felt is meant(frame, CARD, ADDRESS)
