"""Run by test_cross: north's office, a router that joins two hospitals, and south, each in its own namespace; no way out.

South's log reaches north as a bundle, north knocks over the router as far as its own scope file lets it, and head office
reads what both have seen. South writes down who knocks on what. Prints what the commands said and what south saw.
"""

import json
import os
import select
import socket
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

from scanner.model.net import Address, Port
from scanner.model.observation import Observation
from scanner.model.run import Run
from scanner.scope.engagement import find
from scanner.store.store import open_store

STALEHOST = [sys.executable, "-m", "scanner"]
PORTS = {"10.30.0.2": (23, 445), "10.30.1.2": (445,)}
"""South's office and its ward, and the ports on which they let knock."""
SHUT = "from 10.20.0.0/29 to 10.30.0.0/29 ipproto tcp dport 23 prohibit"
TODAY = datetime.now(UTC)
SCOPE = f"""
[engagement]
name = "ground"
owner = "test"
authorized_by = "test"
contact = "test"
reference = "test"
valid_from = {TODAY.date()}
valid_until = {TODAY.date() + timedelta(days=2)}
sector = "hospital"
"""
NETWORK = '[[network]]\ncidr = "{}"\nzone = "{}"\nprofile = "{}"\n'
PEERS = """
[[peer]]
site = "south"
cidr = "10.30.0.0/29"
zone = "office"
profile = "lab"
[[peer]]
site = "south"
cidr = "10.30.1.0/29"
zone = "ward"
[[segment]]
from = "office"
to = "south/office"
allow = ["tcp/445"]
"""


def sh(*words):
    subprocess.run(words, check=True, capture_output=True)


