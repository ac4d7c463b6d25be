"""What a usual scan does to devices that scanners have broken, and what ours does: `python benchmarks/bench_harm.py`.

Both stand in the simulated ward and plant of `fixtures/lab/fragile`, in network namespaces with no way out, and leave the
excluded ventilator alone. The peer is `nmap -A`, 40 seconds a host at most; ours is `stalehost scan` under the clinical and ot
profiles, with the lab's clock for the look a minute later. Prints aim, measured, peer and ratio, and PASS or MISS.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from scanner.cli.stopping import beating
from scanner.lab import mark, run
from scanner.lab.actor import Tally
from scanner.lab.run import Lab

STALEHOST = [sys.executable, "-m", "scanner"]
SEED = 5
EXCLUDED = "ventilator"
Tallies = dict[str, Tally]


def main() -> int:
    """Run both and print the table; 1 when an aim is missed."""
    if reason := run.possible():
        print(f"not measured: {reason}")
        return 1
    ours, right, ours_took = bench(scan)
    peer, _, peer_took = bench(nmap)
    print(f"peer: nmap -A; took {peer_took:.0f} s, ours {ours_took:.0f} s")
    print(f"{'what':<52}{'aim':>8}{'measured':>12}{'peer':>8}{'ratio':>9}")
    missed = [
        line("fragile devices that died", 0, deaths(ours), deaths(peer)),
        line("devices whose printer port was written to", 0, printed(ours), printed(peer)),
        line("connections that a device had at once, the most", 1, at_once(ours), at_once(peer)),
        line("connections to all devices", 60, connections(ours), connections(peer)),
    ]
    good = right >= 0.9
    print(
        f"{'share of the answering whose kind is right':<52}{'90 %':>8}{right:>12.0%}{'-':>8}{'-':>9}  {verdict(good)}"
    )
    for name, tally in sorted(peer.items()):
        if tally.died:
            print(f"  nmap -A: {name} died of {tally.cause}")
    return int(any(missed) or not good)


def bench(act: Callable[[Lab], float]) -> tuple[Tallies, float, float]:
    """What was done to each device, what `act` gave, and how long it took."""
    with tempfile.TemporaryDirectory() as folder:
        with run.up("fragile", SEED, Path(folder) / "lab", datetime.now(UTC)) as lab:
            began = time.monotonic()
            given = act(lab)
            took = time.monotonic() - began
        return lab.tallies(), given, took


def scan(lab: Lab) -> float:
    """Scan as a hospital would; the share of answering devices whose kind is right."""
    of = ["-s", str(lab.scope), "--allowed-signers", str(lab.signers)]
    subprocess.run(
        [*STALEHOST, "scan", "--dry-run", "--approve-by", "a bench", *of], check=True, capture_output=True
    )
    sign = lab.folder / "heartbeat"
    with beating(sign):
        inside(lab, [*STALEHOST, "scan", "--yes", "--heartbeat", str(sign), "--lab-clock", "20", *of])
    listed = subprocess.run([*STALEHOST, "devices", "--json", *of], check=True, capture_output=True)
    found = mark.read(listed.stdout)
    asked = [one for one in lab.truth() if "kind" in one.knowable]
    kinds = {address: one.kind for one in found for address in one.addresses}
    return sum(kinds.get(one.addresses[0]) in {one.kind, *one.alike} for one in asked) / len(asked)


def nmap(lab: Lab) -> float:
    """Scan as many still do."""
    targets = [one.addresses[0] for one in lab.truth() if one.id != EXCLUDED]
    inside(lab, ["nmap", "-A", "-n", "--host-timeout", "40s", *targets])
    return 0.0


def inside(lab: Lab, words: Sequence[str]) -> None:
    """Run where the scanner stands."""
    process = lab.enter(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if process.wait(timeout=170):
        raise SystemExit(f"{words[0]} ended with status {process.returncode}")


def deaths(tallies: Tallies) -> int:
    """How many fell off the network."""
    return sum(tally.died for tally in tallies.values())


def printed(tallies: Tallies) -> int:
    """How many had something arrive, were it only a connection, on a port that acts on what arrives."""
    return sum(bool(tally.recorded) for tally in tallies.values())


def at_once(tallies: Tallies) -> int:
    """The most connections that any device had at the same time."""
    return max(tally.at_once for tally in tallies.values())


def connections(tallies: Tallies) -> int:
    """All that came about."""
    return sum(sum(tally.connections.values()) for tally in tallies.values())


def line(what: str, aim: int, measured: int, peer: int) -> bool:
    """Print one row; True when the aim is missed."""
    ratio = f"{peer / measured:.1f}x" if measured else "-"
    print(f"{what:<52}{aim:>8}{measured:>12}{peer:>8}{ratio:>9}  {verdict(measured <= aim)}")
    return measured > aim


def verdict(good: bool) -> str:
    """PASS or MISS."""
    return "PASS" if good else "MISS"


if __name__ == "__main__":
    sys.exit(main())
