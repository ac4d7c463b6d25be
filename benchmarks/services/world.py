"""A cable with a crowd at its far end, and the engagement of whoever scans it: built anew for each measurement.

Nothing has a way out: both ends are namespaces of this benchmark, and the scope file holds the crowd's network alone.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

HERE = Path(__file__).parent
NETWORK = "10.78.0.0/{bits}"
FIRST = "10.78.0.1"
SCOPE = """
[engagement]
name = "services"
owner = "bench"
authorized_by = "bench"
contact = "bench"
reference = "bench"
valid_from = {today}
valid_until = {tomorrow}
sector = "office"

[[network]]
cidr = "{cidr}"
zone = "crowd"
profile = "{profile}"
"""


@dataclass(kw_only=True)
class Crowd:
    """Who stands at the far end, and where our own papers are."""

    network: str
    doors: dict[str, tuple[str, ...]]
    """By address, the ports that speak."""
    kinds: dict[str, str]
    """By address, which device of the lab it is."""
    folder: Path
    connections: int = field(default=0)
    """How many all devices had: known once it is down."""

    @property
    def scope(self) -> Path:
        """Our scope file."""
        return self.folder / "scope.toml"

    def tcp(self) -> list[tuple[str, int]]:
        """Every TCP service."""
        return [
            (address, int(one.removeprefix("tcp/")))
            for address, doors in self.doors.items()
            for one in doors
            if one.startswith("tcp/")
        ]


@contextmanager
def standing(
    count: int,
    *,
    ports: Sequence[int] = (),
    services: int | None = None,
    bits: int = 22,
    profile: str = "bench",
) -> Iterator[Crowd]:
    """A crowd of so many devices; it falls when the block ends."""
    wish = {"count": count, "first": FIRST, "bits": bits, "card": "f0", "ports": ports, "services": services}
    # the far end first waits for its cable: a shell that reads one line before it begins
    far = subprocess.Popen(
        ["unshare", "--net", "sh", "-c", 'read _ && exec "$@"', "sh", sys.executable, str(HERE / "crowd.py"), json.dumps(wish)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert far.stdin is not None
    assert far.stdout is not None
    try:
        with tempfile.TemporaryDirectory() as folder:
            network = NETWORK.format(bits=bits)
            wire(far.pid, bits)
            far.stdin.write(b"\n")
            far.stdin.flush()
            said = json.loads(far.stdout.readline() or b"null")
            if said is None:
                raise SystemExit("the crowd did not come up")
            crowd = Crowd(
                network=network,
                doors={address: tuple(doors) for address, _, doors in said},
                kinds={address: name for address, name, _ in said},
                folder=Path(folder),
            )
            crowd.scope.write_text(_scope(network, profile), "utf-8")
            yield crowd
            far.stdin.close()
            crowd.connections = json.loads(far.stdout.readline() or b"0")
    finally:
        subprocess.run(["ip", "link", "delete", "v0"], capture_output=True, check=False)
        if not far.stdin.closed:
            far.stdin.close()
        try:
            far.wait(20)
        except subprocess.TimeoutExpired:
            far.kill()
            far.wait()


@contextmanager
def papers(network: str, profile: str) -> Iterator[Path]:
    """A scope file for one network, in an engagement folder that goes with the block."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scope.toml"
        path.write_text(_scope(network, profile), "utf-8")
        yield path


def wire(pid: int, bits: int) -> None:
    """Plug the cable in; our own address is the network's last but one."""
    end = {22: "10.78.3.254", 23: "10.78.1.254"}[bits]
    settled = time.monotonic() + 5
    while Path(f"/proc/{pid}/ns/net").readlink() == Path("/proc/self/ns/net").readlink():
        if time.monotonic() > settled:
            raise SystemExit("the crowd got no namespace of its own")
        time.sleep(0.01)
    lines = (
        f"link add v0 type veth peer name f0 netns {pid}",
        "link set lo up",
        "link set v0 addrgenmode none",
        f"address add {end}/{bits} dev v0",
        "link set v0 up",
    )
    subprocess.run(["ip", "-batch", "-"], input="\n".join(lines) + "\n", text=True, check=True)
    # the kernel forgets neighbours above a number that a crowd exceeds, for every tool alike
    for knob in ("gc_thresh1=4096", "gc_thresh2=8192", "gc_thresh3=16384"):
        subprocess.run(["sysctl", "-qw", f"net.ipv4.neigh.default.{knob}"], check=False, capture_output=True)


def null(doors: Sequence[tuple[str, int]], at_once: int = 64) -> float:
    """Seconds in which a client that only connects and leaves meets every service."""

    async def one(address: str, port: int, turn: asyncio.Semaphore) -> None:
        async with turn:
            _, writer = await asyncio.open_connection(address, port)
            writer.close()
            await writer.wait_closed()

    async def all_of_them() -> None:
        turn = asyncio.Semaphore(at_once)
        await asyncio.gather(*(one(*door, turn) for door in doors))

    began = time.perf_counter()
    asyncio.run(all_of_them())
    return time.perf_counter() - began


def _scope(cidr: str, profile: str) -> str:
    today = datetime.now(UTC).date()
    return SCOPE.format(today=today, tomorrow=today + timedelta(days=2), cidr=cidr, profile=profile)
