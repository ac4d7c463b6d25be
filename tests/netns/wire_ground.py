"""Run by test_raw, test_dial and test_nmap: two namespaces, one cable, no way out; prints what both ends saw.

The far end plays the devices and writes down every frame that reaches it.
"""

import asyncio
import contextlib
import itertools
import json
import os
import select
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network, ip_address
from pathlib import Path

import msgspec

from scanner.discover.nmap import compare
from scanner.discover.tcp import tcp as knock
from scanner.errors import ScannerError
from scanner.model.kinds import Outcome, Profile, Touch
from scanner.model.net import Address, tcp
from scanner.scope.gate import Gate
from scanner.scope.parse import parse
from scanner.scope.profile import LIMITS
from scanner.wire.audit import Audit
from scanner.wire.dial import Dialer
from scanner.wire.helper import COMMAND, RawHelper
from scanner.wire.ledger import Ledger
from scanner.wire.links import has_default_route, links, on_link
from scanner.wire.nmap_run import scan
from scanner.wire.nmap_seen import observations
from scanner.wire.pace import Pacer

OURS, THEIRS = "02:00:00:00:00:01", "02:00:00:00:00:02"
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
profile = "lab"

[[exclude]]
address = "10.77.0.7"
reason = "never"
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
    with subprocess.Popen(["unshare", "--net", "sleep", "120"]) as holder:
        try:
            return ground(scenario, holder.pid)
        finally:
            holder.kill()


