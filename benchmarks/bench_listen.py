"""Bulk capture: `python benchmarks/bench_listen.py [PACKETS]`. Ours beside p0f, prads and tshark on the same file.

The file is made by `listen/traffic.py`, which knows nothing of the code that is measured: a hospital's traffic in the
proportions that are printed. The aim is judged on that mix; a harder one (eight times the new conversations, short ones,
names that repeat less, spread over an hour) is printed beside it. Everybody reads it from memory (tmpfs or page cache), one after another, three times; the best
counts. A packet counts as having reached a payload parser when its payload was parsed, went into a stream that was, or was a
repeat of one (the three are told apart); what a parser's own filter passes over does not count. Memory is measured on a FIFO
into which the same frames are written over and over.
"""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from listen.traffic import KINDS, SHARES, write

PACKETS = 600_000
SEED = 7
TURNS = 3
AIM, AIM_SHARE, AIM_MEMORY = 1_000_000, 0.20, 150
OURS = """
import sys, time
from pathlib import Path
from scanner.observe.capture import files
from scanner.observe.capture.ear import Ear
from scanner.observe.capture.watch import Watch, ours
from scanner.observe.parsers import load_parsers

ear = Ear(Watch(ours), load_parsers())
began, busy = time.perf_counter(), time.process_time()
for batch in files.batches(Path(sys.argv[1]), 0.0):
    ear.hear(batch)
told = sum(1 for _ in ear.finish())
took, worked = time.perf_counter() - began, time.process_time() - busy
import resource
count = ear.count
most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
print(took, worked, count.frames, count.parsed, count.memoed, count.gathered, count.passed, told, len(ear.bugs), most)
"""
PEERS = {
    "p0f": ["p0f", "-r", "{file}", "-o", "{out}"],
    "prads": ["prads", "-r", "{file}", "-l", "{out}", "-u", "root", "-g", "root"],
    "tshark": ["tshark", "-n", "-r", "{file}", "-q", "-z", "io,phs"],
}


def main() -> int:
    """Measure and print; 1 when an aim is missed."""
    packets = int(sys.argv[1]) if len(sys.argv) > 1 else PACKETS
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "ward.pcap"
        count = write(file, packets, SEED)
        told(file, packets, count)
        runs = [run([sys.executable, "-c", OURS, str(file)]) for _ in range(TURNS)]
        best = min(runs, key=lambda one: one[0])
        reached = (best[3] + best[4] + best[5]) / best[2]
        said("ours", best)
        peers = {name: peer(name, words, file, Path(folder)) for name, words in PEERS.items()}
        small, large = (fifo(file, times, Path(folder)) for times in (1, 4))
        told(file, packets, write(file, packets, SEED, harder=True))
        hard = min(
            (run([sys.executable, "-c", OURS, str(file)]) for _ in range(TURNS)), key=lambda one: one[0]
        )
        said("ours, the harder mix", hard)
    print(f"load of this machine: {os.getloadavg()[0]:.1f} of {os.cpu_count()} processors")
    print(f"{'what':<48}{'aim':>12}{'measured':>12}{'peer':>12}{'ratio':>8}")
    ours, worked = best[2] / best[0], max(one[2] / one[1] for one in runs)
    missed = [row("packets/s, all protocols on (best of 3)", f">= {AIM:,}", f"{ours:,.0f}", ours >= AIM)]
    missed.append(row("  by time of processor", f">= {AIM:,}", f"{worked:,.0f}", worked >= AIM))
    missed.append(
        row("packets that reach a payload parser", ">= 20 %", f"{reached:.1%}", reached >= AIM_SHARE)
    )
    print(
        f"{'packets/s of the harder mix, by time of processor':<52}{'-':>8}{hard[2] / hard[1]:>12,.0f}{'-':>12}{'-':>8}"
    )
    for name, took in peers.items():
        their = packets / took if took else None
        ratio = f"{worked / their:.2f}x" if their else "-"
        print(
            f"{f'  beside {name}, by time of processor':<48}{'-':>12}{worked:>12,.0f}{f'{their:,.0f}' if their else 'not here':>12}{ratio:>8}"
        )
    grown = large - small
    missed.append(
        row(
            "MB at most, four times the file through a FIFO",
            f"<= {AIM_MEMORY}",
            f"{large:.0f}",
            large <= AIM_MEMORY,
        )
    )
    missed.append(row("  more MB than for the file once", "<= 20", f"{grown:.0f}", grown <= 20))
    return int(any(missed))


def told(file: Path, packets: int, count: "dict[str, int]") -> None:
    """The mix, as it came out."""
    total = sum(count.values())
    print(f"{packets:,} packets, {file.stat().st_size / 1e6:.0f} MB, seed {SEED}; of all packets:")
    for name in SHARES:
        print(f"  {name:<48}{count[name] / total:>7.1%}")
    print("  new conversations are " + ", ".join(f"{name} {share:.0%}" for name, share in KINDS.items()))


def said(what: str, best: list[float]) -> None:
    """What one run did with the packets."""
    print(
        f"{what}: {best[0]:.2f} s, {best[1]:.2f} s of processor; {best[7]:.0f} observations, {best[8]:.0f} parsers failed;"
        f" parsed {best[3] / best[2]:.1%}, repeats {best[4] / best[2]:.1%}, in streams {best[5] / best[2]:.1%},"
        f" passed over {best[6] / best[2]:.1%}"
    )


def run(words: list[str]) -> list[float]:
    """What ours prints."""
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    return [float(word) for word in done.stdout.split()]


def peer(name: str, words: list[str], file: Path, folder: Path) -> float | None:
    """Seconds of processor that a peer takes at best; None when it is not installed or fails."""
    if shutil.which(name) is None:
        return None
    times = []
    for _ in range(TURNS):
        out = folder / f"{name}.out"
        out.unlink(missing_ok=True)
        began, before = time.perf_counter(), processor()
        done = subprocess.run(
            [word.format(file=file, out=out) for word in words], capture_output=True, check=False, cwd=folder
        )
        times.append((processor() - before, time.perf_counter() - began))
        if done.returncode:
            print(f"{name} ended with status {done.returncode}: {done.stderr[-200:]!r}")
            return None
    busy, took = min(times)
    command = " ".join(words).format(file="ward.pcap", out=f"{name}.out")
    print(f"  $ {command}: {took:.2f} s, {busy:.2f} s of processor")
    return busy


def processor() -> float:
    """Seconds that finished children have worked."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def fifo(file: Path, times: int, folder: Path) -> float:
    """Megabytes that ours needs at most when the frames come so many times through a FIFO."""
    path = folder / f"fifo{times}"
    os.mkfifo(path)

    def feed() -> None:
        with path.open("wb") as out, file.open("rb") as source:
            for turn in range(times):
                source.seek(24 if turn else 0)
                shutil.copyfileobj(source, out, 1 << 20)

    writer = threading.Thread(target=feed)
    writer.start()
    got = run([sys.executable, "-c", OURS, str(path)])
    writer.join()
    return got[9]


def row(what: str, aim: str, measured: str, good: bool) -> bool:
    """Print one row; True when the aim is missed."""
    print(f"{what:<48}{aim:>12}{measured:>12}{'-':>12}{'-':>8}  {'PASS' if good else 'MISS'}")
    return not good


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.exit(main())
