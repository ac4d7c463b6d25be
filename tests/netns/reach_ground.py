"""Run by test_reach: our namespace and that of a site, whose router joins four zones by its own rules; no way out.

The router's rules are routing rules (`ip rule` with ports), so that no firewall program is needed; the devices' addresses
are its own, and its rules come before the delivery to itself. It writes down every segment that reaches a device.
First we look from inside two zones, then we stand in the office alone and test what is declared, three times: as it is
declared, with a hole in the rules, and mended again. Prints what the commands said and what the devices saw.
"""

import json
import os
import select
import socket
import struct
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

STALEHOST = [sys.executable, "-m", "scanner"]
ZONES = {"office": 1, "servers": 2, "cameras": 3, "ward": 4}
"""Zone -> the third part of its addresses: 10.81.x.0/29, the router at .1, we at .6."""
PORTS = {"10.81.2.2": (445, 80), "10.81.3.2": (23,), "10.81.3.3": (22, 23), "10.81.4.2": (445,)}
"""Devices, and the ports on which they let knock."""
CLOSED = "from 10.81.1.0/29 to {} ipproto tcp dport {} {}"
RULES = [
    CLOSED.format("10.81.2.0/29", 80, "prohibit"),
    CLOSED.format("10.81.3.0/29", 22, "prohibit"),
    CLOSED.format("10.81.3.0/29", 23, "blackhole"),
]
"""One firewall says that it refuses, the other says nothing."""
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
cidr = "10.81.{}.0/29"
zone = "{}"
profile = "{}"
"""
SEGMENT = """
[[segment]]
from = "office"
to = "{}"
allow = [{}]
source = "declared"
"""


def sh(*words):
    subprocess.run(words, check=True, capture_output=True)


def main():
    with subprocess.Popen(["unshare", "--net", "cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as site:
        # it has its own namespace once it answers
        site.stdin.write(b"\n")
        site.stdin.flush()
        site.stdout.readline()
        lay(site.pid)
        inside = ["nsenter", "--target", str(site.pid), "--net"]
        far = subprocess.Popen(
            [*inside, sys.executable, __file__, "site"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        far.stdout.readline()
        try:
            with tempfile.TemporaryDirectory() as folder:
                result = scenario(Path(folder), inside)
        finally:
            heard = json.loads(far.communicate()[0])
            site.stdin.close()
    return {**result, "heard": heard}


def lay(pid):
    """A cable to each zone; the router has an address in each, and its devices' addresses too."""
    inside = ("nsenter", "--target", str(pid), "--net")
    sh("ip", "link", "set", "lo", "up")
    sh(*inside, "ip", "link", "set", "lo", "up")
    # only a router says that it refuses
    sh(*inside, "sysctl", "-w", "net.ipv4.ip_forward=1", "net.ipv4.icmp_ratelimit=0")
    # its rules come before delivery to itself
    sh(*inside, "ip", "rule", "add", "pref", "100", "lookup", "local")
    sh(*inside, "ip", "rule", "delete", "pref", "0")
    for name, part in ZONES.items():
        sh("ip", "link", "add", name, "type", "veth", "peer", "name", name, "netns", str(pid))
        sh("ip", "address", "add", f"10.81.{part}.6/29", "dev", name)
        sh("ip", "link", "set", name, "addrgenmode", "none", "up")
        for address in [f"10.81.{part}.1", *(one for one in PORTS if one.startswith(f"10.81.{part}."))]:
            sh(*inside, "ip", "address", "add", f"{address}/29", "dev", name)
        sh(*inside, "ip", "link", "set", name, "addrgenmode", "none", "up")
    sh("ip", "link", "set", "ward", "down")


def scenario(folder, inside):
    def rule(verb, one):
        sh(*inside, "ip", "rule", verb, "pref", "10", *one.split())

    today = datetime.now(UTC).date()
    text = SCOPE.format(today, today + timedelta(days=2))
    networks = [
        NETWORK.format(part, name, "clinical" if name == "ward" else "lab") for name, part in ZONES.items()
    ]
    rules = (
        SEGMENT.format("servers", '"tcp/445"') + SEGMENT.format("cameras", "") + SEGMENT.format("ward", "")
    )
    # a ward is scanned with somebody attending; nobody looks into it here
    (folder / "scope.toml").write_text(text + "".join(networks[1:3]))
    looked = stalehost(folder, "scan", "--yes", "--ports", "22,23,80,445")
    (folder / "scope.toml").write_text(text + rules + "".join(networks))
    for name in ("servers", "cameras", "ward"):
        sh("ip", "address", "flush", "dev", name)
        sh("ip", "link", "set", name, "down")
    sh("ip", "route", "add", "10.81.0.0/16", "via", "10.81.1.1")
    for one in RULES:
        rule("add", one)
    told = {"looked": looked, "tested": stalehost(folder, "reach", "--from", "office", "--check")}
    rule("delete", RULES[2])
    told["holed"] = stalehost(folder, "reach", "--from", "office", "--check", "--json")
    told["all"] = stalehost(folder, "reach", "--from", "office")
    told["known"] = stalehost(folder, "reach", "--json")
    rule("add", RULES[2].replace("blackhole", "prohibit"))
    told["mended"] = stalehost(folder, "reach", "--from", "office", "--check")
    return told


def stalehost(folder, *words):
    done = subprocess.run(
        [*STALEHOST, *words, "-s", str(folder / "scope.toml")],
        capture_output=True, text=True, check=False, timeout=110,
    )  # fmt: skip
    return {"status": done.returncode, "out": done.stdout, "err": done.stderr}


def site():
    """Let knock, and count from our office address: knocks by device and port, and bytes that were more than a knock."""
    knocks, said = {}, 0
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)) as cable:
        cable.bind(("office", 3))
        cable.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)
        servers = [serve(address, port) for address, ports in PORTS.items() for port in ports]
        print(flush=True)
        while True:
            ready, _, _ = select.select([cable, sys.stdin, *servers], [], [])
            for one in servers:
                if one in ready:
                    one.accept()[0].close()
            if cable in ready:
                frame = cable.recv(65536)
                if frame[12:14] == b"\x08\x00" and frame[23] == 6 and frame[26:30] == bytes([10, 81, 1, 6]):
                    head = 14 + 4 * (frame[14] & 15)
                    port, number = (
                        struct.unpack("!H", frame[head + 2 : head + 4])[0],
                        frame[head + 4 : head + 8].hex(),
                    )
                    said += struct.unpack("!H", frame[16:18])[0] - (head - 14) - 4 * (frame[head + 12] >> 4)
                    if frame[head + 13] & 0x12 == 2:
                        # a question that is repeated has the number of the first
                        knocks.setdefault(f"{socket.inet_ntoa(frame[30:34])} tcp/{port}", set()).add(number)
            elif sys.stdin in ready:
                break
    print(
        json.dumps({"knocks": {name: len(numbers) for name, numbers in sorted(knocks.items())}, "said": said})
    )


def serve(address, port):
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind((address, port))
    server.listen(64)
    return server


if __name__ == "__main__":
    if sys.argv[1:] == ["site"]:
        site()
    else:
        assert os.getpid() < 100, "in namespaces of its own only"
        print(json.dumps(main()))
