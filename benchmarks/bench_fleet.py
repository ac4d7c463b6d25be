"""A centre with a hundred thousand devices: `unshare -rn sh -c 'ip link set lo up; exec python benchmarks/bench_fleet.py [DEVICES [SITES]]'`.

Sites of a made-up group are written as batches into the outbox of one sensor each. Then the sensors hand them in over TLS to
a real PostgreSQL, durable as it ships, while the centre takes them into the log; both are processes of their own, as in
life. Then the centre judges every site anew, and once more after the news of a day.

There is no peer that takes in and judges such logs: the column is empty. Prints aim, measured and PASS or MISS.
"""

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import fleet_ground
import fleet_world

from scanner.fleet import batch, judging
from scanner.fleet.ingest import ingest
from scanner.fleet.link import connect
from scanner.fleet.outbox import Outbox
from scanner.fleet.post import Post
from scanner.store.store import open_store

DEVICES, SITES, SEED = 100_000, 100, 7
RATE = 20_000
"""Observations a second that the centre takes in."""
JUDGED_S = 60.0
MEMORY_MB = 2048.0
NEWS = 0.02
"""The share of the devices that a day has news of."""


def main() -> int:
    """Measure and print the table; 1 when an aim is missed."""
    devices = int(sys.argv[1]) if len(sys.argv) > 1 else DEVICES
    sites = fleet_world.sites(devices, int(sys.argv[2]) if len(sys.argv) > 2 else SITES, SEED)
    print(fleet_ground.load())
    with tempfile.TemporaryDirectory() as name, fleet_ground.ground(Path(name)) as ground:
        folder = Path(name)
        roads = [
            (site.name, ground.enrol(site.name, site.name, ground.settle(site.name, site.cidrs, fleet_world.ENGAGEMENT)))
            for site in sites
        ]  # fmt: skip
        rows = written(folder, sites, 1.0, timedelta())
        print(
            f"{devices:,} devices at {len(sites)} sites, {rows:,} observations; PostgreSQL {ground.version()}, fsync on"
        )
        print(f"{'what':<66}{'aim':>10}{'measured':>12}{'peer':>6}{'ratio':>7}")
        good = [taken(ground, folder, roads, rows, "ingest, observations/s")]
        good.append(judged(ground, folder, "every site judged anew", JUDGED_S))
        judged(ground, folder, "nothing new: every site's mark looked at")
        fresh = some(sites, round(devices * NEWS))
        again = written(folder, fresh, 1.0, timedelta(days=7))
        print(
            f"a day's news: {len(fresh)} sites with {fleet_world.counted(fresh):,} devices were scanned again"
        )
        names = {site.name for site in fresh}
        taken(
            ground,
            folder,
            [one for one in roads if one[0] in names],
            again,
            "known rows that widen, observations/s",
        )
        judged(ground, folder, "judged after a day's news", JUDGED_S)
        size = ground.server.sql("SELECT pg_database_size('fleet')")[0][0] / 1e6
        packed = sum(path.stat().st_size for path in (folder / "judged").iterdir()) / 1e6
        print(f"database {size:,.0f} MB; judgements {packed:,.0f} MB")
    print(fleet_ground.load())
    return int(not all(good))


def written(
    folder: Path, sites: Sequence[fleet_world.Site], share: float, later: timedelta, news: int = 0
) -> int:
    """Write what each site's sensor saw into its outbox; give how many observations."""
    many = 0
    for site in sites:
        seen = tuple(fleet_world.seen(site, SEED + news, share=share, later=later))
        many += len(seen)
        box = Outbox(folder / site.name)
        for body in batch.bodies(site.run, seen):
            box.put(body)
    return many


