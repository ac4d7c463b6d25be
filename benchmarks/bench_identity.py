"""Is each device what it is taken for? `python benchmarks/bench_identity.py` (nine demos, one to two minutes each).

Boots the hospital, the utility and the bank branch, each in network namespaces of its own with no way out, scans it as
`stalehost demo` does, and holds every device against the lab's truth, which the scanner never sees. What nobody could know
from outside (`knowable` of the truth says why) is listed and not held against anybody. Prints a confusion table of kinds and
one of operating systems, then aim, measured, peer and ratio, and PASS or MISS. The peer is a scanner that calls every device
what most devices are: so much is right by guessing.

Three seeds: what the first one showed to be wrong was mended with it in sight, so the others, which draw other names, versions
and addresses, say how much of that holds elsewhere. The aims count for each alone.
"""

import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from scanner.lab import run
from scanner.lab.paperwork import Expected, signers

STALEHOST = [sys.executable, "-m", "scanner"]
SECTORS = ("hospital", "utility", "bank")
SEEDS = (5, 23, 47)
LONGEST = 900
"""Seconds for one demo; ten times what it takes on a quiet machine."""
NOTHING = "-"
SYSTEMS = {
    "Windows": ("Windows",),
    "Linux": ("Debian", "Ubuntu", "Red Hat"),
    "IOS": ("Cisco IOS",),
    "ESX": ("VMware ESX",),
    "iLO": ("HP iLO",),
}
"""An operating system's family and how the truth's subjects of that family begin."""


class Value(Struct, frozen=True):
    """One attribute, as far as it is judged."""

    value: str


class Found(Struct, frozen=True):
    """One device of `stalehost devices --json`, as far as it is judged."""

    addresses: tuple[str, ...]
    kind: str
    attributes: dict[str, Value]


Pair = tuple[str, str]
"""What a device is, and what it was taken for."""


def main() -> int:
    """Run every seed, print the tables of each; 1 when an aim is missed."""
    if reason := run.possible():
        print(f"not measured: {reason}")
        return 1
    return max([judge(seed) for seed in SEEDS])


def judge(seed: int) -> int:
    """Run all three sectors with one seed, print the tables; 1 when an aim is missed."""
    print(f"\nseed {seed}")
    kinds: list[Pair] = []
    systems: list[Pair] = []
    decoys = unknowable = 0
    for sector in SECTORS:
        truth, found = demo(sector, seed)
        judged = [one for one in truth if "kind" in one.knowable]
        kinds += [pair for one in judged for pair in kind_pairs(one, found)]
        systems += [pair for one in truth if "support" in one.knowable for pair in system_pairs(one, found)]
        decoys += sum("setting.decoy" in one.attributes for one in found)
        unknowable += len(truth) - len(judged)
        print(f"{sector}: {len(truth)} devices, {len(found)} found, {len(judged)} whose kind can be known")
    table("kinds", kinds)
    table("operating systems", systems)
    print(f"\n{unknowable} devices whose kind nobody could know from outside are not counted")
    return int(any(lines(kinds, systems, decoys)))


def demo(sector: str, seed: int) -> tuple[list[Expected], list[Found]]:
    """Boot and scan one network; the truth about it and what was made of it."""
    with tempfile.TemporaryDirectory() as folder:
        words = [*STALEHOST, "demo", "--sector", sector, "--seed", str(seed), "-o", folder]
        subprocess.run(words, check=True, capture_output=True, timeout=LONGEST)
        of = ["-s", f"{folder}/scope.toml", "--allowed-signers", str(signers(Path(folder)))]
        told = subprocess.run([*STALEHOST, "devices", "--json", *of], check=True, capture_output=True)
        truth = msgspec.json.decode((Path(folder) / "truth.json").read_bytes(), type=list[Expected])
    return truth, msgspec.json.Decoder(Found).decode_lines(told.stdout)


def kind_pairs(device: Expected, found: Sequence[Found]) -> Iterable[Pair]:
    """What the device is and what each that has its address was taken for; kinds that nobody can tell apart are one."""
    taken = [one.kind for one in found if set(one.addresses) & set(device.addresses)] or [NOTHING]
    if device.apart:
        # nothing that may be asked says that its cards are one device: what one card tells, the others need not
        taken = [device.kind] if device.kind in taken else taken[:1]
    return [(device.kind, device.kind if one in device.alike else one) for one in taken]


def system_pairs(device: Expected, found: Sequence[Found]) -> Iterable[Pair]:
    """The family of the system that the truth names, and the family that was found."""
    want = next((name for name, begins in SYSTEMS.items() if (device.subject or "").startswith(begins)), None)
    if want is None:
        return []
    taken = [system(one) for one in found if set(one.addresses) & set(device.addresses)] or [NOTHING]
    return [(want, want if want in taken else taken[0])]


def system(one: Found) -> str:
    """The family that was found, in the words of `SYSTEMS`."""
    words = " ".join(
        one.attributes[name].value for name in ("os.family", "os.product") if name in one.attributes
    )
    named = [name for name in SYSTEMS if name.lower() in words.lower()]
    return named[0] if named else words or NOTHING


def table(what: str, pairs: Sequence[Pair]) -> None:
    """Print the confusions, one row for each thing that is, the right ones first."""
    counted = Counter(pairs)
    print(f"\n{what}: what it is, how many, how many taken for that, what the others were taken for")
    for want in sorted({want for want, _ in counted}):
        of = {got: times for (is_, got), times in counted.items() if is_ == want}
        wrong = ", ".join(f"{got} {times}" for got, times in sorted(of.items()) if got != want)
        print(f"  {want:<24}{sum(of.values()):>4}{of.get(want, 0):>4}  {wrong}")


def lines(kinds: Sequence[Pair], systems: Sequence[Pair], decoys: int) -> list[bool]:
    """Print one row an aim; True for each that is missed."""
    print(f"\n{'what':<58}{'aim':>8}{'measured':>12}{'peer':>8}{'ratio':>9}")
    said = [pair for pair in systems if pair[1] != NOTHING]
    return [
        line("devices whose kind is right", 0.95, right(kinds), guess(kinds)),
        line("devices whose operating system is named right", 0.95, right(systems), guess(systems)),
        line("operating systems that are named are right", 0.98, right(said), guess(said)),
        line("honest devices that are not taken for decoys", 1.0, 1.0 - decoys / len(kinds), 1.0),
    ]


def right(pairs: Sequence[Pair]) -> float:
    """The share taken for what they are."""
    return sum(want == got for want, got in pairs) / len(pairs)


def guess(pairs: Sequence[Pair]) -> float:
    """The share that is right when everything is called what most things are."""
    return Counter(want for want, _ in pairs).most_common(1)[0][1] / len(pairs)


def line(what: str, aim: float, measured: float, peer: float) -> bool:
    """Print one row; True when the aim is missed."""
    verdict = "PASS" if measured >= aim else "MISS"
    print(f"{what:<58}{aim:>8.0%}{measured:>12.1%}{peer:>8.0%}{measured / peer:>8.1f}x  {verdict}")
    return measured < aim


if __name__ == "__main__":
    sys.exit(main())
