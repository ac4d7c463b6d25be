"""Datagrams that ask one device who it is: sent by discovery to many, and by the probes to one, byte for byte the same.

Each is written here from its standard; none logs in, changes anything, or asks for more than who is there.
"""

from typing import Final

SNMP: Final = bytes.fromhex(
    "303a020103"  # RFC 3412 section 6: version 3
    "300f02024a69020300ffe304010402"
    "0103"  # message id, 65,507 bytes at most, reportable, user-based security
    "0410300e0400020100020100040004000400"  # RFC 3414 section 4: no engine, no user: tell me who you are
    "3012040004" + "00a00c020237f0020100020100" + "3000"  # get nothing
)
"""SNMPv3 engine discovery: every agent must say who it is to a message without user and community."""

NTP: Final = bytes([0x23]) + bytes(47)
"""RFC 5905 section 7.3: version 4, mode 3 (client), all else zero: a client's request for the time."""

NETBIOS: Final = (
    bytes.fromhex("4a69 0000 0001 0000 0000 0000")  # RFC 1002 section 4.2.17: one question, unicast
    + b"\x20CK" + b"A" * 30 + b"\x00"  # the name `*`
    + bytes.fromhex("0021 0001")  # NBSTAT, internet
)  # fmt: skip
"""A node status request: which names do you go by?"""

MDNS: Final = (
    bytes.fromhex("0000 0000 0001 0000 0000 0000")  # RFC 6762 section 18: one question
    + b"\x09_services\x07_dns-sd\x04_udp\x05local\x00"  # RFC 6763 section 9: which services there are
    + bytes.fromhex("000c 8001")  # PTR, and answer to me alone (RFC 6762 section 5.4)
)
"""Which kinds of service do you offer? Sent to one device, never to the group."""