def ground(scenario, far):
    own = Path("/proc/self/ns/net").readlink()
    while Path(f"/proc/{far}/ns/net").readlink() == own:
        time.sleep(0.01)
    inside = ("nsenter", "--target", str(far), "--net")
    for where in ((), inside):
        sh(*where, "sysctl", "-w", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1")
        sh(*where, "ip", "link", "set", "lo", "up")
    sh(
        "ip",
        "link",
        "add",
        "v0",
        "address",
        OURS,
        "type",
        "veth",
        "peer",
        "name",
        "v1",
        "address",
        THEIRS,
        "netns",
        str(far),
    )
    for last in (2, 3, 7, 40):
        sh(*inside, "ip", "address", "add", f"10.77.0.{last}/24", "dev", "v1")
    sh(*inside, "ip", "link", "set", "v1", "up")
    sh("ip", "address", "add", "10.77.0.1/24", "dev", "v0")
    sh("ip", "link", "set", "v0", "up")
    # whoever sends to this one reaches the far end, which knows no such address and keeps silent
    sh("ip", "neighbour", "add", "10.77.0.9", "lladdr", THEIRS, "dev", "v0")
    with subprocess.Popen(
        [*inside, sys.executable, __file__, "far"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as peer:
        peer.stdout.readline()
        try:
            with tempfile.TemporaryDirectory() as folder, Audit(Path(folder) / "a", clock) as audit:
                result = asyncio.run(SCENARIOS[scenario](audit, Path(folder)))
        finally:
            peer.stdin.close()
            seen = json.loads(peer.stdout.read())
    return {"ours": result, "far": seen}


async def swept(helper, cidr="10.77.0.0/24", take=None, **words):
    found = []
    sweep = helper.arp_sweep(
        "v0", IPv4Network(cidr), source="10.77.0.1", **{"rate": 500, "wait": 0.3, **words}
    )
    async with aclosing(sweep) as replies:
        async for reply in replies:
            found.append([reply.address, reply.mac])
            if take == len(found):
                break
    return sorted(found)


async def error_of(coroutine):
    try:
        return repr(await coroutine)
    except ScannerError as error:
        return f"{type(error).__name__}: {error}"


async def sweep_scenario(audit, _folder):
    async with RawHelper(scope(), audit) as helper:
        held = holds(helper._process.pid)
        found = await swept(helper, tries=2)
    parts = [str(one.part) for one in on_link(IPv4Network("10.77.0.0/27"), await links())]
    return {"found": found, "on_link": parts, "default": await has_default_route(), "held": held}


def holds(pid):
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(line.split()[1] for line in lines if line.startswith("CapEff"))


async def stop_scenario(audit, _folder):
    async with RawHelper(scope(), audit) as helper:
        began = time.monotonic()
        first = await swept(helper, take=1, wait=30)
        return {"first": len(first), "seconds": time.monotonic() - began, "again": await swept(helper)}


async def pace_scenario(audit, _folder):
    async with RawHelper(scope(), audit) as helper:
        return await swept(helper, rate=50)


async def listen_scenario(audit, _folder):
    async with RawHelper(scope(), audit) as helper:
        talking = asyncio.create_task(chatter())
        frames = [frame.data async for frame in helper.capture("v0", 10, 3)]
        quiet = [frame.data async for frame in helper.capture("v0", 0.2, arp_only=True)]
        talking.cancel()
        return {
            "heard": sum(b"say something" in data for data in frames),
            "frames": len(frames),
            "arp": len(quiet),
        }


async def chatter():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        while True:
            udp.sendto(b"say something", ("10.77.0.2", 7))
            await asyncio.sleep(0.05)


async def faults_scenario(audit, _folder):
    faults = {}
    bare = ("setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw", *COMMAND)

    async def start(command):
        async with RawHelper(scope(), audit, command):
            pass

    faults["no right"] = await error_of(start(bare))
    faults["no helper"] = await error_of(start((sys.executable, "-c", "raise SystemExit('nobody home')")))
    async with RawHelper(scope(), audit) as helper:
        faults["no interface"] = await error_of(anext(helper.capture("nix0", 1)))
        faults["too wide"] = await error_of(swept(helper, cidr="10.0.0.0/8"))
        faults["no rate"] = await error_of(swept(helper, rate=0))
        task = asyncio.create_task(error_of(swept(helper, rate=20, wait=30)))
        await asyncio.sleep(0.8)
        sh("ip", "link", "delete", "v0")
        faults["interface gone"] = await task
        task = asyncio.create_task(error_of(anext(helper.capture("lo", 30))))
        await asyncio.sleep(0.3)
        helper._process.kill()
        faults["helper gone"] = await task
    return faults


def dialer(audit, folder, **changes):
    limits = {Profile.LAB: msgspec.structs.replace(LIMITS[Profile.LAB], **changes)}
    return Dialer(
        Gate(scope()), pacer=Pacer(), audit=audit, ledger=Ledger(folder / "l.db"), clock=clock, limits=limits
    )


async def dial_scenario(audit, folder):
    dial = dialer(audit, folder, read_seconds=0.5, connect_seconds=0.5)
    patient = dialer(audit, folder, connect_seconds=10)
    got = {}
    for last, port in (
        (2, 21),
        (2, 22),
        (2, 23),
        (2, 25),
        (2, 80),
        (2, 81),
        (7, 22),
        (40, 22),
        (9, 22),
        (2, 9100),
    ):
        conn = await dial.open(Address(f"10.77.0.{last}"), tcp(port), Touch.GREET)
        if isinstance(conn, Outcome):
            got[f"{last}/{port}"] = [conn, 0]
            continue
        size = 0
        while data := await conn.some(65536):
            size += len(data)
        await conn.close()
        got[f"{last}/{port}"] = [conn.outcome, size]
    conn = await patient.open(Address("10.77.0.20"), tcp(22), Touch.GREET)
    got["20/22"] = [conn, 0]
    return got


async def nmap_scenario(audit, folder):
    dial = dialer(audit, folder, connect_seconds=0.5)
    hosts, ports = ["10.77.0.2", "10.77.0.3", "10.77.0.7", "10.77.0.40"], [tcp(22), tcp(81), tcp(9100)]
    with Ledger(folder / "n.db") as ledger:
        theirs = [
            one
            async for host in scan(
                [ip_address(host) for host in hosts],
                ports,
                gate=Gate(scope()),
                audit=audit,
                ledger=ledger,
                clock=clock,
            )
            for one in observations(host, "engine:nmap", "ground")
        ]
    ours = []
    async for one in knock(
        scope().networks[0], map(Address, hosts), ports, dial, vantage="ground", clock=clock
    ):
        ours.append(one.seen)
        if one.conn:
            await one.conn.close()
    rows = compare(ours, theirs)
    products = [one.value.get("product") for one in theirs if one.field == "nmap.service"]
    return {"rows": [[r.address, r.port, r.ours, r.nmap, r.agree] for r in rows], "products": products}


SCENARIOS = {
    "sweep": sweep_scenario,
    "stop": stop_scenario,
    "pace": pace_scenario,
    "listen": listen_scenario,
    "faults": faults_scenario,
    "dial": dial_scenario,
    "nmap": nmap_scenario,
}


def far():
    """Play the devices until stdin ends; then say what came over the cable from the scanner's card."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)) as tap:
        tap.setsockopt(263, 23, 1)  # PACKET_IGNORE_OUTGOING: what the devices send must not crowd it out
        tap.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)  # SO_RCVBUFFORCE
        tap.bind(("v1", 3))
        frames = asyncio.run(_play(tap))
        _, lost = struct.unpack("II", tap.getsockopt(263, 6, 8))  # PACKET_STATISTICS
    mine = bytes.fromhex(OURS.replace(":", ""))
    frames = [(at, frame) for at, frame in frames if frame[6:12] == mine]
    arp = [(at, frame) for at, frame in frames if frame[12:14] == b"\x08\x06" and frame[20:22] == b"\0\1"]
    segments = [frame for _, frame in frames if frame[12:14] == b"\x08\0" and frame[23] == 6]
    syns, resets = Counter(), Counter()
    for frame in segments:
        start = 14 + (frame[14] & 15) * 4
        to = f"{socket.inet_ntoa(frame[30:34])}:{struct.unpack_from('!H', frame, start + 2)[0]}"
        flags = frame[start + 13]
        syns[to] += flags & 0x12 == 2
        resets[to] += flags & 4 > 0
    asked = [socket.inet_ntoa(frame[38:42]) for _, frame in arp]
    gaps = [round(later - at, 4) for (at, _), (later, _) in itertools.pairwise(arp)]
    report = {
        "asked": asked,
        "gaps": gaps,
        "syns": +syns,
        "resets": +resets,
        "frames": len(frames),
        "lost": lost,
    }
    sys.stdout.write(json.dumps(report))


async def _play(tap):
    async def greet(reader, writer):
        writer.write(b"SSH-2.0-OpenSSH_5.3\r\n")
        with contextlib.suppress(ConnectionError):  # nmap goes without a word
            await reader.read(4096)
        writer.close()

    async def bye(_reader, writer):
        writer.write(b"220 bye\r\n")
        writer.close()

    async def silent(reader, writer):
        await reader.read(4096)
        writer.close()

    async def reset(_reader, writer):
        writer.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )
        writer.transport.abort()

    async def endless(_reader, writer):
        with contextlib.suppress(ConnectionError):
            while True:
                writer.write(b"x" * 65536)
                await writer.drain()

    for port, behaviour in ((21, bye), (22, greet), (23, silent), (25, reset), (80, endless), (9100, silent)):
        await asyncio.start_server(behaviour, "0.0.0.0", port)  # its own namespace
    tap.setblocking(False)
    os.write(1, b"ready\n")
    frames = []
    loop, done = asyncio.get_running_loop(), asyncio.Event()

    def hear():
        with contextlib.suppress(OSError):  # nothing more waits, or the cable was pulled
            while True:
                frames.append((time.monotonic(), tap.recv(128)))

    loop.add_reader(tap, hear)
    loop.add_reader(0, done.set)
    await done.wait()
    select.select([tap], [], [], 0.05)
    hear()
    return frames


if __name__ == "__main__":
    far() if sys.argv[1] == "far" else print(json.dumps(main(sys.argv[1])))
