"""Run by test_nmap: nmap held to an office's pace against hosts that answer, refuse and keep silent; prints each SYN.

Two namespaces, one cable, no way out. The far end answers for some addresses, and for others it is deaf.
"""

import asyncio
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from scanner.model.net import Address, tcp
from scanner.scope.gate import Gate
from scanner.scope.parse import parse
from scanner.wire.audit import Audit, entries
from scanner.wire.harm import table
from scanner.wire.ledger import Ledger
from scanner.wire.nmap_run import scan
from scanner.wire.stop import Stop

OURS, THEIRS = "02:00:00:00:00:01", "02:00:00:00:00:02"
LIVE, DEAF = ("10.77.0.2", "10.77.0.3", "10.77.0.4"), ("10.77.0.5", "10.77.0.6")
PORTS = (22, 80, 443, 21, 25, 110, 139, 445, 3389, 8080)
OPEN = (22, 80, 443)
TIMESTAMPS = 35  # SO_TIMESTAMPNS of <asm-generic/socket.h>: 64-bit seconds and nanoseconds of CLOCK_REALTIME

SCOPE = """
[engagement]
name = "ground"
owner = "test"
authorized_by = "test"
contact = "test"
reference = "test"
valid_from = 2000-01-01
valid_until = 2000-01-31
sector = "office"

[[network]]
cidr = "10.77.0.0/27"
zone = "ground"
profile = "office"
"""


def sh(*words):
    subprocess.run(words, check=True, capture_output=True)


def clock():
    return datetime.now(UTC)


def scope():
    today = clock().date()
    text = SCOPE.replace("2000-01-01", str(today)).replace("2000-01-31", str(today + timedelta(days=2)))
    return parse(text, "scope.toml")


def main(scenario):
    words = ["unshare", "--net", sys.executable, __file__, "far"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as far:
        try:
            far.stdout.readline()
            wire(far.pid)
            far.stdin.write(b"wired\n")
            far.stdin.flush()
            far.stdout.readline()
            with tempfile.TemporaryDirectory() as folder:
                ours = asyncio.run(SCENARIOS[scenario](Path(folder)))
            far.stdin.close()
            return {"ours": ours, "syns": json.loads(far.stdout.read())}
        finally:
            far.kill()


def wire(far):
    sh("sysctl", "-w", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1")
    sh("ip", "link", "set", "lo", "up")
    sh(*f"ip link add name v0 address {OURS} type veth peer name v1 address {THEIRS} netns {far}".split())
    sh("ip", "address", "add", "10.77.0.1/27", "dev", "v0")
    sh("ip", "link", "set", "v0", "up")
    for address in DEAF:
        sh("ip", "neighbour", "add", address, "lladdr", THEIRS, "dev", "v0")


def scanning(folder, audit, ledger, **more):
    return scan(
        [ip_address(one) for one in (*LIVE, *DEAF)],
        [tcp(port) for port in PORTS],
        gate=Gate(scope()),
        audit=audit,
        ledger=ledger,
        clock=clock,
        **more,
    )


async def office(folder):
    """A whole run; when it began, what was seen, and what the books say of it."""
    began = time.time()
    with Audit(folder / "audit.jsonl", clock) as audit, Ledger(folder / "ledger.db") as ledger:
        hosts = [host async for host in scanning(folder, audit, ledger)]
        return {
            "began": began,
            "seen": {host.address: {port.port: port.state for port in host.ports} for host in hosts},
            "harm": {row.address: row.initiations for row in table(entries(folder / "audit.jsonl"))},
            "spent": {one: ledger.spent(Address(one), clock()) for one in (*LIVE, *DEAF)},
        }


async def stopped(folder):
    """A run that is told to stop in full swing; when that was."""
    stop, told = Stop(), 0.0
    with Audit(folder / "audit.jsonl", clock) as audit, Ledger(folder / "ledger.db") as ledger:

        async def tell():
            nonlocal told
            while not any(ledger.spent(Address(one), clock()) for one in LIVE):  # noqa: ASYNC110  # another process begins it
                await asyncio.sleep(0.01)
            await asyncio.sleep(1.5)
            told = time.time()
            stop.set("enough")

        task = asyncio.create_task(tell())
        hosts = [host async for host in scanning(folder, audit, ledger, stop=stop)]
        await task
        ended = [line["ended"] for line in entries(folder / "audit.jsonl") if line["event"] == "nmapped"]
    # long enough to hear one that would go on
    await asyncio.sleep(1.5)
    return {"told": told, "hosts": len(hosts), "ended": ended}


SCENARIOS = {"office": office, "stopped": stopped}


def far():
    """Own the live addresses, listen on the open ports, write down every SYN until stdin ends."""
    os.write(1, b"up\n")
    sys.stdin.readline()
    sh("sysctl", "-w", "net.ipv6.conf.all.disable_ipv6=1")
    for address in LIVE:
        sh("ip", "address", "add", f"{address}/27", "dev", "v1")
    sh("ip", "link", "set", "v1", "up")
    listeners = [socket.create_server(("0.0.0.0", port), backlog=64) for port in OPEN]
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)) as tap:
        tap.setsockopt(263, 23, 1)  # PACKET_IGNORE_OUTGOING
        tap.setsockopt(socket.SOL_SOCKET, 33, 16 << 20)  # SO_RCVBUFFORCE
        tap.setsockopt(socket.SOL_SOCKET, TIMESTAMPS, 1)
        tap.bind(("v1", 3))
        os.write(1, b"ready\n")
        syns = asyncio.run(_hear(tap))
    for one in listeners:
        one.close()
    sys.stdout.write(json.dumps(syns))


async def _hear(tap):
    """When each SYN came, by the kernel's stamp: on a busy machine we read them late, and several at once."""
    tap.setblocking(False)
    loop, done, syns = asyncio.get_running_loop(), asyncio.Event(), []

    def hear():
        while True:
            try:
                frame, beside, *_ = tap.recvmsg(128, socket.CMSG_SPACE(16))
            except BlockingIOError:
                return
            if frame[12:14] != b"\x08\0" or frame[23] != 6:
                continue
            start = 14 + (frame[14] & 15) * 4
            if frame[start + 13] & 0x12 == 2:
                source, port = (int.from_bytes(frame[start + at : start + at + 2], "big") for at in (0, 2))
                seconds, nanoseconds = struct.unpack("qq", beside[0][2])
                syns.append([seconds + nanoseconds / 1e9, socket.inet_ntoa(frame[30:34]), port, source])

    loop.add_reader(tap, hear)
    loop.add_reader(0, done.set)
    await done.wait()
    hear()
    return syns


if __name__ == "__main__":
    far() if sys.argv[1] == "far" else print(json.dumps(main(sys.argv[1])))
