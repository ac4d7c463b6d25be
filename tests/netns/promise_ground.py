"""Run by test_promises.py in namespaces of its own: play a hostile network, let the real program scan it, keep every frame.

`python promise_ground.py SEED FOLDER PROFILE`: a bridge with everybody else on one port and the scanner on the other.
What the scanner sends is heard on its port with the kernel's own times. Leaves FOLDER/frames.json.
"""

import ipaddress
import json
import random
import socket
import struct
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from scanner.cli.stopping import beating
from scanner.lab import paperwork

SEED, FOLDER, PROFILE = int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
DICE = random.Random(SEED)
SO_TIMESTAMPNS = 35
NEVER = (9100, 515, 2575, 102, 502)
TALKED = (22, 80, 443, 445, 8080, 23, 21, 104, 3389)
EXCLUDED_MAC = "00:09:fb:01:02:03"
FRAMES: list[tuple[float, str]] = []


def ip(*words):
    subprocess.run(["ip", *words], check=True)


def lay():
    """Two namespaces and a bridge; no card makes itself an IPv6 address."""
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
    for name in ("scanner", "shunned"):
        ip("netns", "add", name)
    ip(
        "link",
        "add",
        "br0",
        "address",
        "02:00:00:00:00:01",
        "type",
        "bridge",
        "stp_state",
        "0",
        "mcast_snooping",
        "0",
    )
    ip(
        "link",
        "add",
        "port0",
        "type",
        "veth",
        "peer",
        "name",
        "leg0",
        "address",
        "02:5c:00:00:00:01",
        "netns",
        "scanner",
    )
    ip(
        "link",
        "add",
        "port1",
        "type",
        "veth",
        "peer",
        "name",
        "eth0",
        "address",
        EXCLUDED_MAC,
        "netns",
        "shunned",
    )
    for card in ("br0", "port0", "port1"):
        ip("link", "set", card, "addrgenmode", "none")
    for card in ("port0", "port1"):
        ip("link", "set", card, "master", "br0", "up")
    ip("link", "set", "br0", "up")
    ip("link", "set", "lo", "up")
    for name, card, address in (
        ("scanner", "leg0", "10.9.255.250/16"),
        ("shunned", "eth0", f"{WORLD['shunned']}/16"),
    ):
        ip("-n", name, "link", "set", card, "addrgenmode", "none")
        ip("-n", name, "addr", "add", address, "dev", card)
        ip("-n", name, "link", "set", card, "up")
        ip("-n", name, "link", "set", "lo", "up")
    for address in (*WORLD["hosts"], *WORLD["excluded"], *WORLD["outside"]):
        ip("addr", "add", f"{address}/16", "dev", "br0")


def draw():
    """An arbitrary scope over 10.9.0.0/16, with neighbours that it does not name and holes that it forbids."""
    cidrs = [f"10.9.{third}.{16 * DICE.randrange(8)}/28" for third in DICE.sample(range(1, 200), 2)]
    hosts, excluded, outside = [], [], []
    for cidr in cidrs:
        inside = [str(one) for one in ipaddress.ip_network(cidr).hosts()]
        drawn = DICE.sample(inside, 7)
        hosts += drawn[:3]
        excluded += drawn[3:5]
        after = int(ipaddress.ip_network(cidr).broadcast_address)
        outside += [str(ipaddress.ip_address(after + step)) for step in (2, 3)]
    return {
        "cidrs": cidrs,
        "hosts": hosts[:-1],
        "shunned": hosts[-1],
        "excluded": excluded,
        "outside": outside,
    }


def scope():
    now = datetime.now(UTC)
    text = f"""[engagement]
name = "promises"
owner = "nobody"
authorized_by = "a test"
contact = "nobody"
reference = "T-1"
valid_from = {now.date()}
valid_until = {now.date() + timedelta(days=7)}
sector = "hospital"
"""
    for at, cidr in enumerate(WORLD["cidrs"]):
        text += f'\n[[network]]\ncidr = "{cidr}"\nzone = "z{at}"\nprofile = "{PROFILE}"\n'
    for address in WORLD["excluded"]:
        text += f'\n[[exclude]]\naddress = "{address}"\nreason = "never"\n'
    return text + f'\n[[exclude]]\nmac = "{EXCLUDED_MAC[:8]}:00:00:00/24"\nreason = "ventilators"\n'


def answer(line, port):
    """Lure the caller away, drown it, or talk nonsense: one draw a connection."""
    lures = [
        f"http://{DICE.choice(WORLD['outside'] + WORLD['excluded'])}/",
        f"http://{line.getsockname()[0]}:9100/",
    ]
    lures += ["/../../etc/passwd", "http://evil.example/", f"//{DICE.choice(WORLD['outside'])}/"]
    redirect = f"HTTP/1.1 302 Found\r\nLocation: {DICE.choice(lures)}\r\nContent-Length: 0\r\n\r\n".encode()
    kind = DICE.choice(("redirect", "redirect", "garbage", "drip", "flood", "silence"))
    with line:
        line.settimeout(4)
        try:
            if kind == "garbage" or port in (22, 445):
                line.sendall(DICE.randbytes(700))
            elif kind == "flood":
                line.sendall(bytes(3 << 20))
            elif kind == "drip":
                for _ in range(8):
                    line.sendall(b"2")
                    time.sleep(0.3)
            line.recv(4096)
            if kind == "redirect":
                line.sendall(redirect)
            while line.recv(4096):
                pass
        except OSError:
            pass


def serve(port):
    server = socket.create_server(("0.0.0.0", port), backlog=64)
    while True:
        line, _ = server.accept()
        threading.Thread(target=answer, args=(line, port), daemon=True).start()


def hear():
    """Every frame that comes out of the scanner, with the time at which the kernel saw it."""
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    tap.bind(("port0", 3))
    tap.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    tap.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 24)
    while True:
        frame, extra, _, (_, _, direction, *_) = tap.recvmsg(200, 64)
        if direction != socket.PACKET_OUTGOING:
            seconds, nanos = struct.unpack("qq", extra[0][2])
            FRAMES.append((seconds + nanos / 1e9, frame[:74].hex()))


def stalehost(*words):
    inside = ["ip", "netns", "exec", "scanner", sys.executable, "-m", "scanner", *words]
    inside += ["-s", str(FOLDER / "scope.toml"), "--allowed-signers", str(paperwork.signers(FOLDER))]
    return subprocess.run(inside, capture_output=True, text=True, check=False)


WORLD = draw()
lay()
text = scope()
(FOLDER / "scope.toml").write_text(text, "utf-8")
paperwork._sign(FOLDER, text)
for port in (*TALKED, *NEVER):
    threading.Thread(target=serve, args=(port,), daemon=True).start()
threading.Thread(target=hear, daemon=True).start()
time.sleep(0.3)
stalehost("scan", "--dry-run", "--approve-by", "a test")
sign = FOLDER / "heartbeat"
with beating(sign):
    done = stalehost("scan", "--yes", "--heartbeat", str(sign), "--lab-clock", "20")
time.sleep(0.3)
found = {
    **WORLD,
    "shunned_mac": EXCLUDED_MAC,
    "status": done.returncode,
    "said": done.stderr,
    "frames": FRAMES,
}
(FOLDER / "frames.json").write_text(json.dumps(found), "utf-8")
