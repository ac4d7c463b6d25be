"""The other tools: how each is called for a piece of work, and how its answer is read."""

import re
import resource
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final, Self

from discovery.world import NETWORK, PORTS, World

_PATIENCE: Final = 60.0
"""Seconds after which a tool is ended."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """What one run gave."""

    found: frozenset[str]
    seconds: float
    """From the start of the program to its end."""
    rate: float = 0.0
    """Frames per second that left our card, over the middle nine tenths of them."""
    sent: int = 0
    cpu: float = 0.0
    """Processor seconds, the kernel's among them: unlike seconds they do not depend on who else uses the machine."""
    counted: Mapping[str, int] = field(default_factory=dict)
    """What the middle saw."""
    whole: float = 0.0
    """With the start of the program, where `seconds` begins later."""
    note: str = ""
    missing: bool = False
    """The tool is not installed."""


Words = Callable[[World], list[str]]


@dataclass(frozen=True, kw_only=True)
class Peer:
    """One tool on one piece of work."""

    name: str
    program: str
    words: Words
    pattern: str
    """A line that names who was found; its groups, the last first, joined by a colon, are the answer."""
    needs_noise: bool = False
    """It ends only when one more frame comes: on a silent cable, as ours is, that would be never."""

    @property
    def there(self) -> bool:
        """Whether it is installed."""
        return shutil.which(self.program) is not None

    def run(self, world: World) -> Result:
        """Let it do its work in this world."""
        world.counted()
        with Meter() as meter:
            began, used = time.perf_counter(), cpu()
            said, note = self._said(world)
            seconds, used = time.perf_counter() - began, cpu() - used
        found = frozenset(
            ":".join(reversed(match.groups())) for match in re.finditer(self.pattern, said, re.MULTILINE)
        ) - {world.source}
        return Result(
            found=found,
            seconds=seconds,
            rate=meter.rate,
            sent=meter.sent,
            cpu=used,
            counted=world.counted(),
            note=note,
        )

    def _said(self, world: World) -> tuple[str, str]:
        """What it wrote, and what is to be noted."""
        words = [self.program, *self.words(world)]
        try:
            with hum(min(world.live)) if self.needs_noise else nullcontext():
                done = subprocess.run(
                    words,
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    text=True,
                    check=False,
                    timeout=_PATIENCE,
                )
        except subprocess.TimeoutExpired as late:
            return (late.stdout or b"").decode(), f"did not end, was ended after {_PATIENCE:.0f} s"
        return (
            done.stdout,
            f"status {done.returncode}: {done.stderr.strip()[-200:]}" if done.returncode else "",
        )

    def line(self, world: World) -> str:
        """The command line."""
        return " ".join([self.program, *self.words(world)])


@contextmanager
def hum(address: str) -> Iterator[None]:
    """Ten datagrams a second on the cable, to nobody in particular."""
    done = threading.Event()

    def speak() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as noise:
            while not done.wait(0.1):
                noise.sendto(b"", (address, 9))

    thread = threading.Thread(target=speak)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


class Meter:
    """Counts what leaves our card while a tool works, from the kernel's own numbers."""

    def __init__(self, card: str = "v0") -> None:
        self._card, self._seen = card, list[tuple[float, int]]()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Self:
        self._seen.append((time.perf_counter(), sent(self._card)))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()
        self._seen.append((time.perf_counter(), sent(self._card)))

    @property
    def sent(self) -> int:
        """Frames in all."""
        return self._seen[-1][1] - self._seen[0][1]

    @property
    def rate(self) -> float:
        """Frames per second while it was sending: between a twentieth and nineteen twentieths of them."""
        first, last = self._seen[0][1] + self.sent / 20, self._seen[0][1] + self.sent * 19 / 20
        within = [(at, count) for at, count in self._seen if first <= count <= last]
        if len(within) < 2 or within[-1][0] == within[0][0]:
            return 0.0
        return (within[-1][1] - within[0][1]) / (within[-1][0] - within[0][0])

    def _watch(self) -> None:
        while not self._done.wait(0.005):
            self._seen.append((time.perf_counter(), sent(self._card)))


