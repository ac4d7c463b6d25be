"""Read nmap's own account of its connections (`--packet-trace`): whom it knocked at, line by line. Pure."""

import ipaddress
import re
from typing import Final

from scanner.model.net import Address

_LONGEST: Final = 512
"""Bytes of a line that are looked at: what a device says stands behind that."""

# port scan: one line when it begins, another when it ends; the words after the arrow are the C library's in locale C
_KNOCK: Final = re.compile(rb"CONN \([\d.]+s\) TCP \S+ > (\S+):\d+ => Operation now in progress")
# service scan, by nmap's socket library
_ASK: Final = re.compile(
    rb"NSOCK INFO \[[\d.]+s\] nsock_connect\w*\(\): \S+ connection requested to (\S+):\d+ "
)


class Lines:
    """Cuts one stream into lines, whatever the size of its pieces; keeps only the head of a long line."""

    def __init__(self) -> None:
        self._rest = b""
        self.last = b""
        """The last line that was no trace: what nmap complains of."""

    def feed(self, data: bytes) -> list[Address]:
        """Whom the lines that are now complete say that it knocked at, once for each connection."""
        *whole, rest = (self._rest + data).split(b"\n")
        # the head of a line is enough to know it by, and a line without an end must not fill the memory
        self._rest = rest[:_LONGEST]
        return [address for line in whole if (address := self._one(line[:_LONGEST]))]

    def _one(self, line: bytes) -> Address | None:
        if line.strip() and not line.startswith((b"CONN ", b"NSOCK ")):
            self.last = line
        return knock(line)


def knock(line: bytes) -> Address | None:
    """Whom a line says that a connection was begun to; None for any other line."""
    match = _KNOCK.match(line) or _ASK.match(line)
    if match is None:
        return None
    try:
        return Address(str(ipaddress.ip_address(match[1].decode("ascii", "replace").strip("[]"))))
    except ValueError:
        return None
