"""Addresses, MACs and ports in their one canonical spelling, so that equal things compare equal."""

import ipaddress
import re
from functools import lru_cache
from typing import Final, NewType

Address = NewType("Address", str)
"""An IPv4 or IPv6 address as `ipaddress` prints it: `10.0.0.1`, `fe80::1`."""

Mac = NewType("Mac", str)
"""Six octets, lower case, colons: `00:1b:21:3c:4d:5e`."""

Port = NewType("Port", str)
"""Protocol and number: `tcp/445`, `udp/161`."""

_MAC_DIGITS: Final = re.compile(r"[0-9a-f]{12}")
_PORT: Final = re.compile(r"(tcp|udp)/([0-9]{1,5})")


def address(text: str) -> Address:
    """Read an IP address; raise ValueError for anything else."""
    return Address(str(ipaddress.ip_address(text.strip())))


def mac(text: str) -> Mac:
    """Read a MAC in any usual spelling (colons, dashes, dots); raise ValueError for anything else."""
    digits = re.sub(r"[:.\-\s]", "", text).lower()
    if not _MAC_DIGITS.fullmatch(digits):
        raise ValueError(f"{text!r} is not a MAC address")
    return Mac(":".join(digits[i : i + 2] for i in range(0, 12, 2)))


def port(text: str) -> Port:
    """Read `tcp/445`; raise ValueError for anything else."""
    found = _PORT.fullmatch(text.strip().lower())
    if not found or not 0 < int(found[2]) < 65536:
        raise ValueError(f"{text!r} is not a port such as tcp/445")
    return Port(f"{found[1]}/{int(found[2])}")


def tcp(number: int) -> Port:
    """The TCP port of that number."""
    return Port(f"tcp/{number}")


def udp(number: int) -> Port:
    """The UDP port of that number."""
    return Port(f"udp/{number}")


def is_udp(of: Port) -> bool:
    """Whether the port is asked by a datagram rather than by a connection."""
    return of.startswith("udp/")


def number(of: Port) -> int:
    """The port's number."""
    return int(of.partition("/")[2])


@lru_cache(maxsize=16_384)
def order(of: Address) -> tuple[int, int]:
    """A sort key: IPv4 before IPv6, then by number."""
    parsed = ipaddress.ip_address(of)
    return parsed.version, int(parsed)
