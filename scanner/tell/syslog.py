"""Writes lines to syslog (RFC 3164 form): this machine's socket, or one configured host by UDP, which is not encrypted."""

import socket
from typing import Final

from scanner.errors import HostError

_NOTICE: Final = 16 * 8 + 5
"""Facility local0, severity notice (RFC 5424, 6.2.1)."""
_LONGEST: Final = 1000
"""Bytes of a line: RFC 3164, 4.1 asks for at most 1024 with its head."""


def write(where: str, subject: str, body: str) -> None:
    """Send the subject and each line of the body as one message each; raise HostError when that fails."""
    lines = [line for line in (subject, *body.splitlines()) if line.strip()]
    try:
        if where.startswith("/"):
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as there:
                there.connect(where)
                _each(there, lines)
        else:
            host, _, port = where.rpartition(":")
            (family, kind, proto, _, place), *_ = socket.getaddrinfo(
                host.strip("[]"), int(port), type=socket.SOCK_DGRAM
            )
            with socket.socket(family, kind, proto) as there:
                there.connect(place)
                _each(there, lines)
    except OSError as error:
        raise HostError(f"syslog at {where}: {error}") from error


def _each(there: socket.socket, lines: list[str]) -> None:
    for line in lines:
        there.send(f"<{_NOTICE}>stalehost: {line}".encode()[:_LONGEST])
