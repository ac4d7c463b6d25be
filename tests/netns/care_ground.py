"""Run by test_care.py in namespaces of its own: an office, near and behind a router, with devices that need more care.

`python care_ground.py FOLDER`: each device in a namespace with a card of its own. The log has an earlier run that says
what some of them are. The real program scans; what it sends is heard on its own port. Leaves FOLDER/frames.json.
"""

import asyncio
import json
import socket
import struct
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from scanner.lab.network import within
from scanner.model.net import Address, Mac
from scanner.model.observation import Observation
from scanner.scope.engagement import find
from scanner.store.store import open_store

FOLDER = Path(sys.argv[1])
OURS, ROUTER, FAR = "10.9.1.14", "10.9.1.1", "10.9.2.1"
PORTS = (22, 23, 80, 443, 445, 3389)
DEVICES = {
    # near: in our own link; far: behind the router
    "pc-a": ("near", "10.9.1.2", "02:9a:00:00:01:02"),
    "pc-b": ("near", "10.9.1.3", "02:9a:00:00:01:03"),
    "card": ("near", "10.9.1.4", "00:09:fb:00:01:04"),
    "gateway": ("near", "10.9.1.6", "02:9a:00:00:01:05"),
    "banned": ("near", "10.9.1.7", "02:9a:00:00:01:07"),
    "pc-far": ("far", "10.9.2.2", "02:9a:00:00:02:02"),
    "monitor": ("far", "10.9.2.5", "02:9a:00:00:02:05"),
}
"""`card` is fragile by its maker's card alone; `gateway` is known by its card and has moved from .5 to .6; `banned` is a
model of which the owner says that nothing may be sent to it; `monitor` is a patient monitor by an earlier run.
"""
FRAMES: list[tuple[float, str]] = []


def ip(lines, name=None):
    where = ["-n", name] if name else []
    subprocess.run(["ip", *where, "-batch", "-"], input="\n".join(lines), text=True, check=True)


def lay():
    """Two bridges, a router between them, a namespace for each device; no card makes itself an IPv6 address."""
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
    cards = [("scanner", "near", OURS, "02:5c:00:00:00:01"), ("router", "near", ROUTER, "02:5e:00:00:00:01")]
    cards += [(name, side, address, mac) for name, (side, address, mac) in DEVICES.items()]
    lines = [f"link add {one} type bridge stp_state 0 mcast_snooping 0" for one in ("near", "far")]
    lines += [f"link set {one} addrgenmode none up" for one in ("near", "far")]
    for name, side, _, mac in cards:
        lines.append(f"netns add {name}")
        lines.append(f"link add p-{name} type veth peer name eth0 address {mac} netns {name}")
        lines.append(f"link set p-{name} master {side} addrgenmode none up")
    lines += ["link add p-far type veth peer name eth1 netns router", "link set p-far master far up"]
    ip(lines)
    for name, side, address, _ in cards:
        up = ["link set lo up", "link set eth0 addrgenmode none", f"addr add {address}/24 dev eth0"]
        up.append("link set eth0 up")
        if side == "far":
            up.append(f"route add default via {FAR}")
        elif name not in {"scanner", "router"}:
            up.append(f"route add default via {ROUTER}")
        ip(up, name)
    ip([f"addr add {FAR}/24 dev eth1", "link set eth1 up"], "router")
    # the router's card is known, so that frames of our own making go through it
    known = f"neigh add {ROUTER} lladdr 02:5e:00:00:00:01 dev eth0 nud permanent"
    ip([f"route add 10.9.2.0/24 via {ROUTER}", known], "scanner")
    forward = ["sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv4.icmp_ratelimit=0"]
    subprocess.run(["ip", "netns", "exec", "router", *forward], check=True)


async def answer(port, reader, writer):
    try:
        async with asyncio.timeout(6):
            if port == 22:
                writer.write(b"SSH-2.0-OpenSSH_8.4\r\n")
            data = await reader.read(4096)
            if port == 80 and data:
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
            while data:
                data = await reader.read(4096)
    except (OSError, TimeoutError):
        pass
    writer.close()


