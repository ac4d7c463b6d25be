"""Run by test_discover: our namespace, a router's, hosts on our segment and behind the router; no way out.

The router answers ARP for everybody in the upper half of our segment, where nobody is. It writes down who was asked.
Prints what the commands said and what it saw.
"""

import contextlib
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

STALEHOST = [sys.executable, "-m", "scanner"]
ROUTER = "02:00:00:00:00:fe"
NEAR = [f"10.77.0.{n}" for n in (2, 3, 5, 8, 13, 21, 34, 55, 61, 62)]
BEHIND = [f"10.88.0.{n}" for n in range(1, 31)]
SIX = ["fd77::2", "fd77::30"]
TAGGED = bytes([10, 50, 0, 5])
SCOPE = """
[engagement]
name = "ground"
owner = "test"
authorized_by = "test"
contact = "test"
reference = "test"
valid_from = {}
valid_until = {}
sector = "office"
"""
NETWORK = """
[[network]]
cidr = "{}"
zone = "{}"
profile = "{}"
"""


def sh(*words):
    subprocess.run(words, check=True, capture_output=True)


def write_scope(folder, *networks):
    today = datetime.now(UTC).date()
    text = SCOPE.format(today, today + timedelta(days=2)) + "".join(NETWORK.format(*one) for one in networks)
    (folder / "scope.toml").write_text(text)


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
    sh("ip", "link", "set", "lo", "up")
    sh("ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1", "address", ROUTER, "netns", str(far))
    for words in (
        "ip link set lo up", "ip link set v1 up", "ip link add d0 type veth peer name d1", "ip link set d0 up", "ip link set d1 up",
        "ip address add 10.77.0.254/24 dev v1", "ip route add 10.77.0.128/25 dev d0", "sysctl -w net.ipv4.ip_forward=1",
        # the kernel would wait up to a second before it answers for another
        "sysctl -w net.ipv4.conf.v1.proxy_arp=1", "sysctl -w net.ipv4.neigh.v1.proxy_delay=0",
        "sysctl -w net.ipv4.icmp_ratelimit=0", "sysctl -w net.ipv6.conf.v1.accept_dad=0",
    ):  # fmt: skip
        sh(*inside, *words.split())
    for address in [*NEAR, *BEHIND]:
        sh(*inside, "ip", "address", "add", f"{address}/32", "dev", "v1" if address in NEAR else "lo")
    for address in SIX:
        sh(*inside, "ip", "address", "add", f"{address}/64", "dev", "v1", "nodad")
    sh("sysctl", "-w", "net.ipv6.conf.v0.accept_dad=0")
    sh("ip", "address", "add", "10.77.0.1/24", "dev", "v0")
    sh("ip", "address", "add", "fd77::1/64", "dev", "v0", "nodad")
    sh("ip", "link", "set", "v0", "up")
    sh("ip", "route", "add", "10.88.0.0/16", "via", "10.77.0.254")
    sh("ip", "neighbour", "add", "10.77.0.254", "lladdr", ROUTER, "dev", "v0")
    with subprocess.Popen(
        [*inside, sys.executable, __file__, "far"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as peer:
        peer.stdout.readline()
        try:
            with tempfile.TemporaryDirectory() as folder:
                result = SCENARIOS[scenario](Path(folder))
        finally:
            peer.stdin.close()
            seen = json.loads(peer.stdout.read())
    return {"ours": result, "far": seen}


def stalehost(folder, *words, check=True):
    done = subprocess.run(
        [*STALEHOST, *words, "-s", str(folder / "scope.toml")],
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )
    if check and done.returncode:
        raise SystemExit(f"{words}: {done.returncode}: {done.stdout[-500:]} {done.stderr[-1500:]}")
    return done


def everything(folder):
    """What one run finds on the segment, behind the router and by IPv6."""
    write_scope(
        folder,
        ("10.77.0.0/24", "near", "lab"),
        ("10.88.0.0/24", "behind", "lab"),
        ("fd77::/120", "six", "lab"),
    )
    return told(folder, stalehost(folder, "scan", "--yes"))


def bound(folder):
    """The same where no frame of ours may be sent: an ordinary user's view."""
    write_scope(folder, ("10.88.0.0/26", "behind", "lab"))
    blind = ["setpriv", "--bounding-set", "-net_raw", "--inh-caps", "-net_raw"]
    done = subprocess.run(
        [*blind, *STALEHOST, "scan", "--yes", "-s", str(folder / "scope.toml")],
        capture_output=True, text=True, check=False, timeout=110,
    )  # fmt: skip
    return told(folder, done)


def all_ports(folder):
    """All 65,535 ports of a few hosts."""
    write_scope(folder, ("10.77.0.0/29", "near", "bench"))
    return told(folder, stalehost(folder, "scan", "--yes", "--ports", os.environ.get("PORTS", "all")))


def killed(folder):
    """A sweep at an office's pace, killed with the helper in its middle, and gone on with."""
    write_scope(folder, ("10.77.0.0/26", "near", "office"))
    nothing = stalehost(folder, "scan", "--yes", "--resume", check=False)
    command = [*STALEHOST, "scan", "--yes", "--ports", "22,80", "-s", str(folder / "scope.toml")]
    first = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    time.sleep(7)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    half = stalehost(folder, "discover", "--cross-check")
    before = addresses(folder)
    done = stalehost(folder, "scan", "--yes", "--resume", "--ports", "22,80")
    again = stalehost(folder, "scan", "--yes", "--resume", check=False)
    return {
        "nothing": [nothing.returncode, nothing.stderr], "half": half.returncode, "before": before,
        "again": [again.returncode, again.stderr], **told(folder, done),
    }  # fmt: skip


def addresses(folder):
    import sqlite3

    with contextlib.closing(sqlite3.connect(folder / "stalehost.db")) as base:
        return sorted(
            {row[0] for row in base.execute("select address from observation where field = 'link.mac'")}
        )


def told(folder, done):
    report = json.loads(stalehost(folder, "report", "--format", "json").stdout)
    return {
        "said": done.stderr,
        "devices": sorted(address for device in report["devices"] for address in device["addresses"]),
        "ports": sorted({service["port"] for device in report["devices"] for service in device["services"]}),
        "zones": {zone["name"]: zone for zone in report["zones"]},
        "notes": report["safety"]["notes"],
        "runs": len(report["engagement"]["runs"]),
    }


def tagged(folder):
    """A network that comes over our cable with a tag, and in which we have no address."""
    write_scope(folder, ("10.50.0.0/28", 'ward"\nvlan = 120\n#', "lab"))
    return told(folder, stalehost(folder, "scan", "--yes", "--trunk", "v0"))


SCENARIOS = {
    "tagged": tagged,
    "everything": everything,
    "bound": bound,
    "all_ports": all_ports,
    "killed": killed,
}


def far():
    """Listen on two ports of every address, and count who is asked for by ARP and by SYN."""
    asked, syns = Counter(), Counter()
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)) as link:
        link.bind(("v1", 3))
        link.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)
        servers = [serve(port) for port in (22, 80, 60123)]
        print(flush=True)
        while True:
            ready, _, _ = select.select([link, sys.stdin, *servers], [], [])
            for one in servers:
                if one in ready:
                    one.accept()[0].close()
            if link in ready:
                frame = link.recv(65536)
                if (
                    frame[12:14] == b"\x08\x06"
                    and frame[20:22] == b"\x00\x01"
                    and frame[6:12] != bytes.fromhex(ROUTER.replace(":", ""))
                ):
                    asked[socket.inet_ntoa(frame[38:42])] += 1
                    if frame[38:42] == TAGGED:
                        link.send(tagged_answer(frame))
                elif frame[12:14] == b"\x08\x00" and frame[23] == 6 and frame[47] & 0x12 == 2:
                    syns[f"{socket.inet_ntoa(frame[30:34])} {struct.unpack('!H', frame[36:38])[0]}"] += 1
            elif sys.stdin in ready:
                break
    print(json.dumps({"asked": asked, "syns": syns}))


def tagged_answer(frame):
    """What a host in VLAN 120 says to an ARP request (IEEE 802.1Q: 0x8100, then the tag)."""
    mac = bytes.fromhex("020000000505")
    arp = frame[14:20] + b"\x00\x02" + mac + TAGGED + frame[22:32]
    return frame[6:12] + mac + b"\x81\x00" + (120).to_bytes(2, "big") + b"\x08\x06" + arp


def serve(port):
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("", port))
    server.listen(64)
    return server


if __name__ == "__main__":
    if sys.argv[1] == "far":
        far()
    else:
        print(json.dumps(main(sys.argv[1])))
