"""How fast a site's log leaves and is joined elsewhere: `python benchmarks/bench_bundle.py [ROWS]`.

Ours writes a signed bundle, verifies it and joins it to another store, each in a process of its own. The peer is what one
would do by hand: `sqlite3 .dump`, gzip and `ssh-keygen -Y sign`; then verify, unpack and load into an empty file. It looks at
no row, knows no sites and cannot be repeated, so it is a bound rather than a rival. Times are processor time of each
process and its children, since other work may share the machine. Prints aim, measured, peer and ratio, and PASS or MISS.
"""

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

ROWS = 200_000
RATE = 20_000
"""Observations per second that a centre takes in: the aim of the fleet."""
MEMORY = 300
"""Megabytes at most, however long the log."""

MAKE = """
import sys; from pathlib import Path; sys.path.insert(0, 'benchmarks')
import bundle_world; from scanner.store.store import open_store; from scanner.scope.engagement import find
from scanner.model.run import Run
f = find(Path(sys.argv[1])); s = open_store(f.database, f.id); at = bundle_world.START
s.save(Run(id='run-1', engagement=f.id, started=at, ended=at, command='scan', scope=f.scope.text, seed=1, parameters={}, versions={}))
s.append(bundle_world.log(int(sys.argv[2]), 7))
"""
PEAK = "import resource, sys; from scanner.cli import main; sys.argv[0] = 'stalehost'\ntry: main()\nfinally: print('PEAK', resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, file=sys.stderr)"
SCOPE = """[engagement]
name = "{name}"
owner = "Group"
authorized_by = "A"
contact = "B"
reference = "C"
valid_from = 2026-11-01
valid_until = 2026-12-01
sector = "hospital"
[[network]]
cidr = "10.0.0.0/8"
zone = "all"
profile = "office"
"""


def main() -> int:
    """Measure both and print the table; 1 when an aim is missed."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, rows)
        ours, peer = bench(folder), by_hand(folder)
    print(
        f"{rows:,} observations; a bundle of {ours['size'] / 1e6:.1f} MB, by hand {peer['size'] / 1e6:.1f} MB"
    )
    print(f"{'what':<52}{'aim':>10}{'measured':>12}{'peer':>12}{'ratio':>8}")
    good = [
        line("exported and signed, observations/s", RATE, rows / ours["out"], rows / peer["out"]),
        line("verified and joined, observations/s", RATE, rows / ours["in"], rows / peer["in"]),
        line("joined again in a later bundle, observations/s", RATE, rows / ours["again"], None),
    ]
    for what, word in (("export", "out"), ("import", "in")):
        fits = ours[f"{word} MB"] <= MEMORY
        good.append(fits)
        print(
            f"{f'memory of {what}, MB':<52}{MEMORY:>10,}{ours[f'{word} MB']:>12,.0f}{'-':>12}{'-':>8}  {verdict(fits)}"
        )
    return int(not all(good))


def prepare(folder: Path, rows: int) -> None:
    """A site with a log, a head office without one, a key and who may sign."""
    for one in ("site", "centre", "trust"):
        (folder / one).mkdir(mode=0o700)
    for one in ("site", "centre"):
        (folder / one / "scope.toml").write_text(SCOPE.format(name=one))
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "key"], check=True)
    public = (folder / "key.pub").read_text()
    (folder / "trust" / "signers").write_text(f'site namespaces="stalehost-bundle" {public}')
    subprocess.run([sys.executable, "-c", MAKE, folder / "site", str(rows)], check=True)


def bench(folder: Path) -> dict[str, float]:
    """Seconds and megabytes of ours."""
    out = ["bundle", "export", "-s", f"{folder}/site/scope.toml", "--site", "north", "--key", f"{folder}/key"]
    into = [
        "bundle",
        "import",
        "-s",
        f"{folder}/centre/scope.toml",
        "--allowed-signers",
        f"{folder}/trust/signers",
    ]
    told = {}
    told["out"], told["out MB"] = ours([*out, "-o", f"{folder}/1.bundle"])
    told["in"], told["in MB"] = ours([*into, f"{folder}/1.bundle"])
    ours([*out, "-o", f"{folder}/2.bundle"])
    told["again"], _ = ours([*into, f"{folder}/2.bundle"])
    told["size"] = (folder / "1.bundle").stat().st_size
    return told


def ours(words: list[str]) -> tuple[float, float]:
    """Processor seconds of one command, and its megabytes at most."""
    before = spent()
    done = subprocess.run([sys.executable, "-c", PEAK, *words], check=True, capture_output=True, text=True)
    return spent() - before, float(done.stderr.rpartition("PEAK ")[2])


def by_hand(folder: Path) -> dict[str, float]:
    """Seconds of the peer."""
    names = {"db": folder / "site" / "stalehost.db", "new": folder / "new.db", "at": folder}
    dump = f"import sqlite3, sys\nfor line in sqlite3.connect({str(names['db'])!r}).iterdump(): print(line)"
    load = f"import sqlite3, sys; sqlite3.connect({str(names['new'])!r}).executescript(sys.stdin.read())"
    env = {**os.environ, "DUMP": dump, "LOAD": load, "PY": sys.executable}
    tool = (
        subprocess.run(["sh", "-c", "command -v sqlite3"], capture_output=True, check=False).returncode == 0
    )
    out = f"sqlite3 {names['db']} .dump" if tool else '"$PY" -c "$DUMP"'
    into = f"sqlite3 {names['new']}" if tool else '"$PY" -c "$LOAD"'
    print(f"peer: {'the sqlite3 program' if tool else 'iterdump of sqlite3 in Python'}, gzip, ssh-keygen")
    sh = [
        f"{out} | gzip > {folder}/x.gz && ssh-keygen -q -Y sign -n x -f {folder}/key {folder}/x.gz",
        f"ssh-keygen -Y check-novalidate -n x -s {folder}/x.gz.sig < {folder}/x.gz && gzip -dc {folder}/x.gz | {into}",
    ]
    told = {}
    for word, command in zip(("out", "in"), sh, strict=True):
        before = spent()
        subprocess.run(["sh", "-ec", command], check=True, capture_output=True, env=env)
        told[word] = spent() - before
    told["size"] = (folder / "x.gz").stat().st_size
    return told


def spent() -> float:
    """Processor seconds of every child so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def line(what: str, aim: float, measured: float, peer: float | None) -> bool:
    """Print one row; whether the aim is met."""
    good = measured >= aim
    beside = f"{peer:>12,.0f}{measured / peer:>8.2f}" if peer else f"{'-':>12}{'-':>8}"
    print(f"{what:<52}{aim:>10,.0f}{measured:>12,.0f}{beside}  {verdict(good)}")
    return good


def verdict(good: bool) -> str:
    """The last word of a row."""
    return "PASS" if good else "MISS"


if __name__ == "__main__":
    raise SystemExit(main())
