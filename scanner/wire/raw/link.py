"""AF_PACKET sockets with a kernel filter, and the least privilege that they need. Linux only."""

import array
import ctypes
import os
import socket
import struct
from typing import Final

from scanner.errors import HostError

_SO_ATTACH_FILTER: Final = 26
_SOL_PACKET: Final = 263
_PACKET_ADD_MEMBERSHIP: Final = 1
_PACKET_MR_PROMISC: Final = 1
_ETH_P_ALL: Final = 3

ARP_ONLY: Final = ((0x28, 0, 0, 12), (0x15, 0, 1, 0x0806), (0x06, 0, 0, 0xFFFF), (0x06, 0, 0, 0))
"""Classic BPF: load the half-word at 12 (the EtherType); 0x0806 = the whole frame, anything else = nothing."""

_CAP_NET_RAW: Final = 13
_CAPABILITY_VERSION_3: Final = 0x20080522
_PR_SET_NO_NEW_PRIVS: Final = 38

NO_RIGHT: Final = (
    "raw sockets need CAP_NET_RAW: run as root, or give a root-owned install that ambient capability"
    " (AmbientCapabilities=CAP_NET_RAW in a systemd unit); without it addresses are found by TCP connect"
)


def open_link(interface: str, *, arp_only: bool, promiscuous: bool = False) -> socket.socket:
    """A non-blocking packet socket bound to one interface; raise HostError when it cannot be had."""
    if not hasattr(socket, "AF_PACKET"):
        raise HostError("raw sockets need Linux; here addresses are found by TCP connect")
    try:
        # protocol 0 hears nothing: no frame slips in between the filter and the bind
        link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    except PermissionError as error:
        raise HostError(NO_RIGHT) from error
    try:
        if arp_only:
            _attach(link)
        link.bind((interface, _ETH_P_ALL))
        if promiscuous:
            member = struct.pack("iHH8s", socket.if_nametoindex(interface), _PACKET_MR_PROMISC, 0, b"")
            link.setsockopt(_SOL_PACKET, _PACKET_ADD_MEMBERSHIP, member)
    except OSError as error:
        link.close()
        raise HostError(f"cannot open interface {interface}: {error.strerror}") from error
    link.setblocking(False)
    return link


def own_mac(link: socket.socket) -> str:
    """The MAC of the interface that the socket is bound to."""
    return str(link.getsockname()[4].hex(":"))


def check_right() -> None:
    """Raise HostError when this process may not open packet sockets."""
    open_link("lo", arp_only=True).close()


def drop_privilege() -> None:
    """Keep CAP_NET_RAW of all that this process holds, and let nothing that it starts gain more.

    The user id stays: where only uid 0 is mapped (`unshare -r`) there is no other to change to.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    kept = 1 << _CAP_NET_RAW
    # capability.h: header {version, pid}, then {effective, permitted, inheritable} for the low and the high word
    head = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    had = ctypes.create_string_buffer(24)
    if libc.capget(head, had) != 0:
        raise HostError(f"cannot read this process's capabilities: {os.strerror(ctypes.get_errno())}")
    permitted = struct.unpack("=6I", had.raw)[1] & kept
    if libc.capset(head, struct.pack("=6I", permitted, permitted, 0, 0, 0, 0)) != 0:
        raise HostError(f"cannot drop capabilities: {os.strerror(ctypes.get_errno())}")
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def _attach(link: socket.socket) -> None:
    program = array.array("B", b"".join(struct.pack("HBBI", *step) for step in ARP_ONLY))
    at, _ = program.buffer_info()
    link.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HP", len(ARP_ONLY), at))
