"""One to eight sensors at sites 20 ms away: `unshare -rn sh -c 'ip link set lo up; exec python benchmarks/bench_fleet_sensors.py'`.

Each sensor is the command `stalehost fleet sensor`, with a site of its own: a network of real sockets behind a line that
holds every packet back for 10 ms in each direction. One centre, one durable PostgreSQL with TLS. For each number of
sensors as many sites are ordered, and it is measured until the last of them was looked at whole; what a sensor does in
that time by itself is the yardstick. Nothing has a way out. There is no peer: the column is empty.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import far_sites
import fleet_ground

from scanner.fleet.link import connect
from tests import postgres

COUNTS = (1, 2, 4, 8)
DELAY = 0.010
RATE = 20
"""Initiations a second at each site, which the centre gives out: a cautious pace, since eight sensors share two processors here,
as eight sites never do."""
LEAST = 0.85
"""Of what so many sensors by themselves would do."""
DEVICES = 62
"""At each site: all addresses of a /26."""
PATIENCE = 120.0
SCOPE = """
[engagement]
name = "{site}"
owner = "Benchmark group"
authorized_by = "A"
contact = "B"
reference = "C"
valid_from = {today}
valid_until = {today}
sector = "hospital"

[[network]]
cidr = "{cidr}"
zone = "offices"
profile = "office"
"""


def main() -> int:
    """Measure and print the table; 1 when an aim is missed."""
    print(fleet_ground.load())
    with tempfile.TemporaryDirectory() as name, standing(Path(name)) as group:
        print(f"{'what':<58}{'aim':>8}{'measured':>10}{'peer':>6}{'ratio':>7}")
        alone, good = 0.0, True
        for count in COUNTS:
            took, spent, devices = group.looked(count)
            rate = devices / took
            alone = alone or rate
            ratio = rate / (count * alone)
            aim = f"{LEAST * count * alone:8.2f}" if count > 1 else f"{'-':>8}"
            told = "" if count == 1 else "PASS" if ratio >= LEAST else "MISS"
            print(f"{f'{count} at work, devices/s':<58}{aim}{rate:10.2f}{'-':>6}{ratio:7.2f}  {told}")
            print(f"  {devices} devices in {took:.1f} s; sensors {spent:.1f} s of processor time")
            good = good and (count == 1 or ratio >= LEAST)
    print(fleet_ground.load())
    return int(not good)


class Group:
    """A centre, and as many sites as are wanted."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url, self._sites = folder, url, 0
        self.centre = folder / "centre"

    def command(self, folder: Path, *words: str) -> str:
        """A command of the fleet in its folder: what it says."""
        done = subprocess.run(
            [sys.executable, "-m", "scanner", "fleet", *words], cwd=folder, env=_environment(),
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise SystemExit(f"{' '.join(words)}: {done.stderr}")
        return done.stdout + done.stderr

    def founded(self) -> Path:
        """A site with one enrolled sensor: its folder."""
        self._sites += 1
        site = f"site-{self._sites}"
        folder = self.folder / site
        folder.mkdir()
        text = SCOPE.format(
            site=site, cidr=f"10.20.{self._sites}.0/26", today=f"{datetime.now(UTC):%Y-%m-%d}"
        )
        (folder / "scope.toml").write_text(text)
        self.command(self.centre, "site", site, "--scope", str(folder / "scope.toml"))
        self._rows("UPDATE fleet.segment SET rate = %s WHERE site = %s RETURNING 1", RATE, site)
        self.command(
            self.centre, "invite", f"{site}-1", "--site", site, "-o", str(folder / "invitation.toml")
        )
        self.command(folder, "enrol", "invitation.toml")
        return folder

    def looked(self, count: int) -> tuple[float, float, int]:
        """So many sensors at as many fresh sites: seconds until all are done, their processor seconds, devices seen."""
        folders = [self.founded() for _ in range(count)]
        with ExitStack() as stack:
            sensors = [stack.enter_context(at_work(one, "sensor")) for one in folders]
            before, began = _spent(sensors), time.monotonic()
            self.command(self.centre, "order", *(one.name for one in folders))
            until(lambda: all("sensor.done" in _events(one) for one in folders), folders)
            took, spent = time.monotonic() - began, _spent(sensors) - before
            until(lambda: all(self._seen(one.name) == DEVICES for one in folders), folders)
        return took, spent, count * DEVICES

    def _seen(self, site: str) -> int:
        return self._rows(
            "SELECT count(DISTINCT address) FROM observation WHERE site = %s AND field = 'port.state' AND value::text LIKE '%%open%%'",
            site,
        )

    def _rows(self, query: str, *values: object) -> int:
        with connect(self.url) as link:
            row = link.execute(query, values).fetchone()
        return int(row[0]) if row else 0


@contextmanager
def standing(folder: Path) -> Iterator[Group]:
    """The line and the far sites, a server that sensors trust, and a centre at work."""
    with ExitStack() as stack:
        stack.enter_context(line())
        server = stack.enter_context(postgres.server())
        server.sql("CREATE DATABASE fleet TEMPLATE template0")
        group = Group(folder, server.url("fleet"))
        group.centre.mkdir()
        group.command(group.centre, "init", "--database", group.url, "--host", "127.0.0.1")
        made = group.centre / "fleet" / "server"
        server.stop()
        server.start(**{**fleet_ground.SHIPPED, **server.take(made)})
        stack.enter_context(at_work(group.centre, "centre", "--no-report"))
        yield group


@contextmanager
def line() -> Iterator[None]:
    """Sites in a namespace of their own, 10 ms away in each direction."""
    near = far_sites.tun("near0")
    far_sites.ip(
        "address add 10.99.0.1/30 dev near0", "link set near0 up", "route add 10.20.0.0/16 dev near0"
    )
    far = subprocess.Popen(
        ["unshare", "-n", sys.executable, far_sites.__file__, str(near), str(DELAY)],
        pass_fds=(near,), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    os.close(near)
    try:
        if far.stdout is None or far.stdout.readline() != b"ready\n":
            raise SystemExit("the far sites did not begin")
        yield
    finally:
        far.communicate()


@contextmanager
def at_work(folder: Path, *words: str) -> Iterator[int]:
    """A command as a process of its own, at work; told to end at last."""
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "scanner", "fleet", *words, "--log", "json"], cwd=folder, env=_environment(), stderr=log,
        )  # fmt: skip
    try:
        until(lambda: any(one.endswith(".started") for one in _events(folder)), [folder])
        yield process.pid
    finally:
        process.terminate()
        process.wait(60)


def until(holds: Callable[[], bool | int], folders: Sequence[Path]) -> None:
    """Wait for what must come."""
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            raise SystemExit("\n".join((one / "log").read_text() for one in folders))
        time.sleep(0.05)


def _events(folder: Path) -> list[str]:
    return [
        json.loads(one)["event"] for one in (folder / "log").read_text().splitlines() if one.startswith("{")
    ]


def _spent(pids: Sequence[int]) -> float:
    return sum(fleet_ground.spent(one) for pid in pids for one in fleet_ground.family(pid))


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(fleet_ground.ROOT)}


if __name__ == "__main__":
    sys.exit(main())
