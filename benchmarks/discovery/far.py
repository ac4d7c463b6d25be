"""The far end: one kernel that owns every live address, and listens on some ports of each. Run by world.py."""

import resource
import socket
import sys
import zlib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import player

SHARE = 3
"""Of the ports asked, about one in so many is open."""

_FREEBIND = 15
"""IP_FREEBIND of linux/in.h."""


def live(
    live: list[str], *, routed: bool, cable: bool, near: str, router: str, ports: list[int]
) -> list[str]:
    """Own these addresses; give the `address:port` that are open."""
    player.settle(
        # echo replies are never limited here, resets and errors shall not be either
        "net.ipv4.icmp_ratemask=0",
        "net.ipv4.tcp_max_syn_backlog=65536",
        "net.core.somaxconn=65535",
        "net.ipv4.ip_forward=0",
        "net.ipv4.tcp_invalid_ratelimit=0",
    )
    player.ip("link set lo up", "link set f0 up")
    if not routed:
        player.ip("route add 10.77.0.0/16 dev f0")
        player.ip(f"neighbour add 10.77.255.254 lladdr {near} dev f0 nud permanent")
    elif cable:
        player.ip(
            "address add 10.99.0.2/30 dev f0", f"neighbour add 10.99.0.1 lladdr {near} dev f0 nud permanent"
        )
    else:
        player.ip(
            "address add 10.98.0.2/30 dev f0", f"neighbour add 10.98.0.1 lladdr {router} dev f0 nud permanent"
        )
        player.ip("route add 10.99.0.0/30 via 10.98.0.1 dev f0")
    player.ip(*(f"route add local {address}/32 dev f0" for address in live))
    return list(opened(live, ports))


def opened(live: list[str], ports: list[int]) -> list[str]:
    """Listen on some ports of each address, for good."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(live) * len(ports) + 100,) * 2)
    found = []
    for address in live:
        for port in ports:
            if zlib.crc32(f"{address}:{port}".encode()) % SHARE:
                continue
            listener = socket.socket()
            listener.setsockopt(socket.SOL_IP, _FREEBIND, 1)
            listener.bind((address, port))
            listener.listen(64)
            LISTENERS.append(listener)
            found.append(f"{address}:{port}")
    return found


LISTENERS: list[socket.socket] = []

if __name__ == "__main__":
    player.serve({"live": live})
