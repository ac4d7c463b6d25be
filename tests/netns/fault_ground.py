"""Run by test_discovery_faults: a network that misbehaves, and what our commands make of it.

Two namespaces, one cable, no way out. The far end's kernel owns a few addresses; a program beside it floods, lies and
sends what no sane device would. Prints what the commands said and what is on the disk afterwards.
"""

import contextlib
import json
import os
import random
import socket
import sqlite3
import struct
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

STALEHOST = [sys.executable, "-m", "scanner"]
OURS, THEIRS, OTHER = "02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:00:00:00:66"
LIVE = tuple(f"10.77.0.{last}" for last in (2, 7, 13, 19, 28))
SCOPE = """
[engagement]
name = "faults"
owner = "test"
authorized_by = "test"
contact = "test"
reference = "test"
valid_from = {}
valid_until = {}
sector = "office"

[[network]]
cidr = "{}"
zone = "faults"
profile = "{}"
"""


def sh(*words):
    subprocess.run(words, check=True, capture_output=True)


def main(scenario):
    words = ["unshare", "--net", sys.executable, __file__, "far", scenario]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as far:
        try:
            far.stdout.readline()
            wire(far.pid)
            far.stdin.write(b"wired\n")
            far.stdin.flush()
            far.stdout.readline()
            with tempfile.TemporaryDirectory() as folder:
                return SCENARIOS[scenario](Path(folder))
        finally:
            far.kill()


