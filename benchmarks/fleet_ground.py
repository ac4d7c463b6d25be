"""A real PostgreSQL with TLS and an authority for the fleet's benchmarks, and what its processes hold in memory.

Unlike the tests' server this one is as durable as PostgreSQL ships it: fsync, full pages, autovacuum and 128 MB of shared
buffers are on. Sensors are enrolled the whole way: code, request, certificate, connection.
"""

import os
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from scanner.fleet import admit, authority, install  # noqa: E402 - the tests' server lies beside the package
from scanner.fleet.admit import Segment  # noqa: E402
from scanner.fleet.link import connect  # noqa: E402
from tests import postgres  # noqa: E402

SHIPPED = {
    "fsync": "on",
    "full_page_writes": "on",
    "shared_buffers": "128MB",
    "max_wal_size": "1GB",
    "autovacuum": "on",
    "timezone": "UTC",
    "max_connections": "100",
    "ssl": "on",
    "ssl_ca_file": "ca.pem",
}
"""PostgreSQL's own defaults, and TLS; the tests' server has durability off, which no centre would."""


class Ground:
    """One server with the fleet installed, the centre's connection, and the ways in of its sensors."""

    def __init__(self, server: "postgres.Server", folder: Path, ca: authority.Pair) -> None:
        self.server, self.folder, self.ca = server, folder, ca
        self.inside = f"host={server.run} port={server.port} user=postgres dbname=fleet"
        self.url = server.url("fleet")

    def settle(self, site: str, cidrs: dict[str, str], engagement: str, rate: float = 1000.0) -> list[str]:
        """Make a site known with a segment for each zone; give the segments."""
        made = [Segment(id=f"{site}-{zone}", cidr=cidr, zone=zone, rate=rate) for zone, cidr in cidrs.items()]
        with connect(self.inside) as link:
            admit.settle(link, site, engagement, made)
        return [one.id for one in made]

    def enrol(self, name: str, site: str, segments: Sequence[str]) -> str:
        """A sensor that went the whole way; give how it reaches the centre by TLS."""
        door = f"host=127.0.0.1 port={self.server.port} dbname=fleet user=stalehost_enrol"
        trust = f"sslmode=verify-full sslrootcert={self.folder / 'ca.pem'}"
        asked = authority.ask()
        with connect(self.inside) as link, connect(f"{door} {trust} sslcert=none sslkey=none") as enrolling:
            code = admit.invite(link, name, site, segments)
            enrolling.execute("SELECT fleet.enrol(%s, %s)", (code, asked.certificate.decode()))
            admit.answer(link, self.ca, datetime.now(UTC))
            (certificate,) = enrolling.execute("SELECT fleet.enrolled(%s)", (code,)).fetchone() or ("",)
            (role,) = link.execute("SELECT role FROM fleet.sensor WHERE id = %s", (name,)).fetchone() or ("",)
        (self.folder / f"{name}.pem").write_text(certificate)
        key = self.folder / f"{name}.key"
        key.write_bytes(asked.key)
        key.chmod(0o600)
        where = f"host=127.0.0.1 port={self.server.port} dbname=fleet user={role}"
        return f"{where} {trust} sslcert={self.folder / f'{name}.pem'} sslkey={key}"

    def spent(self) -> float:
        """Processor seconds of the server and everything that it has started, those that ended included."""
        return sum(spent(pid) for pid in family(self.server.process.pid))

    def version(self) -> str:
        """What the server calls itself."""
        return str(self.server.sql("SHOW server_version")[0][0])


@contextmanager
def ground(folder: Path, **settings: str) -> Iterator[Ground]:
    """Start a server as PostgreSQL ships it, and lay the fleet into it."""
    ca = authority.found("Benchmark fleet", datetime.now(UTC))
    pair = authority.serve(ca, "127.0.0.1", datetime.now(UTC))
    (folder / "ca.pem").write_bytes(ca.certificate)
    with postgres.server() as one:
        one.stop()
        (one.data / "server.key").write_bytes(pair.key)
        (one.data / "server.key").chmod(0o600)
        (one.data / "server.crt").write_bytes(pair.certificate)
        (one.data / "ca.pem").write_bytes(ca.certificate)
        rules = (
            "local all postgres trust",
            "hostssl fleet stalehost_enrol 127.0.0.1/32 trust",
            "hostssl fleet +stalehost_sensor 127.0.0.1/32 cert",
        )
        (one.data / "pg_hba.conf").write_text("\n".join([*rules, ""]))
        one.start(**{**SHIPPED, **settings})
        one.sql("CREATE DATABASE fleet TEMPLATE template0")
        made = Ground(one, folder, ca)
        with connect(made.inside) as link:
            install.install(link)
        yield made


class Memory:
    """What a family of processes holds at most while this is open: the sum of their proportional shares (PSS), so that
    shared buffers count once; looked at five times a second.
    """

    def __init__(self, *roots: int) -> None:
        self._roots, self.most, self._done = roots, 0.0, threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(0.2):
            self.most = max(self.most, held(*self._roots))


def held(*roots: int) -> float:
    """Megabytes that these processes and their children hold now."""
    total = 0
    for pid in {one for root in roots for one in family(root)}:
        with suppress(OSError):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
    return total / 1024


def family(root: int) -> list[int]:
    """A process and all that stand below it."""
    below: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            words = path.read_text().rpartition(")")[2].split()
            below.setdefault(int(words[1]), []).append(int(path.parent.name))
    found, ahead = [], [root]
    while ahead:
        found.append(ahead.pop())
        ahead += below.get(found[-1], [])
    return found


def spent(pid: int) -> float:
    """Processor seconds of one process, and of those below it that ended."""
    with suppress(OSError):
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, words[11:15])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def load() -> str:
    """What the machine had to do besides."""
    return f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors, {time.strftime('%Y-%m-%d %H:%M')}"
