"""Run by test_listen: two namespaces, one cable, no way out; one end listens, the other plays traffic and counts frames.

Prints what `listen` printed, what its log holds, and how many frames left the listening end while it listened.
"""

import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from scanner.store.store import open_store

SCOPE = """
[engagement]
name = "ground"
owner = "test"
authorized_by = "test"
contact = "test"
reference = "test"
valid_from = 2000-01-01
valid_until = 2000-01-31
sector = "hospital"

[[network]]
cidr = "10.77.0.0/24"
zone = "ward"
profile = "clinical"
"""
OURS, THEIRS = "02:00:00:00:00:01", "02:00:00:00:00:02"
PLAYED = 400


def ip(*words, inside=None):
    subprocess.run([*(["ip", "netns", "exec", inside] if inside else []), *words], check=True)


def cable():
    """The far end in a namespace of its own; IPv6 off on both, so that no kernel speaks by itself."""
    Path("/run/netns").mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "none", "/run"], check=True)
    ip("ip", "netns", "add", "far")
    ip("ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1", "netns", "far")
    for name, mac, inside in (("v0", OURS, None), ("v1", THEIRS, "far")):
        ip("sysctl", "-qw", f"net.ipv6.conf.{name}.disable_ipv6=1", inside=inside)
        ip("ip", "link", "set", name, "address", mac, "up", inside=inside)


def frames():
    """ARP of a device, its SSH greeting, both of them once more in a VLAN, and what belongs to nobody."""
    mac, other = bytes.fromhex("001b21000007"), bytes.fromhex("001b21000009")
    arp = bytes.fromhex("0001080006040001") + mac + bytes([10, 77, 0, 7]) + bytes(6) + bytes([10, 77, 0, 9])
    yield b"\xff" * 6 + mac + b"\x08\x06" + arp
    yield (
        other
        + mac
        + b"\x08\0"
        + segment((10, 77, 0, 7), (10, 77, 0, 9), 22, 40000, b"SSH-2.0-OpenSSH_4.3\r\n")
    )
    tagged = (
        bytes.fromhex("0001080006040001") + other + bytes([10, 77, 0, 9]) + bytes(6) + bytes([10, 77, 0, 7])
    )
    yield b"\xff" * 6 + other + bytes.fromhex("8100002a") + b"\x08\x06" + tagged
    yield other + mac + b"\x08\0" + segment((192, 0, 2, 7), (192, 0, 2, 9), 22, 40000, b"SSH-2.0-Strange\r\n")


def segment(source, target, sport, dport, payload):
    tcp = struct.pack("!HHIIBBHHH", sport, dport, 1, 1, 0x50, 0x19, 8192, 0, 0) + payload
    return (
        struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 7, 0, 64, 6, 0, bytes(source), bytes(target))
        + tcp
    )


def play():
    """In the far namespace: wait for the word, send everything a few times, say how many frames came from the other end."""
    link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0x0300)
    link.bind(("v1", 3))
    link.setblocking(False)
    sys.stdin.readline()
    heard = 0
    for _ in range(PLAYED):
        for frame in frames():
            link.send(frame)
    end = time.monotonic() + 1.5
    while time.monotonic() < end:
        try:
            _, (_, _, kind, *_rest) = link.recvfrom(65536)
        except BlockingIOError:
            time.sleep(0.01)
            continue
        # 4: our own frames, shown to us on their way out
        heard += kind != 4
    print(heard)


def muted(pid):
    """Whether a child of a process has put itself under one more seccomp filter than we stand under."""
    return any(filters(child) > filters("self") for child in children(pid))


def children(pid):
    try:
        return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []


def filters(pid):
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Seccomp_filters:")), 0)


def sent():
    return int(Path("/sys/class/net/v0/statistics/tx_packets").read_text())


def main():
    if sys.argv[1:] == ["play"]:
        play()
        return
    cable()
    subprocess.run(["mount", "-t", "sysfs", "none", "/sys"], check=True)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "scope.toml").write_text(SCOPE)
        far = subprocess.Popen(
            ["ip", "netns", "exec", "far", sys.executable, __file__, "play"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        before = sent()
        listening = subprocess.Popen(
            [sys.executable, "-m", "scanner", "listen", "-i", "v0", "--for", "6s", "-s", str(place / "scope.toml")],
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        # its ring stands before it gives up sending: what passes from then on is heard, or counted as lost
        while not muted(listening.pid) and listening.poll() is None:
            time.sleep(0.05)
        heard, _ = far.communicate(b"go\n")
        _, words = listening.communicate(timeout=60)
        out = sent() - before
        audit = (place / "audit.jsonl").read_text()
        with open_store(place / "stalehost.db", engagement(place)) as store:
            log = [[one.source, one.field, one.value, one.address, one.mac, one.zone] for one in store.log()]
    said = {
        "status": listening.returncode,
        "words": words,
        "log": log,
        "heard": int(heard),
        "sent": out,
        "audit": audit,
    }
    print(json.dumps(said))


def engagement(place):
    from scanner.scope.engagement import find

    return find(place, place / "scope.toml", None, None).id


if __name__ == "__main__":
    os.environ["NO_COLOR"] = "1"
    main()