def taken(
    ground: fleet_ground.Ground, folder: Path, roads: Sequence[tuple[str, str]], rows: int, what: str
) -> bool:
    """From the first push to the last row in the log; the sensors push in one process, the centre takes in another."""
    (folder / "roads").write_text("\n".join(f"{folder / name}\t{road}" for name, road in roads))
    before, began = ground.spent(), time.perf_counter()
    pushing = subprocess.Popen([sys.executable, __file__, "push", folder / "roads"])
    taking = subprocess.Popen([sys.executable, __file__, "take", ground.inside, ground.url, str(rows)])
    with fleet_ground.Memory(taking.pid, ground.server.process.pid) as memory:
        for one in (pushing, taking):
            if one.wait():
                raise SystemExit(f"{one.args} ended with {one.returncode}")
    took, server = time.perf_counter() - began, ground.spent() - before
    good = row(what, RATE, rows / took, least=True)
    row(f"{what.partition(',')[0]}: centre and PostgreSQL, MB", MEMORY_MB, memory.most)
    print(f"  {took:.1f} s, of which PostgreSQL {server:.1f} s of processor time")
    return good and memory.most <= MEMORY_MB


def some(sites: Sequence[fleet_world.Site], least: int) -> list[fleet_world.Site]:
    """As many sites as hold so many devices: those of middling size."""
    ordered = sorted(sites, key=lambda site: fleet_world.counted([site]))
    found: list[fleet_world.Site] = []
    for site in ordered[len(ordered) // 2 :]:
        if fleet_world.counted(found) >= least:
            break
        found.append(site)
    return found


def judged(ground: fleet_ground.Ground, folder: Path, what: str, aim: float | None = None) -> bool:
    """Judge what is new, in a process of its own as the centre does; whether time and memory meet the aims."""
    before, began = ground.spent(), time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, __file__, "judge", ground.url, folder / "judged"], stdout=subprocess.PIPE, text=True
    )
    with fleet_ground.Memory(child.pid, ground.server.process.pid) as memory:
        said, _ = child.communicate()
    took, server = time.perf_counter() - began, ground.spent() - before
    if child.returncode:
        raise SystemExit(f"judging ended with {child.returncode}")
    good = row(f"{what}, s", aim, took)
    fits = row("  centre and PostgreSQL meanwhile, MB", MEMORY_MB if aim else None, memory.most)
    print(f"  {said.strip()}; PostgreSQL {server:.1f} s of processor time")
    return good and fits


def judge(url: str, folder: str) -> None:
    """Judge, and say what it took."""
    told, made = judging.judge(
        judging.Work(where=url, engagement=fleet_world.ENGAGEMENT, folder=Path(folder)), fleet_world.NOW
    )
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    spent = sum(one.ru_utime + one.ru_stime for one in used)
    print(
        f"{made} of {len(told)} sites, {sum(one.devices for one in told):,} devices; centre {spent:.1f} s of processor time"
    )


def push(roads: str) -> None:
    """Hand in what waits in the outboxes, sensor by sensor."""
    for line in Path(roads).read_text().splitlines():
        folder, road = line.split("\t")
        with connect(road) as link:
            Outbox(Path(folder)).send(Post(link, time.monotonic))


def take(inside: str, url: str, rows: str) -> None:
    """Take in until so many have come."""
    many, began = 0, time.process_time()
    with connect(inside) as link, open_store(url, fleet_world.ENGAGEMENT) as store:
        while many < int(rows):
            done = ingest(link, store, fleet_world.NOW)
            many += done.seen + done.dropped
            if done.dropped or done.refused:
                raise SystemExit(f"not all was taken: {done}")
            if not done.batches:
                time.sleep(0.05)
    print(f"  centre: {time.process_time() - began:.1f} s of processor time")


def row(what: str, aim: float | None, measured: float, *, least: bool = False) -> bool:
    """Print one line; whether the aim is met."""
    good = aim is None or (measured >= aim if least else measured <= aim)
    said = "" if aim is None else "PASS" if good else "MISS"
    print(
        f"{what:<66}{'-' if aim is None else f'{aim:,.0f}':>10}{measured:>12,.1f}{'-':>6}{'-':>7}  {said}",
        flush=True,
    )
    return good


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1] in {"push", "take", "judge"}:
        {"push": push, "take": take, "judge": judge}[sys.argv[1]](*sys.argv[2:])
        sys.exit()
    sys.exit(main())
