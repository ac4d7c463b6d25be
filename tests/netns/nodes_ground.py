"""Run by test_raw_nodes: a bridge, our card on it and three hosts, no way out; asks all nodes and keeps what we sent.

`nodes_ground.py SCENARIO` prints one line of JSON. Each host is a namespace of its own with one card.
"""

import asyncio
import contextlib
import json
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from scanner.errors import ScannerError
from scanner.scope.parse import parse
from scanner.wire.audit import Audit
from scanner.wire.helper import RawHelper
from scanner.wire.pipe import Ask

OURS = "02:00:00:00:00:01"
HOSTS = {"answers": "02:00:00:00:00:0a", "ignores": "02:00:00:00:00:0b", "spared": "02:00:00:00:00:0c"}
LOCAL = "fe80::ff:fe00:1"
GLOBAL = "fd77::1"
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
NETWORK = '[[network]]\ncidr = "{}"\nzone = "{}"\nprofile = "{}"\n'
OFFICE = NETWORK.format("fd77::/64", "six", "office") + NETWORK.format("10.77.0.0/24", "four", "lab")
EXCLUDED = '[[exclude]]\nmac = "02:00:00:00:00:0c"\nreason = "never"\n'
WARD = NETWORK.format("10.77.0.128/25", "ward", "clinical")


def sh(*words, at=None):
    inside = () if at is None else ("nsenter", "--target", str(at), "--net")
    done = subprocess.run([*inside, *words], check=True, capture_output=True, text=True)
    return done.stdout


def scope_text(more):
    today = datetime.now(UTC).date()
    return SCOPE.format(today, today + timedelta(days=2)) + more


@contextlib.contextmanager
def bridge():
    """Our card `v0` and each host's, on one bridge that has no address."""
    with contextlib.ExitStack() as stack:
        sh("ip", "link", "set", "lo", "up")
        sh("ip", "link", "add", "br0", "type", "bridge", "mcast_snooping", "0")
        sh("sysctl", "-qw", "net.ipv6.conf.br0.disable_ipv6=1")
        sh("ip", "link", "set", "br0", "up")
        plug(None, "v0", OURS)
        for name, card in HOSTS.items():
            holder = stack.enter_context(subprocess.Popen(["unshare", "--net", "sleep", "100"]))
            stack.callback(holder.kill)
            own = Path("/proc/self/ns/net").readlink()
            while Path(f"/proc/{holder.pid}/ns/net").readlink() == own:
                time.sleep(0.01)
            plug(holder.pid, f"h{card[-1]}", card)
            if name == "ignores":
                sh("sysctl", "-qw", "net.ipv6.icmp.echo_ignore_multicast=1", at=holder.pid)
        sh("ip", "address", "add", f"{GLOBAL}/64", "dev", "v0", "nodad")
        sh("ip", "address", "add", "10.77.0.1/24", "dev", "v0")
        ready("v0")
        yield


def plug(pid, name, card):
    """A card with a link-local address made of it (EUI-64), and a global one that nothing tells."""
    netns = () if pid is None else ("netns", str(pid))
    sh("ip", "link", "add", f"p{name}", "type", "veth", "peer", "name", name, "address", card, *netns)
    sh("sysctl", "-qw", f"net.ipv6.conf.p{name}.disable_ipv6=1")
    sh("ip", "link", "set", f"p{name}", "master", "br0", "up")
    for word in ("accept_ra=0", "router_solicitations=0", "accept_dad=0"):
        sh("sysctl", "-qw", f"net.ipv6.conf.{name}.{word}", at=pid)
    if pid is not None:
        sh("ip", "address", "add", f"fd77::5{card[-1]}/64", "dev", name, "nodad", at=pid)
    sh("ip", "link", "set", name, "up", at=pid)
    ready(name, pid)


def ready(name, pid=None):
    # the card's groups are joined once the kernel has noticed the carrier
    while "state UP" not in sh("ip", "link", "show", name, at=pid) or "tentative" in sh(
        "ip", "-6", "address", "show", name, at=pid
    ):
        time.sleep(0.02)


@contextlib.contextmanager
def ears():
    """What leaves our card, as the other end of its cable has it."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)) as link:
        link.bind(("pv0", 3))
        link.setblocking(False)
        link.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)  # SO_RCVBUFFORCE: nothing is taken before the end
        sent = []

        def take():
            with contextlib.suppress(BlockingIOError):
                while True:
                    frame, (_, _, kind, *_) = link.recvfrom(2048)
                    # 4 = what the bridge sends to us (PACKET_OUTGOING)
                    if kind != 4 and frame[6:12] == bytes.fromhex(OURS.replace(":", "")):
                        sent.append(frame.hex())
            return sent

        yield take


def ask_of(**words):
    plain = {
        "method": "nodes", "interface": "v0", "source": LOCAL, "targets": ["ff02::1"], "rate": 100, "tries": 2,
        "seed": 1, "wait": 1.0,
    }  # fmt: skip
    return msgspec.convert({**plain, **words}, Ask, strict=False)


async def asks(more, wishes):
    """One ask after another; of each who answered, from which card, and how it ended."""
    said = []
    with (
        tempfile.TemporaryDirectory() as folder,
        Audit(Path(folder) / "a", lambda: datetime.now(UTC)) as audit,
    ):
        async with RawHelper(parse(scope_text(more), "scope.toml"), audit) as helper:
            for words in wishes:
                try:
                    async with aclosing(helper.ask(ask_of(**words))) as answers:
                        found = sorted([[one.address, one.mac] async for one in answers])
                    said.append({"heard": found, "done": msgspec.structs.asdict(helper.last)})
                except ScannerError as error:
                    said.append({"error": f"{type(error).__name__}: {error}"})
    return said


BOTH = ({"source": LOCAL}, {"source": GLOBAL})
ODD = (
    {"targets": ["ff02::2"]}, {"targets": ["fd77::5a"]}, {"targets": ["ff02::1", "ff02::2"]}, {"source": "fe80::9"},
    {"ports": [80]}, {"vlan": 7}, {"via": HOSTS["answers"]}, {"tries": 0},
)  # fmt: skip
SCENARIOS = {
    "office": (OFFICE, BOTH),
    "ward": (OFFICE + WARD, BOTH),
    "excluded": (OFFICE + EXCLUDED, BOTH),
    "half": (NETWORK.format("fd77::/64", "six", "office"), BOTH),
    "odd": (OFFICE, ODD),
}
QUIET = NETWORK.format("10.77.0.128/25", "quiet", "passive")
SCANS = {"scan": OFFICE, "scan_quiet": OFFICE + QUIET}


def scan(more):
    """The command itself: who is found by it, and what the run says."""
    with tempfile.TemporaryDirectory() as folder:
        where = Path(folder) / "scope.toml"
        where.write_text(scope_text(more))
        lines = stalehost(where, "discover", "--json").splitlines()
        notes = json.loads(stalehost(where, "report", "--format", "json"))["safety"]["notes"]
    return {"lines": list(map(json.loads, lines)), "notes": notes}


def stalehost(where, *words):
    command = [sys.executable, "-m", "scanner", *words, "-s", str(where)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=90).stdout


def main(scenario):
    with bridge(), ears() as take:
        take()
        more = SCANS.get(scenario)
        said = asyncio.run(asks(*SCENARIOS[scenario])) if more is None else scan(more)
        return {"said": said, "sent": list(take())}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))