def wire(far):
    sh("sysctl", "-w", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1")
    sh("ip", "link", "set", "lo", "up")
    sh(*f"ip link add name v0 address {OURS} type veth peer name v1 address {THEIRS} netns {far}".split())
    sh("ip", "address", "add", "10.77.0.1/24", "dev", "v0")
    sh("ip", "link", "set", "v0", "up")


def write_scope(folder, cidr, profile):
    today = datetime.now(UTC).date()
    (folder / "scope.toml").write_text(SCOPE.format(today, today + timedelta(days=2), cidr, profile))


def stalehost(folder, *words):
    """One command; its exit status and what it said to people."""
    done = subprocess.run(
        [*STALEHOST, *words, "-s", str(folder / "scope.toml")],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    return {"status": done.returncode, "said": done.stderr[-3000:], "out": done.stdout}


def disk(folder):
    """What is on the disk: whether it holds together, which addresses and which flags the log has."""
    with contextlib.closing(sqlite3.connect(folder / "stalehost.db")) as base:
        (whole,) = base.execute("pragma integrity_check").fetchone()
        rows = base.execute("select address, field, value from observation").fetchall()
    report = json.loads(stalehost(folder, "report", "--format", "json")["out"])
    return {
        "whole": whole,
        "notes": report["safety"]["notes"],
        "devices": sorted(address for one in report["devices"] for address in one["addresses"]),
        "audit": stalehost(folder, "audit", "verify")["status"],
        "there": sorted({address for address, field, _ in rows if field == "link.mac"}),
        "cards": sorted({json.loads(value) for _, field, value in rows if field == "link.mac"}),
        "flags": sorted({(field, address) for address, field, _ in rows if field.startswith("guard")}),
        "open": sorted(
            {address for address, field, value in rows if field == "port.state" and "open" in value}
        ),
    }


def plain(folder):
    """The same with nothing wrong, or with what the far end does by itself."""
    write_scope(folder, "10.77.0.0/27", "lab")
    return {**stalehost(folder, "discover"), **disk(folder)}


def down(folder):
    """The interface is down before anything begins."""
    sh("ip", "link", "set", "v0", "down")
    write_scope(folder, "10.77.0.0/27", "lab")
    return {**stalehost(folder, "discover"), **disk(folder)}


def no_route(folder):
    """Nothing leads to the network of the scope."""
    write_scope(folder, "10.88.0.0/29", "lab")
    return {**stalehost(folder, "discover"), **disk(folder)}


def midway(folder, act):
    """Do something to the interface once the first devices have answered at an office's pace."""
    write_scope(folder, "10.77.0.0/27", "office")
    command = [*STALEHOST, "scan", "--yes", "--ports", "22", "-s", str(folder / "scope.toml")]
    run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while len(before := logged(folder)) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    act()
    said = run.communicate(timeout=90)[1]
    return {"before": before, "status": run.returncode, "said": said[-3000:], **disk(folder)}


def logged(folder):
    try:
        with contextlib.closing(sqlite3.connect(f"file:{folder}/stalehost.db?mode=ro", uri=True)) as base:
            rows = base.execute("select distinct address from observation where field = 'link.mac'")
            return sorted(address for (address,) in rows)
    except sqlite3.OperationalError:
        return []  # it is not there yet


def vanishing(folder):
    """The interface is pulled out."""
    return midway(folder, lambda: sh("ip", "link", "delete", "v0"))


def shut(folder):
    """The interface goes down, as a switch does that shuts a port; then it comes back, and the run goes on."""
    first = midway(folder, lambda: sh("ip", "link", "set", "v0", "down"))
    sh("ip", "link", "set", "v0", "up")
    again = stalehost(folder, "scan", "--yes", "--resume", "--ports", "22", "--lab-clock", "20")
    return {"first": first, **again, **disk(folder)}


def full(folder):
    """The card's queue holds next to nothing: the kernel says ENOBUFS to most frames."""
    limits = ("rate", "96kbit", "burst", "200", "limit", "200")
    sh("tc", "qdisc", "add", "dev", "v0", "root", "tbf", *limits)
    return plain(folder)


SCENARIOS = {
    "plain": plain,
    "down": down,
    "no_route": no_route,
    "vanishing": vanishing,
    "shut": shut,
    "full": full,
    "flood": plain,
    "hostile": plain,
    "double": plain,
}


def far(scenario):
    """Own the live addresses, and misbehave as the scenario has it."""
    os.write(1, b"up\n")
    sys.stdin.readline()
    sh("sysctl", "-w", "net.ipv6.conf.all.disable_ipv6=1")
    for address in LIVE:
        sh("ip", "address", "add", f"{address}/24", "dev", "v1")
    sh("ip", "link", "set", "v1", "up")
    server = socket.create_server(("0.0.0.0", 22), backlog=64)
    act = {"flood": flood, "hostile": answer_badly, "double": answer_twice}.get(scenario)
    if act is not None:
        threading.Thread(target=act, daemon=True).start()
    os.write(1, b"ready\n")
    while True:
        server.accept()[0].close()


def tap():
    link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    link.bind(("v1", 3))
    return link


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def arp(sender, address, *, to=OURS, operation=2, sizes=(6, 4), claims=None):
    """An ARP frame, right or wrong."""
    head = mac(to) + mac(sender) + b"\x08\x06"
    body = struct.pack("!HHBBH", 1, 0x0800, *sizes, operation)
    return (
        head
        + body
        + mac(claims or sender)
        + socket.inet_aton(address)
        + mac(OURS)
        + socket.inet_aton("10.77.0.1")
    )


def ipv4(source, protocol, body, *, first=0x45, length=None):
    total = 20 + len(body) if length is None else length
    head = struct.pack(
        "!BBHHHBBH4s4s",
        first,
        0,
        total,
        7,
        0,
        64,
        protocol,
        0,
        socket.inet_aton(source),
        socket.inet_aton("10.77.0.1"),
    )
    return (
        mac(OURS)
        + mac(OTHER)
        + b"\x08\x00"
        + head[:10]
        + struct.pack("!H", checksum(head))
        + head[12:]
        + body
    )


def checksum(head):
    words = sum(struct.unpack(f"!{len(head) // 2}H", head))
    while words >> 16:
        words = (words & 0xFFFF) + (words >> 16)
    return ~words & 0xFFFF


def tcp(flags, port=22, *, offset=5, ack=12345):
    return struct.pack("!HHIIBBHHH", port, 40000, 1, ack, offset << 4, flags, 1024, 0, 0)


def flood():
    """Answers that nobody asked for, as fast as they go: from strangers, and from addresses where nobody is."""
    frames = [
        *(arp(OTHER, f"10.77.1.{last}") for last in range(1, 255)),
        *(arp(OTHER, f"192.0.2.{last}") for last in range(1, 100)),
        *(ipv4(f"10.77.0.{last}", 6, tcp(0x12)) for last in range(21, 25)),
        *(ipv4(f"10.77.0.{last}", 1, b"\0\0\0\0\0\7\0\7" + b"x" * 32) for last in range(21, 25)),
        *(
            ipv4(f"10.77.0.{last}", 17, struct.pack("!HHHH", 161, 40000, 12, 0) + b"spam")
            for last in range(21, 25)
        ),
    ]
    link = tap()
    end = time.monotonic() + 100
    while time.monotonic() < end:
        for frame in frames:
            with contextlib.suppress(OSError):  # a full queue is what a flood makes
                link.send(frame)


def answer_badly():
    """To every question that we hear, and between them, frames that no sane stack sends; the seed is fixed."""
    chance = random.Random(4)
    link = tap()
    while True:
        frame = link.recv(2048)
        if frame[6:12] != mac(OURS):
            continue
        asked = socket.inet_ntoa(frame[38:42]) if frame[12:14] == b"\x08\x06" else "10.77.0.21"
        if asked in LIVE:
            asked = "10.77.0.21"
        for bad in hostile(asked, chance):
            with contextlib.suppress(OSError):
                link.send(bad)


def hostile(address, chance):
    """Wrong ARP, wrong IP, wrong TCP, wrong ICMP and noise; none of it says that somebody is there."""
    quoted = b"\x45\0\xff\xff" + bytes(chance.randrange(256) for _ in range(chance.randrange(40)))
    yield from (
        arp(OTHER, address, sizes=(8, 4)),
        arp(OTHER, address, sizes=(6, 16)),
        arp(OTHER, address, operation=9),
        arp(OTHER, address, claims="01:00:5e:00:00:01"),
        arp(OTHER, address, claims="ff:ff:ff:ff:ff:ff"),
        arp(OTHER, address, claims="00:00:00:00:00:00"),
        arp(OTHER, address)[: chance.randrange(14, 42)],
        ipv4(address, 6, tcp(0x12), first=0x41),
        ipv4(address, 6, tcp(0x12), length=9),
        ipv4(address, 6, tcp(0x12), length=60000),
        ipv4(address, 6, tcp(0x12, offset=15)),
        ipv4(address, 6, tcp(0xFF)),
        ipv4(address, 6, tcp(0x12)[: chance.randrange(20)]),
        ipv4(address, 1, b"\x03\x01\0\0\0\0\0\0" + quoted),
        ipv4(address, 1, b"\x0b\x00"),
        ipv4(address, 17, b"\0\xa1"),
        mac(OURS) + mac(OTHER) + b"\x81\x00\x00\x05\x08\x06" + arp(OTHER, address)[14:],
        mac(OURS) + mac(OTHER) + bytes(chance.randrange(256) for _ in range(chance.randrange(2, 200))),
    )


def answer_twice():
    """A second card claims one of the live addresses."""
    link = tap()
    while True:
        frame = link.recv(2048)
        if (
            frame[6:12] == mac(OURS)
            and frame[12:14] == b"\x08\x06"
            and frame[38:42] == socket.inet_aton(LIVE[2])
        ):
            link.send(arp(OTHER, LIVE[2]))


if __name__ == "__main__":
    far(sys.argv[2]) if sys.argv[1] == "far" else print(json.dumps(main(sys.argv[1])))
