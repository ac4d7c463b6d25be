"""Run by test_beside.py in namespaces of its own: a ward, two devices that the scan touches and two that it may not.

`python beside_ground.py FOLDER`: once both have been spoken to, the two that nobody touched show what a restart shows,
then the two that were touched do the same. Leaves FOLDER/found.json.
"""

import asyncio
import json
import os
import socket
import struct
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from scanner.cli.stopping import beating
from scanner.lab import paperwork
from scanner.lab.network import within
from scanner.scope.engagement import find
from scanner.store.store import open_store

FOLDER = Path(sys.argv[1])
DEVICES = {name: (f"10.9.1.{at}", f"02:9a:00:00:01:0{at}") for at, name in enumerate("abcd", 2)}
"""`a` and `c` restart, `b` and `d` know their peers no more; nothing may be sent to `c` and `d`."""
PORTS = (80, 104, 445)
SPOKEN = {name: threading.Event() for name in "ab"}


def ip(lines, name=None):
    where = ["-n", name] if name else []
    subprocess.run(["ip", *where, "-batch", "-"], input="\n".join(lines), text=True, check=True)


def lay():
    """A bridge, and a namespace for each device; no card makes itself an IPv6 address, so no kernel speaks by itself."""
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
    cards = {"scanner": ("10.9.1.14", "02:5c:00:00:00:01"), **DEVICES}
    lines = ["link add ward type bridge stp_state 0 mcast_snooping 0", "link set ward addrgenmode none up"]
    for name, (_, mac) in cards.items():
        lines.append(f"netns add {name}")
        lines.append(f"link add p-{name} type veth peer name eth0 address {mac} netns {name}")
        lines.append(f"link set p-{name} master ward addrgenmode none up")
    ip(lines)
    for name, (address, _) in cards.items():
        up = ["link set lo up", "link set eth0 addrgenmode none", f"addr add {address}/28 dev eth0"]
        ip([*up, "link set eth0 up"], name)


async def answer(name, reader, writer):
    SPOKEN[name].set()
    try:
        async with asyncio.timeout(6):
            while await reader.read(4096):
                pass
    except (OSError, TimeoutError):
        pass
    writer.close()


async def serve():
    for name in SPOKEN:
        for port in PORTS:
            make = partial(socket.create_server, ("0.0.0.0", port), backlog=64)
            await asyncio.start_server(partial(answer, name), sock=within(name, make))


def packet(protocol, source, target, body):
    """A bridge lets no IP packet pass whose header's checksum (RFC 1071) is wrong."""
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), 7, 0, 64, protocol, 0) + source + target
    total = sum(struct.unpack("!10H", head))
    total = (total & 0xFFFF) + (total >> 16)
    return b"\x08\x00" + head[:10] + struct.pack("!H", ~total & 0xFFFF) + head[12:] + body


def restart(name):
    """RFC 2131, 3.1 and RFC 5227, 2.3: it asks for an address, then announces the one it has."""
    address, mac = DEVICES[name]
    card, own = bytes.fromhex(mac.replace(":", "")), socket.inet_aton(address)
    boot = b"\x01\x01\x06\0" + bytes(24) + card + bytes(202) + bytes.fromhex("63825363350101ff")
    udp = struct.pack("!HHHH", 68, 67, 8 + len(boot), 0) + boot
    to = b"\xff" * 6 + card
    yield to + packet(17, bytes(4), b"\xff" * 4, udp)
    yield to + b"\x08\x06" + bytes.fromhex("0001080006040001") + card + own + bytes(6) + own


def forget(name):
    """RFC 9293, 3.10.7.1: what three peers say belongs to no conversation that it knows."""
    address, mac = DEVICES[name]
    card = bytes.fromhex(mac.replace(":", ""))
    for peer in range(9, 12):
        tcp = struct.pack("!HHIIBBHHH", 104, 40000, 77, 0, 0x50, 4, 0, 0, 0)
        ends = socket.inet_aton(address), socket.inet_aton(f"10.9.1.{peer}")
        yield bytes.fromhex(f"029a000001{peer:02x}") + card + packet(6, *ends, tcp)


def show(name, frames):
    def make():
        return socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)

    with within(name, make) as link:
        link.bind(("eth0", 0))
        for frame in frames(name):
            link.send(frame)


def play():
    for spoken in SPOKEN.values():
        spoken.wait()
    show("c", restart)
    show("d", forget)
    show("a", restart)
    show("b", forget)


def scope():
    now = datetime.now(UTC)
    words = "".join(f'{key} = "x"\n' for key in ("name", "owner", "authorized_by", "contact", "reference"))
    known = "".join(
        f'[[known]]\naddress = "{DEVICES[name][0]}"\nmac = "{DEVICES[name][1]}"\nkind = "modality"\n'
        for name in SPOKEN
    )
    spared = "".join(
        f'[[exclude]]\naddress = "{DEVICES[name][0]}"\nreason = "not to be touched"\n' for name in "cd"
    )
    return (
        f"[engagement]\n{words}valid_from = {now.date()}\nvalid_until = {now.date() + timedelta(days=7)}\n"
        'sector = "hospital"\n[[network]]\ncidr = "10.9.1.0/28"\nzone = "ward"\nprofile = "clinical"\n'
        f"{known}{spared}"
    )


def stalehost(*words):
    inside = ["ip", "netns", "exec", "scanner", sys.executable, "-m", "scanner", *words]
    inside += ["-s", str(FOLDER / "scope.toml"), "--allowed-signers", str(paperwork.signers(FOLDER))]
    return subprocess.run(inside, capture_output=True, text=True, check=False)


os.environ["NO_COLOR"] = "1"
lay()
text = scope()
(FOLDER / "scope.toml").write_text(text, "utf-8")
paperwork._sign(FOLDER, text)
loop = asyncio.new_event_loop()
loop.run_until_complete(serve())
threading.Thread(target=loop.run_forever, daemon=True).start()
threading.Thread(target=play, daemon=True).start()
dry = stalehost("scan", "--dry-run", "--approve-by", "a test")
beat = FOLDER / "heartbeat"
with beating(beat):
    done = stalehost("scan", "--yes", "--heartbeat", str(beat), "--lab-clock", "30")
folder = find(FOLDER, FOLDER / "scope.toml")
with open_store(folder.database, folder.id) as store:
    log = [
        [one.field, one.value, one.address, one.mac]
        for one in store.log()
        if one.field in {"health.sign", "breaker.trip"}
    ]
    notes = [note for run in store.runs() for note in run.notes]
found = {
    "devices": DEVICES,
    "spoken": [name for name, spoken in SPOKEN.items() if spoken.is_set()],
    "status": [dry.returncode, done.returncode],
    "dry": dry.stdout,
    "said": dry.stderr + done.stderr,
    "log": log,
    "notes": notes,
    "audit": [json.loads(line) for line in (FOLDER / "audit.jsonl").read_text("utf-8").splitlines()],
}
(FOLDER / "found.json").write_text(json.dumps(found), "utf-8")