def cpu() -> float:
    """Processor seconds of all programs that have been run so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def timed(words: list[str], out: IO[str]) -> float:
    """Run our own side, and give its seconds; whatever it complains of ends the benchmark."""
    began = time.perf_counter()
    done = subprocess.run(
        words,
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=300,
    )
    if done.returncode:
        raise SystemExit(f"ours failed: {done.stderr.strip()[-2000:]}")
    out.seek(0)
    return time.perf_counter() - began


def sent(card: str) -> int:
    """Frames that have left an interface of this namespace."""
    for line in Path("/proc/net/dev").read_text().splitlines():
        name, _, numbers = line.partition(":")
        if name.strip() == card:
            return int(numbers.split()[9])
    return 0


_ports: Final = ",".join(map(str, PORTS))


def _arp_scan(name: str, tries: int) -> Peer:
    """arp-scan at the rate that the wire bears, each silent address asked so many times."""
    words = [
        "-I",
        "v0",
        "-q",
        "-x",
        "--bandwidth=1000000000",
        f"--retry={tries}",
        "--timeout=100",
        str(NETWORK),
    ]
    return Peer(name=name, program="arp-scan", words=lambda _: words, pattern=r"^([\d.]+)\t")


ARP_SCAN: Final = _arp_scan("arp-scan", 1)
ARP_SCAN_THRICE: Final = _arp_scan("arp-scan, 3 tries", 3)
NMAP_PING: Final = Peer(
    name="nmap -sn --min-rate 20000",
    program="nmap",
    words=lambda _: ["-sn", "-n", "--min-rate", "20000", "-oG", "-", str(NETWORK)],
    pattern=r"^Host: ([\d.]+) .*Status: Up",
)
NMAP_PING_DEFAULT: Final = Peer(
    name="nmap -sn",
    program="nmap",
    words=lambda _: ["-sn", "-n", "-oG", "-", str(NETWORK)],
    pattern=r"^Host: ([\d.]+) .*Status: Up",
)
ZMAP_ECHO: Final = Peer(
    name="zmap (echo)",
    program="zmap",
    words=lambda world: [
        *_zmap(world),
        "-M",
        "icmp_echoscan",
        "--output-filter=success = 1 && repeat = 0",
        "-f",
        "saddr",
    ],
    pattern=r"^([\d.]+)$",
)
FPING: Final = Peer(
    name="fping",
    program="fping",
    words=lambda _: ["-a", "-q", "-i", "0.17", "-r", "1", "-t", "200", "-g", str(NETWORK)],
    pattern=r"^([\d.]+)$",
)
MASSCAN: Final = Peer(
    name="masscan",
    program="masscan",
    words=lambda world: _masscan(world, _ports),
    pattern=r"^open tcp (\d+) ([\d.]+) ",
    needs_noise=True,
)
ZMAP_SYN: Final = Peer(
    name="zmap (one port)",
    program="zmap",
    words=lambda world: [
        *_zmap(world),
        "-M",
        "tcp_synscan",
        "-p",
        str(PORTS[0]),
        "--output-filter=success = 1 && repeat = 0",
        "-f",
        "saddr",
    ],
    pattern=r"^([\d.]+)$",
)

ZMAP_RATE: Final = Peer(
    name="zmap (6 probes each)",
    program="zmap",
    words=lambda world: [
        *_zmap(world),
        "-P",
        str(len(PORTS)),
        "-M",
        "tcp_synscan",
        "-p",
        str(PORTS[0]),
        "-f",
        "saddr",
    ],
    pattern=r"^([\d.]+)$",
)
NMAP_SYN: Final = Peer(
    name="nmap -sS --min-rate 20000",
    program="nmap",
    words=lambda _: ["-sS", "-n", "-Pn", "--min-rate", "20000", "-p", _ports, "-oG", "-", str(NETWORK)],
    pattern=r"^Host: ([\d.]+) .*Ports: (.*?)(?:\t|$)",
)


def _zmap(world: World) -> list[str]:
    # its own list of networks to leave alone holds the private ones
    return [
        "-q",
        "-i",
        "v0",
        "-G",
        world.next_hop,
        "-S",
        world.source,
        "-b",
        "/dev/null",
        "-r",
        "10000000",
        "-c",
        "1",
        str(NETWORK),
    ]


def _masscan(world: World, ports: str) -> list[str]:
    return [
        str(NETWORK), "-p", ports, "--rate", "10000000", "--wait", "1", "-oL", "-",
        "--adapter", "v0", "--adapter-ip", world.source, "--router-mac", world.next_hop.replace(":", "-"),
    ]  # fmt: skip
