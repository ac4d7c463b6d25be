"""AF_PACKET sockets with a kernel filter, and the least privilege that they need. Linux only."""

import array
import contextlib
import ctypes
import fcntl
import ipaddress
import os
import select
import socket
import struct
from collections.abc import Callable, Sequence
from typing import Final

from scanner.errors import HostError

_SO_ATTACH_FILTER: Final = 26
_SOL_PACKET: Final = 263
_PACKET_ADD_MEMBERSHIP: Final = 1
_PACKET_MR_PROMISC: Final = 1
_ETH_P_ALL: Final = 3

ARP_ONLY: Final = ((0x28, 0, 0, 12), (0x15, 0, 1, 0x0806), (0x06, 0, 0, 0xFFFF), (0x06, 0, 0, 0))
"""Classic BPF: load the half-word at 12 (the EtherType); 0x0806 = the whole frame, anything else = nothing."""

LOST: Final = (
    "if nobody pulled the cable, the switch may have shut the port because of our ARP requests or a second card: ask"
    " for `show interfaces status err-disabled` (Cisco) and for its ARP inspection and port security limits"
)
"""What a lost link during a sweep most often means, and which switch command shows it."""

_IGNORE_OUTGOING: Final = 23
_STATISTICS: Final = 6
_RCVBUF_FORCE: Final = 33
_SIOCGIFFLAGS: Final = 0x8913
_UP, _RUNNING = 0x1, 0x40
_SIOCETHTOOL: Final = 0x8946
_ETHTOOL_GLINK: Final = 0x0A

_CAP_NET_RAW: Final = 13
_CAPABILITY_VERSION_3: Final = 0x20080522
_PR_SET_NO_NEW_PRIVS: Final = 38

NO_RIGHT: Final = (
    "raw sockets need CAP_NET_RAW: run as root, or give a root-owned install that ambient capability"
    " (AmbientCapabilities=CAP_NET_RAW in a systemd unit); without it addresses are found by TCP connect"
)


def open_link(
    interface: str,
    *,
    arp_only: bool = False,
    program: Sequence[tuple[int, int, int, int]] | None = None,
    promiscuous: bool = False,
    hears: bool = True,
) -> socket.socket:
    """A non-blocking packet socket bound to one interface; raise HostError when it cannot be had.

    `program` is a filter of classic BPF; with `hears=False` the kernel hands it no frame at all.
    """
    if not hasattr(socket, "AF_PACKET"):
        raise HostError("raw sockets need Linux; here addresses are found by TCP connect")
    try:
        # protocol 0 hears nothing: no frame slips in between the filter and the bind
        link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    except PermissionError as error:
        raise HostError(NO_RIGHT) from error
    try:
        if program or arp_only:
            _attach(link, program or ARP_ONLY)
        link.bind((interface, _ETH_P_ALL if hears else 0))
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


def only_incoming(link: socket.socket) -> None:
    """Keep what this machine sends itself from being heard; kernels before 4.20 cannot, and readers pass it over."""
    with contextlib.suppress(OSError):
        link.setsockopt(_SOL_PACKET, _IGNORE_OUTGOING, 1)


def receive(link: socket.socket, interface: str) -> bytes | None:
    """The next frame that waits in the socket, or None; raise HostError when the interface went away."""
    try:
        return link.recv(65536)
    except BlockingIOError:
        return None
    except OSError as error:
        raise HostError(f"interface {interface} went away: {error.strerror}; {LOST}") from error


def waiting(link: socket.socket, control: int) -> Callable[[float], bool]:
    """Wait up to so many seconds for a frame; True when something, or the end, came on the control pipe."""

    def stopped(seconds: float) -> bool:
        watched: list[socket.socket | int] = [link, control]
        ready, _, _ = select.select(watched, [], [], seconds)
        return control in ready

    return stopped


def dropped(link: socket.socket) -> int:
    """Frames since the last call that the kernel had no room for (PACKET_STATISTICS)."""
    return int(struct.unpack("II", link.getsockopt(_SOL_PACKET, _STATISTICS, 8))[1])


def check_alive(link: socket.socket, interface: str) -> None:
    """Raise HostError when the interface is gone, was set down, or has lost its carrier.

    A pulled cable fails no send: the card takes frames and drops them. /sys may show another network namespace,
    so the socket itself is asked.
    """
    name = interface.encode()[:15]
    try:
        flags = struct.unpack_from("16sH", fcntl.ioctl(link, _SIOCGIFFLAGS, struct.pack("16sH22x", name, 0)))[
            1
        ]
    except OSError as error:
        raise HostError(f"interface {interface} went away: {error.strerror}; {LOST}") from error
    if not flags & _UP:
        raise HostError(f"interface {interface} is down: set it up (`ip link set {interface} up`)")
    if not _carrier(link, name, running=bool(flags & _RUNNING)):
        raise HostError(f"interface {interface} went away: no carrier; {LOST}")


def _carrier(link: socket.socket, name: bytes, *, running: bool) -> bool:
    """Whether there is a carrier; `running`, which the kernel sets up to a second late, where the card cannot say."""
    value = array.array("I", [_ETHTOOL_GLINK, 0])
    try:
        fcntl.ioctl(link, _SIOCETHTOOL, struct.pack("16sP16x", name, value.buffer_info()[0]))
    except OSError:
        return running
    return bool(value[1])


def check_source(source: str, interface: str) -> None:
    """Raise HostError when `source` is no address of this machine: we speak in nobody else's name."""
    address = ipaddress.ip_address(source)
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            where = (source, 0) if address.version == 4 else (source, 0, 0, socket.if_nametoindex(interface))
            probe.bind(where)
    except OSError as error:
        raise HostError(f"{source} is no address of interface {interface}: {error.strerror}") from error


def _attach(link: socket.socket, steps: Sequence[tuple[int, int, int, int]]) -> None:
    program = array.array("B", b"".join(struct.pack("HBBI", *step) for step in steps))
    at, _ = program.buffer_info()
    link.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HP", len(steps), at))
