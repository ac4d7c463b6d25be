"""A network to be swept, built anew for each condition: near (we stand there), perhaps a middle, and far.

near - far                the pair: one cable, both on 10.77.0.0/16
near - middle - far       on-link: the middle is a bridge, with loss in its forwarding (nftables), both directions
near - middle - far       routed: the middle is a router, with the same loss
near - middle - far       delayed, on-link or routed: the middle is a cable that holds every frame back (`cable.py`)

No namespace has a way out, no interface of the scanner's has a queueing discipline. Far is one kernel that owns all
live addresses: it answers ARP, echo requests and SYNs for those, and for no other.
"""

import json
import random
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).parent
NETWORK: Final = IPv4Network("10.77.0.0/16")
NEAR: Final = "10.77.255.254"
"""Our own address where we are on-link."""
ROUTED_NEAR: Final = "10.99.0.1"
GATEWAY: Final = "10.99.0.2"
PORTS: Final = (22, 80, 443, 445, 3389, 8080)
MACS: Final = {
    "near": "02:00:00:00:00:01",
    "m0": "02:00:00:00:00:0a",
    "m1": "02:00:00:00:00:0b",
    "far": "02:00:00:00:00:02",
}
LIVE: Final = 3001


@dataclass(frozen=True, kw_only=True)
class Condition:
    """What lies between near and far."""

    routed: bool = False
    loss: float = 0.0
    """Share of the frames that is lost in each direction."""
    delay: float = 0.0
    """Seconds that each frame is held back, in each direction."""
    middle: bool = True
    """Without: the bare pair."""
    among: IPv4Network = NETWORK
    """Where those live who answer."""
    count: int = LIVE
    """How many answer; 0 = nobody."""

    def __str__(self) -> str:
        where = "routed" if self.routed else "on-link"
        how = f"{self.loss:.0%} loss" if not self.delay else f"{self.delay * 1000:.0f} ms"
        return f"{where}, {how}" if self.middle else f"{where}, bare pair"


class World:
    """One network that stands."""

    def __init__(
        self, condition: Condition, middle: "Player | None", live: frozenset[str], sockets: frozenset[str]
    ) -> None:
        self.condition, self._middle = condition, middle
        self.live, self.sockets = live, sockets
        """Addresses that answer; `address:port` that are open."""

    @property
    def source(self) -> str:
        """Our own address."""
        return ROUTED_NEAR if self.condition.routed else NEAR

    @property
    def next_hop(self) -> str:
        """The card that a frame for any of the network's addresses may be sent to."""
        return MACS[
            "m0" if self.condition.routed and self.condition.middle and not self.condition.delay else "far"
        ]

    def counted(self) -> Mapping[str, int]:
        """What passed the middle since the last call, and how much of it was lost there."""
        return self._middle.ask("count") if self._middle else {}


class Player:
    """A process in a network namespace of its own, which does as the other end of its pipe says."""

    def __init__(self, name: str) -> None:
        words = ["unshare", "--net", sys.executable, str(HERE / f"{name}.py")]
        self._process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.pid = self._process.pid
        if self._read() != "up":
            raise SystemExit(f"{name} did not come up")

    def ask(self, what: str, **facts: object) -> Any:
        """One word to it, and its answer."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"what": what, **facts}) + "\n")
        self._process.stdin.flush()
        return self._read()

    def end(self) -> None:
        """Close its pipe, at which it ends; its namespace goes with it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _read(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"a player ended: {self._process.args}")
        return json.loads(line)


@contextmanager
def standing(condition: Condition, seed: int = 1) -> Iterator[World]:
    """A network of this condition in the namespace of this process; it falls when the block ends."""
    live = population(seed, condition.among, condition.count)
    with ExitStack() as stack:
        far = Player("far")
        stack.callback(far.end)
        middle = None
        if condition.middle:
            middle = Player("middle")
            stack.callback(middle.end)
        stack.callback(unwire)
        wire(condition, far, middle)
        sockets = far.ask(
            "live",
            live=sorted(live),
            routed=condition.routed,
            cable=condition.delay > 0 or not condition.middle,
            near=MACS["near"],
            router=MACS["m1"],
            ports=PORTS,
        )
        if middle is not None:
            middle.ask(
                "carry",
                routed=condition.routed,
                loss=condition.loss,
                delay=condition.delay,
                near=MACS["near"],
                far=MACS["far"],
            )
        yield World(condition, middle, live, frozenset(sockets))


def population(seed: int, among: IPv4Network, count: int) -> frozenset[str]:
    """So many addresses that answer, spread over the network; ours is not among them."""
    first, last = int(among.network_address) + 1, int(among.broadcast_address)
    free = sorted(set(range(first, last)) - {int(IPv4Address(NEAR))})
    return frozenset(str(IPv4Address(one)) for one in random.Random(seed).sample(free, count))


def wire(condition: Condition, far: Player, middle: Player | None) -> None:
    """Plug the cables in, and give near its address."""
    to, name = (middle, "m0") if middle else (far, "f0")
    ip(
        "link",
        "add",
        "v0",
        "address",
        MACS["near"],
        "type",
        "veth",
        "peer",
        "name",
        name,
        "address",
        MACS["m0" if middle else "far"],
        "netns",
        str(to.pid),
    )
    if middle:
        inside = ("nsenter", "--target", str(middle.pid), "--net")
        run(
            *inside,
            "ip",
            "link",
            "add",
            "m1",
            "address",
            MACS["m1"],
            "type",
            "veth",
            "peer",
            "name",
            "f0",
            "address",
            MACS["far"],
            "netns",
            str(far.pid),
        )
    run(
        "sysctl",
        "-qw",
        "net.ipv6.conf.all.disable_ipv6=1",
        "net.ipv6.conf.default.disable_ipv6=1",
        "net.ipv6.conf.v0.disable_ipv6=1",
    )
    ip("link", "set", "lo", "up")
    ip("address", "add", f"{ROUTED_NEAR}/30" if condition.routed else f"{NEAR}/16", "dev", "v0")
    ip("link", "set", "v0", "up")
    if condition.routed:
        hop = MACS["far"] if condition.delay or not middle else MACS["m0"]
        ip("neighbour", "add", GATEWAY, "lladdr", hop, "dev", "v0", "nud", "permanent")
        for network in (str(NETWORK), "10.0.0.0/8"):
            ip("route", "add", network, "via", GATEWAY, "dev", "v0")


def unwire() -> None:
    """Pull near's cable: the other ends fall with their namespaces."""
    subprocess.run(["ip", "link", "delete", "v0"], capture_output=True, check=False)


def ip(*words: str) -> None:
    """Run `ip`."""
    run("ip", *words)


def run(*words: str) -> None:
    """Run a program that must succeed."""
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)}: {done.stderr.strip()}")
