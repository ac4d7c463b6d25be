"""Sites that are 20 ms away: `unshare -n python far_sites.py TUN DELAY`, where TUN is the descriptor of the near end of the line.

Between the two ends stands this process, which holds every packet back for DELAY seconds in each direction (a kernel
without `netem` can do no more). At the far end the kernel itself answers for every address of 10.20.0.0/16, and here
listens what stands on each of them: an old SSH, and an old web server. Ends when its standard input does.
"""

import fcntl
import os
import selectors
import socket
import struct
import subprocess
import sys
import threading
import time
from collections import deque
from contextlib import suppress

TUNSETIFF, TUN = 0x400454CA, 0x0001 | 0x1000
BANNER = b"SSH-2.0-OpenSSH_5.3\r\n"
PAGE = (
    b"HTTP/1.0 200 OK\r\nServer: Boa/0.94.14rc21\r\nContent-Type: text/html\r\n\r\n"
    b"<html><title>Infusion gateway</title></html>"
)


def tun(name: str) -> int:
    """An end of the line in the namespace of whoever asks: a descriptor of whole IP packets."""
    end = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(end, TUNSETIFF, struct.pack("16sH22x", name.encode(), TUN))
    return end


def ip(*lines: str) -> None:
    """Run `ip` a line at a time."""
    for line in lines:
        subprocess.run(["ip", *line.split()], check=True)


def main() -> None:
    """Lay the line, listen, and carry packets until nobody wants any more."""
    near, delay = int(sys.argv[1]), float(sys.argv[2])
    os.set_blocking(near, False)
    far = tun("far0")
    ip(
        "link set lo up", "address add 10.99.0.2/30 dev far0", "link set far0 up",
        "route add local 10.20.0.0/16 dev lo", "route add default dev far0",
    )  # fmt: skip
    for port in (22, 80):
        threading.Thread(target=answer, args=(port,), daemon=True).start()
    carry(near, far, delay)


def carry(near: int, far: int, delay: float) -> None:
    """Pass packets on, each so long after it came, until standard input ends."""
    waits: deque[tuple[float, int, bytes]] = deque()
    with selectors.DefaultSelector() as ready:
        ready.register(near, selectors.EVENT_READ, far)
        ready.register(far, selectors.EVENT_READ, near)
        ready.register(sys.stdin.fileno(), selectors.EVENT_READ, None)
        print("ready", flush=True)
        while True:
            ahead = max(0.0, waits[0][0] - time.monotonic()) if waits else None
            for key, _ in ready.select(ahead):
                if key.data is None:
                    return
                with suppress(BlockingIOError):
                    while True:
                        waits.append((time.monotonic() + delay, key.data, os.read(key.fd, 65536)))
            while waits and waits[0][0] <= time.monotonic():
                _, end, packet = waits.popleft()
                os.write(end, packet)


def answer(port: int) -> None:
    """One old service on every address."""
    with socket.create_server(("", port), backlog=1024) as listening:
        while True:
            line, _ = listening.accept()
            threading.Thread(target=speak, args=(line, port), daemon=True).start()


def speak(line: socket.socket, port: int) -> None:
    """What it says to one that connected."""
    with line, suppress(OSError):
        line.settimeout(10)
        if port == 22:
            line.sendall(BANNER)
            line.recv(1024)
        elif line.recv(4096):
            line.sendall(PAGE)


if __name__ == "__main__":
    main()