def apart(stack):
    """A namespace of its own, and the words that lead into it."""
    one = stack.enter_context(
        subprocess.Popen(["unshare", "--net", "cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    )
    # it has its own namespace once it answers
    one.stdin.write(b"\n")
    one.stdin.flush()
    one.stdout.readline()
    stack.callback(one.stdin.close)
    return one.pid, ("nsenter", "--target", str(one.pid), "--net")


def main():
    with ExitStack() as stack, tempfile.TemporaryDirectory() as folder:
        (router, between), (south, there) = apart(stack), apart(stack)
        lay(router, between, south, there)
        far = stack.enter_context(
            subprocess.Popen(
                [*there, sys.executable, __file__, "south"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        )
        far.stdout.readline()
        told = scenario(Path(folder), between, far)
        far.stdin.close()
        return told


def lay(router, between, south, there):
    """A cable from us to the router, and one from there to south's office and ward."""
    sh("ip", "link", "set", "lo", "up")
    sh("ip", "link", "add", "wan0", "type", "veth", "peer", "name", "north", "netns", str(router))
    sh(*between, "ip", "link", "add", "south", "type", "veth", "peer", "name", "wan0", "netns", str(south))
    sh(*between, "sysctl", "-w", "net.ipv4.ip_forward=1", "net.ipv4.icmp_ratelimit=0")
    for words, card, addresses in (
        ((), "wan0", ["10.20.0.6"]),
        (between, "north", ["10.20.0.1"]),
        (between, "south", ["10.30.0.1", "10.30.1.1"]),
        (there, "wan0", list(PORTS)),
    ):
        for address in addresses:
            sh(*words, "ip", "address", "add", f"{address}/29", "dev", card)
        sh(*words, "ip", "link", "set", card, "addrgenmode", "none", "up")
    sh("ip", "route", "add", "10.30.0.0/16", "via", "10.20.0.1")
    sh(*there, "ip", "route", "add", "10.20.0.0/16", "via", "10.30.0.1")
    sh(*between, "ip", "rule", "add", "pref", "10", *SHUT.split())


def scenario(folder, between, far):
    def heard():
        far.stdin.write(b"\n")
        far.stdin.flush()
        return json.loads(far.stdout.readline())

    keys(folder)
    south = site(folder, "south", NETWORK.format("10.30.0.0/29", "office", "lab") + NETWORK.format("10.30.1.0/29", "ward", "lab"))  # fmt: skip
    north = site(folder, "north", NETWORK.format("10.20.0.0/29", "office", "lab"))
    centre = site(folder, "centre", NETWORK.format("10.99.0.0/29", "office", "passive"))
    looked(south)
    told = {"sent": export(folder, south, "south")}
    told["joined"] = stalehost(north, "bundle", "import", str(folder / "south.bundle"), *trust(folder))
    told["nobodys"] = stalehost(north, "reach", "--from", "office")
    told["before"] = heard()
    north.write_text(north.read_text() + PEERS)
    told["held"] = stalehost(north, "reach", "--from", "office", "--check")
    told["quiet"] = heard()
    sh(*between, "ip", "rule", "delete", "pref", "10", *SHUT.split())
    told["refuted"] = stalehost(north, "reach", "--from", "office", "--check")
    told["knocks"] = heard()
    told["back"] = export(folder, north, "north")
    bundles = [str(folder / f"{name}.bundle") for name in ("south", "north")]
    told["joint"] = stalehost(centre, "bundle", "import", *bundles, *trust(folder))
    told["known"] = stalehost(centre, "reach", "--json")
    return told


def keys(folder):
    (folder / "trust").mkdir(mode=0o700)
    lines = []
    for name in ("north", "south"):
        sh("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(folder / "trust" / name))
        public = (folder / "trust" / f"{name}.pub").read_text()
        lines.append(f'{name} namespaces="stalehost-bundle" {public}')
    (folder / "trust" / "signers").write_text("".join(lines))
    (folder / "trust" / "signers").chmod(0o600)


def trust(folder):
    return "--allowed-signers", str(folder / "trust" / "signers")


def site(folder, name, networks):
    (folder / name).mkdir()
    path = folder / name / "scope.toml"
    path.write_text(SCOPE + networks)
    return path


def looked(path):
    """South's log: what a look from inside its two zones showed."""
    folder, at = find(path.parent, path), datetime.now(UTC)
    run = Run(
        id="run-1", engagement=folder.id, started=at, ended=at, command="scan", scope=path.read_text(), seed=1, parameters={},
        versions={},
    )  # fmt: skip
    zones = {"10.30.0.2": "office", "10.30.1.2": "ward"}
    with open_store(folder.database, folder.id) as store:
        store.save(run)
        store.append(
            Observation(
                source="tcp:connect", first=at, last=at, field="port.state", value="open", address=Address(address),
                port=Port(f"tcp/{port}"), zone=zones[address], vantage=zones[address],
            )
            for address, ports in PORTS.items() for port in ports
        )  # fmt: skip


def export(folder, path, name):
    words = ("--site", name, "--key", str(folder / "trust" / name), "-o", str(folder / f"{name}.bundle"))
    return stalehost(path, "bundle", "export", *words)


def stalehost(scope, *words):
    done = subprocess.run(
        [*STALEHOST, *words, "-s", str(scope)], capture_output=True, text=True, check=False, timeout=110
    )
    return {"status": done.returncode, "out": done.stdout, "err": done.stderr}


def south():
    """Let knock; told of a line, say who has been knocked on since the line before."""
    servers = {}
    for address, ports in PORTS.items():
        for port in ports:
            one = socket.create_server((address, port), backlog=64)
            servers[one] = f"{address} tcp/{port}"
    print(flush=True)
    knocks = {}
    while True:
        ready, _, _ = select.select([*servers, sys.stdin], [], [])
        for one in servers.keys() & set(ready):
            with one.accept()[0]:
                knocks[servers[one]] = knocks.get(servers[one], 0) + 1
        # knocks first: one that has ended before the line was written is in its count
        if ready == [sys.stdin]:
            if not sys.stdin.readline():
                return
            print(json.dumps(knocks), flush=True)
            knocks = {}


if __name__ == "__main__":
    if sys.argv[1:] == ["south"]:
        south()
    else:
        assert os.getpid() < 100, "in namespaces of its own only"
        print(json.dumps(main()))
