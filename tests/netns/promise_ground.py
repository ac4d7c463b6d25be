"""Run by test_promises.py in namespaces of its own: play a hostile network, let the real program scan it, keep every frame.

`python promise_ground.py SEED FOLDER`: every device in a namespace with a card of its own, all on one bridge with the
scanner. What the scanner sends is heard on its port with the kernel's own times. Leaves FOLDER/frames.json.
"""

import asyncio
import json
import random
import socket
import struct
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path

import promise_world as worlds

from scanner.cli.stopping import beating
from scanner.lab import paperwork, talk
from scanner.lab.device import fixtures
from scanner.lab.network import within
from scanner.lab.player import Player
from scanner.lab.talk import Say

SEED, FOLDER = int(sys.argv[1]), Path(sys.argv[2])
DICE = random.Random(SEED)
SO_TIMESTAMPNS = 35
NEVER = (9100, 515, 2575, 102, 502)
TALKED = (22, 80, 443, 445, 8080, 23, 21, 104, 3389, 25, 5900)
OURS = "10.9.255.250"
FRAMES: list[tuple[float, str]] = []
HANDED: list[float] = []
"""When a talker's address went over to an excluded card."""
TOLD: dict[str, float] = {}
"""When a device first said what excludes it."""


def ip(lines, name=None):
    where = ["-n", name] if name else []
    subprocess.run(["ip", *where, "-batch", "-"], input="\n".join(lines), text=True, check=True)


def lay():
    """A bridge, a namespace for each device and one for the scanner; no card makes itself an IPv6 address."""
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
    cards = [("scanner", OURS, "02:5c:00:00:00:01")]
    cards += [(f"d{at}", one["address"], one["mac"]) for at, one in enumerate(WORLD["devices"])]
    lines = ["link add br0 type bridge stp_state 0 mcast_snooping 0", "link set br0 addrgenmode none up"]
    for name, _, mac in cards:
        lines.append(f"netns add {name}")
        lines.append(f"link add p-{name} type veth peer name eth0 address {mac} netns {name}")
        lines.append(f"link set p-{name} master br0 addrgenmode none up")
    ip(lines)
    for name, address, _ in cards:
        up = ["link set lo up", "link set eth0 addrgenmode none", f"addr add {address}/16 dev eth0"]
        ip([*up, "link set eth0 up"], name)
    for at, one in enumerate(WORLD["devices"]):
        if one["role"] == "silent":
            ip([f"route add blackhole {OURS}/32"], f"d{at}")


def hosts(*addresses):
    """What this machine's hosts file says of the excluded name now."""
    lines = ["127.0.0.1 localhost", *(f"{address} {worlds.FROZEN}" for address in addresses)]
    (FOLDER / "hosts").write_text("\n".join(lines) + "\n", "utf-8")


def lures(own):
    """Where a device would like the caller to go."""
    away = worlds.at(WORLD, "outside", "address", "range", "oui", "frozen")
    other = DICE.choice(away)
    return other, DICE.choice(
        [
            f"http://{other}/",
            f"http://{own}:9100/",
            "/../../etc/passwd",
            "http://evil.example/",
            f"//{other}/",
            f"ftp://{other}/",
        ]
    )


async def answer(device, port, reader, writer):
    """Lure the caller away, drown it, or talk nonsense: one draw a connection; or say what excludes it."""
    try:
        async with asyncio.timeout(6):
            if device["role"] in worlds.TOLD:
                await confess(device, port, reader, writer)
            else:
                await mislead(device["address"], port, reader, writer)
    except (OSError, TimeoutError):
        pass
    writer.close()


async def confess(device, port, reader, writer):
    """The one speaks SMB and says its name, the other has a page that says what it is."""
    first, path, names = {
        "named": (445, "smb/windows-10.talk", {"host": worlds.HOSTNAME}),
        "kind": (80, "http/thttpd.talk", {"title": "Infusion Gateway"}),
    }[device["role"]]
    if port != first:
        return
    player = Player(talk.load(fixtures() / path, names))
    acts = player.start()
    while True:
        for act in acts:
            if isinstance(act, Say):
                writer.write(act.data)
                await writer.drain()
                TOLD[device["address"]] = time.time()
        data = b"" if player.ended else await reader.read(4096)
        if not data:
            return
        acts = player.hear(data)


async def mislead(own, port, reader, writer):
    other, lure = lures(own)
    kind = DICE.choice(("redirect", "redirect", "garbage", "drip", "flood", "silence", "passive"))
    if kind == "garbage" or port in (22, 445):
        writer.write(DICE.randbytes(700))
    elif kind == "flood":
        writer.write(bytes(3 << 20))
    elif kind == "drip":
        for _ in range(8):
            writer.write(b"2")
            await asyncio.sleep(0.3)
    elif kind == "passive":
        # RFC 959, 4.2: the address and port to connect to, as six numbers
        writer.write(f"220 mirror at {other}\r\n227 ({other.replace('.', ',')},35,140)\r\n".encode())
    await reader.read(4096)
    if kind == "redirect":
        headers = f'Location: {lure}\r\nRefresh: 0; url={lure}\r\nAlt-Svc: h2="{other}:443"\r\n'
        writer.write(f"HTTP/1.1 302 Found\r\n{headers}Content-Length: 0\r\n\r\n".encode())
    while await reader.read(4096):
        pass