async def serve():
    for name in DEVICES:
        for port in PORTS:
            make = partial(socket.create_server, ("0.0.0.0", port), backlog=64)
            await asyncio.start_server(partial(answer, port), sock=within(name, make))


def hear():
    """Every frame that comes out of the scanner, with the time at which the kernel saw it."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)) as port:
        port.bind(("p-scanner", 3))
        port.setsockopt(socket.SOL_SOCKET, 35, 1)  # SO_TIMESTAMPNS
        port.setsockopt(socket.SOL_SOCKET, 33, 1 << 24)  # SO_RCVBUFFORCE
        while True:
            frame, extra, _, (_, _, direction, *_) = port.recvmsg(200, 64)
            if direction != socket.PACKET_OUTGOING:
                seconds, nanos = struct.unpack("qq", extra[0][2])
                FRAMES.append((seconds + nanos / 1e9, frame[:74].hex()))


def scope():
    now = datetime.now(UTC)
    words = "".join(f'{key} = "care"\n' for key in ("name", "owner", "authorized_by", "contact", "reference"))
    networks = "".join(
        f'[[network]]\ncidr = "10.9.{third}.0/28"\nzone = "office-{third}"\nprofile = "office"\n'
        for third in (1, 2)
    )
    return (
        f"[engagement]\n{words}valid_from = {now.date()}\nvalid_until = {now.date() + timedelta(days=7)}\n"
        f'sector = "office"\n{networks}'
        '[[fragile]]\nmatch = { html_title = "Kiln 9" }\nprofile = "passive"\nreason = "it stops the furnace"\n'
    )


def remember(folder):
    """What an earlier run has left in the log, months ago: two kinds by their pages, a model, a gateway's old address."""
    past = datetime.now(UTC) - timedelta(days=45)

    def seen(address, mac, field, value):
        return Observation(
            source="probe:http", first=past, last=past, field=field, value=value,
            address=Address(address), mac=Mac(mac) if mac else None, zone=None,
        )  # fmt: skip

    with open_store(folder.database, folder.id) as store:
        store.append(
            [
                seen("10.9.1.5", DEVICES["gateway"][2], "html_title", "Infusion Gateway"),
                seen("10.9.1.5", DEVICES["gateway"][2], "link.mac", DEVICES["gateway"][2]),
                seen("10.9.1.7", None, "html_title", "Kiln 9 control"),
                seen("10.9.2.5", None, "html_title", "Patient Monitor"),
            ]
        )


def stalehost(*words):
    inside = ["ip", "netns", "exec", "scanner", sys.executable, "-m", "scanner", *words]
    return subprocess.run(
        [*inside, "-s", str(FOLDER / "scope.toml")], capture_output=True, text=True, check=False
    )


lay()
(FOLDER / "scope.toml").write_text(scope(), "utf-8")
remember(find(FOLDER, FOLDER / "scope.toml"))
loop = asyncio.new_event_loop()
loop.run_until_complete(serve())
threading.Thread(target=loop.run_forever, daemon=True).start()
threading.Thread(target=hear, daemon=True).start()
time.sleep(0.3)
dry = stalehost("scan", "--dry-run")
done = stalehost("scan", "--yes", "--lab-clock", "30")
time.sleep(0.3)
report = stalehost("report", "--format", "json", "-o", str(FOLDER / "report.json"))
found = {
    "devices": DEVICES,
    "status": [dry.returncode, done.returncode, report.returncode],
    "dry": dry.stdout,
    "said": dry.stderr + done.stderr + report.stderr,
    "frames": FRAMES,
    "safety": json.loads((FOLDER / "report.json").read_text("utf-8"))["safety"]
    if not report.returncode
    else None,
}
(FOLDER / "frames.json").write_text(json.dumps(found), "utf-8")
