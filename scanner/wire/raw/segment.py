"""What stands on an interface, as the kernel has it: our own addresses and every range that is on-link. Linux only."""

import ipaddress
import socket
import struct
from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct

from scanner.errors import HostError
from scanner.model.net import Address
from scanner.scope.file import IPNetwork

_MESSAGE: Final = struct.Struct("=IHHII")
_GET_ADDRESS, _NEW_ADDRESS, _GET_ROUTE, _NEW_ROUTE = 22, 20, 26, 24
_ERROR, _DONE, _DUMP = 2, 3, 0x301
_LENGTHS: Final = {socket.AF_INET: 4, socket.AF_INET6: 16}
_TO, _LOCAL = 1, 2
_BEYOND: Final = frozenset({5, 9, 18})
"""Attributes of a route over a router: RTA_GATEWAY, RTA_MULTIPATH, RTA_VIA."""
_NOT_OURS: Final = 0x40 | 0x08
"""Flags of an address that another may hold: IFA_F_TENTATIVE, IFA_F_DADFAILED (RFC 4862 5.4)."""
_OIF: Final = 4
_UNICAST: Final = 1


class Segment(Struct, frozen=True, kw_only=True):
    """One interface's link."""

    own: frozenset[Address]
    """Our own addresses there that nobody else holds."""
    ranges: frozenset[IPNetwork]
    """What the kernel would send there without a router: the ranges of our addresses, and on-link routes."""


def segment(interface: str) -> Segment:
    """Ask the kernel (rtnetlink, RFC 3549); raise HostError when the interface is gone."""
    try:
        index = socket.if_nametoindex(interface)
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as kernel:
            kernel.bind((0, 0))
            messages = [*_dump(kernel, _GET_ADDRESS), *_dump(kernel, _GET_ROUTE)]
    except OSError as error:
        raise HostError(f"cannot ask what stands on interface {interface}: {error.strerror}") from error
    return read(messages, index)


def read(messages: Iterable[tuple[int, bytes]], index: int) -> Segment:
    """Make of rtnetlink's messages (kind and body) what they say of one interface. Pure."""
    own: set[Address] = set()
    ranges: set[IPNetwork] = set()
    for kind, body in messages:
        if kind == _NEW_ADDRESS and len(body) >= 8:
            # ifaddrmsg: family, prefix length, flags, scope, index
            family, bits, flags, _, at = struct.unpack_from("=BBBBI", body)
            found = dict(_attributes(body[8:]))
            if at == index and family in _LENGTHS and _TO in found:
                if not flags & _NOT_OURS:
                    # IPv4 tells our own address apart from the other end of a line of two
                    own.add(Address(str(ipaddress.ip_address(found.get(_LOCAL, found[_TO])))))
                ranges.add(ipaddress.ip_network((found[_TO], bits), strict=False))
        elif kind == _NEW_ROUTE and len(body) >= 12 and (route := _route(body, index)) is not None:
            ranges.add(route)
    return Segment(own=frozenset(own), ranges=frozenset(one for one in ranges if not one.is_multicast))


def _route(body: bytes, index: int) -> IPNetwork | None:
    """The range of an on-link route by this interface; None for any other."""
    # rtmsg: family, length of the target, of the source, TOS, table, protocol, scope, type, flags
    family, bits, _, _, _, _, _, kind = struct.unpack_from("=8B", body)
    found = dict(_attributes(body[12:]))
    if kind != _UNICAST or family not in _LENGTHS or _BEYOND & found.keys():
        return None
    if found.get(_OIF) != struct.pack("=I", index):
        return None
    return ipaddress.ip_network((found.get(_TO, bytes(_LENGTHS[family])), bits), strict=False)


def _dump(kernel: socket.socket, what: int) -> Iterator[tuple[int, bytes]]:
    """All that the kernel has of a kind, IPv4 and IPv6."""
    kernel.send(_MESSAGE.pack(_MESSAGE.size + 4, what, _DUMP, 0, 0) + bytes(4))
    while True:
        data = kernel.recv(1 << 17)
        while len(data) >= _MESSAGE.size:
            length, kind, _, _, _ = _MESSAGE.unpack_from(data)
            if kind == _DONE:
                return
            if kind == _ERROR or not _MESSAGE.size <= length <= len(data):
                raise OSError(0, "the kernel does not tell")
            yield kind, data[_MESSAGE.size : length]
            data = data[_aligned(length) :]


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    while len(data) >= 4:
        length, kind = struct.unpack_from("=HH", data)
        if not 4 <= length <= len(data):
            return
        # the two highest bits say how an attribute is written, not which it is
        yield kind & 0x3FFF, data[4:length]
        data = data[_aligned(length) :]


def _aligned(length: int) -> int:
    return (length + 3) & ~3