async def serve():
    def listen(port):
        return socket.create_server(("0.0.0.0", port), backlog=64)

    for at, device in enumerate(WORLD["devices"]):
        for port in (*TALKED, *NEVER):
            opened = within(f"d{at}", partial(listen, port))
            await asyncio.start_server(partial(answer, device, port), sock=opened)


def tap(port):
    heard = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    heard.bind((port, 3))
    heard.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    heard.setsockopt(socket.SOL_SOCKET, 33, 1 << 24)  # SO_RCVBUFFORCE
    return heard


def hear():
    """Every frame that comes out of the scanner, with the time at which the kernel saw it; some are lied to at once."""
    with tap("p-scanner") as port:
        while True:
            frame, extra, _, (_, _, direction, *_) = port.recvmsg(200, 64)
            if direction != socket.PACKET_OUTGOING:
                seconds, nanos = struct.unpack("qq", extra[0][2])
                FRAMES.append((seconds + nanos / 1e9, frame[:74].hex()))
                lie(port, frame)


def lie(port, frame):
    """Answer ARP in others' names too, and a SYN with a redirect to somebody outside."""
    to, card = frame[6:12], bytes.fromhex("029affffff01")
    if frame[12:14] == b"\x08\x06" and frame[20:22] == b"\0\1" and DICE.random() < 0.5:
        for address in DICE.sample(worlds.at(WORLD, "outside", "address", "frozen"), 2):
            body = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 2) + card + socket.inet_aton(address)
            port.send(to + card + b"\x08\x06" + body + to + socket.inet_aton(OURS))
    elif frame[12:14] == b"\x08\x00" and frame[23] == 6 and frame[47] == 2 and DICE.random() < 0.5:
        # RFC 792: a redirect (5) for a host (1), with the header that it is about
        gateway = socket.inet_aton(DICE.choice(worlds.at(WORLD, "outside")))
        icmp = b"\x05\x01\0\0" + gateway + frame[14:42]
        icmp = icmp[:2] + checksum(icmp) + icmp[4:]
        head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(icmp), 0, 0, 64, 1, 0) + frame[30:34] + frame[26:30]
        head = head[:10] + checksum(head) + head[12:]
        port.send(to + frame[:6] + b"\x08\x00" + head + icmp)


def checksum(data):
    """RFC 1071."""
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return struct.pack("!H", ~total & 0xFFFF)


def move():
    """In mid-run the excluded card takes an address that nobody had, the excluded name points at a talker, and a talker's
    address goes over to a device of the excluded maker.
    """
    while not FRAMES:
        time.sleep(0.05)
    time.sleep(1)
    at = next(n for n, one in enumerate(WORLD["devices"]) if one["role"] == "card")
    ip([f"addr add {WORLD['spare']}/16 dev eth0"], f"d{at}")
    hosts(worlds.at(WORLD, "talker")[1])
    asked = socket.inet_aton(WORLD["handed"]).hex()
    while not any(frame[24:28] == "0800" and frame[60:68] == asked for _, frame in FRAMES):
        time.sleep(0.05)
    time.sleep(0.5)
    taker = next(n for n, one in enumerate(WORLD["devices"]) if one["role"] == "oui")
    loser = next(n for n, one in enumerate(WORLD["devices"]) if one["address"] == WORLD["handed"])
    ip([f"addr del {WORLD['handed']}/16 dev eth0"], f"d{loser}")
    ip([f"addr add {WORLD['handed']}/16 dev eth0"], f"d{taker}")
    HANDED.append(time.time())


def stalehost(*words):
    inside = ["ip", "netns", "exec", "scanner", sys.executable, "-m", "scanner", *words]
    inside += ["-s", str(FOLDER / "scope.toml"), "--allowed-signers", str(paperwork.signers(FOLDER))]
    return subprocess.run(inside, capture_output=True, text=True, check=False)


WORLD = worlds.draw(SEED)
lay()
text = worlds.scope(WORLD)
(FOLDER / "scope.toml").write_text(text, "utf-8")
paperwork._sign(FOLDER, text)
hosts(*(worlds.at(WORLD, "frozen") or ["192.0.2.1"]))
subprocess.run(["mount", "--bind", str(FOLDER / "hosts"), "/etc/hosts"], check=True)
loop = asyncio.new_event_loop()
loop.run_until_complete(serve())
threading.Thread(target=loop.run_forever, daemon=True).start()
threading.Thread(target=hear, daemon=True).start()
time.sleep(0.3)
approved = stalehost("scan", "--dry-run", "--approve-by", "a test")
threading.Thread(target=move, daemon=True).start()
sign = FOLDER / "heartbeat"
with beating(sign):
    done = stalehost("scan", "--yes", "--heartbeat", str(sign), "--lab-clock", "20")
time.sleep(0.3)
found = {
    "world": WORLD,
    "told": TOLD,
    "handed": HANDED,
    "status": done.returncode,
    "said": approved.stderr + done.stderr,
    "frames": FRAMES,
}
(FOLDER / "frames.json").write_text(json.dumps(found), "utf-8")
