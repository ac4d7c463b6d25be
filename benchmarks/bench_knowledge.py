"""How fast the knowledge base opens and answers, how large it is in the wheel, and how right its order is: `python benchmarks/bench_knowledge.py`.

The oracle of Debian's order is dpkg, over every revision of our own table; of the other schemes `univers`, where a
developer has installed it (it is not needed, and not shipped). Prints aim, measured, peer and ratio, and PASS or MISS.
"""

import importlib.util
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from scanner.knowledge.base import Base, open_base
from scanner.knowledge.build import build
from scanner.knowledge.order import Scheme, compare
from scanner.knowledge.tables import TABLES

ROOT = Path(__file__).parents[1]
FACTS = ROOT / "scanner" / "knowledge" / "facts"
ASKED = 2000
PAIRS = 1500
"""Pairs of revisions that dpkg is asked about: a process each."""


def main() -> int:
    """Measure and print the table; 1 when an aim is missed."""
    with tempfile.TemporaryDirectory() as folder:
        shipped = Path(folder) / "kb.sqlite"
        built = timed(lambda: build([FACTS], shipped))
        share, whole = wheel(Path(folder))
        rows(shipped, built)
        print(f"{'what':<66}{'aim':>10}{'measured':>12}{'peer':>10}{'ratio':>8}")
        missed = [
            line("the knowledge base opens", 5e-3, opening(shipped), unit="ms", peer=reading(shipped)),
            *lookups(shipped),
            line("its share of the wheel, rules included", 6e6, share, unit="MB"),
            line(
                "pairs of Debian revisions that dpkg orders otherwise", 0, dpkg(shipped), unit="", most=True
            ),
        ]
        print(f"the whole wheel: {whole / 1e6:.2f} MB; peer of opening: reading every row once")
        print(univers(shipped))
    return int(any(missed))


def rows(shipped: Path, built: float) -> None:
    """How many rows each table has, and how large the base is."""
    base = sqlite3.connect(shipped)
    counts = {name: base.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in TABLES}
    base.close()
    print(f"built out of {len(counts)} tables, {sum(counts.values()):,} rows, in {built:.1f} s;", end=" ")
    print(f"{shipped.stat().st_size / 1e6:.1f} MB as it lies on the disk")
    for names in _fours(counts):
        print("   " + "".join(f"{name} {counts[name]:,}".ljust(29) for name in names).rstrip())


def _fours(counts: dict[str, int]) -> Iterable[Sequence[str]]:
    names = sorted(counts)
    return (names[at : at + 4] for at in range(0, len(names), 4))


def opening(shipped: Path) -> float:
    """Seconds to open it and get a first answer, the median of many."""
    taken = []
    for _ in range(30):
        began = time.perf_counter()
        open_base(shipped).kev("CVE-2019-0708")
        taken.append(time.perf_counter() - began)
    return sorted(taken)[len(taken) // 2]


def reading(shipped: Path) -> float:
    """Seconds to read every row into memory instead, as a program without an index would."""
    base = sqlite3.connect(shipped)
    took = timed(lambda: [base.execute(f"SELECT * FROM {name}").fetchall() for name in TABLES])
    base.close()
    return took


def lookups(shipped: Path) -> list[bool]:
    """Each look-up on a base that was just opened, so that nothing is remembered; the mean."""
    dice = random.Random(1)
    base = sqlite3.connect(shipped)
    known = base.execute("SELECT product, version FROM releases").fetchall()
    revisions = base.execute("SELECT package, revision FROM debian_revisions").fetchall()
    base.close()
    exact = dice.sample(known, ASKED)
    between = [(product, f"{version}.5") for product, version in dice.sample(known, ASKED)]
    cards = [
        f"{dice.randrange(0, 256, 4):02x}" + "".join(f":{dice.randrange(256):02x}" for _ in range(5))
        for _ in range(ASKED)
    ]
    asked = dice.sample(revisions, ASKED)
    return [
        line("an exact release date", 50e-6, mean(shipped, Base.released, exact), unit="us"),
        line("a date between its neighbours", 50e-6, mean(shipped, Base.bracket, between), unit="us"),
        line("the maker of a card", 50e-6, mean(shipped, Base.vendor, [(card,) for card in cards]), unit="us"),
        line("a package revision and the next of its suite", 50e-6, mean(shipped, Base.package, asked), unit="us"),
    ]  # fmt: skip


def mean(shipped: Path, ask: Callable[..., object], questions: Sequence[tuple[str, ...]]) -> float:
    """Seconds a question that was not asked before: the best of three passes, each on a base just opened."""
    passes = []
    for _ in range(3):
        base = open_base(shipped)
        passes.append(timed(lambda base=base: [ask(base, *question) for question in questions]))
    return min(passes) / len(questions)


def wheel(folder: Path) -> tuple[float, float]:
    """Bytes of the wheel that hold knowledge, and of the whole wheel."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (made,) = folder.glob("*.whl")
    with zipfile.ZipFile(made) as content:
        share = sum(
            one.compress_size for one in content.infolist() if one.filename.startswith("scanner/knowledge/")
        )
    return share, made.stat().st_size


def dpkg(shipped: Path) -> int:
    """Pairs of neighbouring and of random revisions that dpkg orders in another way than we do."""
    base = sqlite3.connect(shipped)
    by_package: dict[str, list[str]] = {}
    for package, revision in base.execute("SELECT package, revision FROM debian_revisions ORDER BY 1, 2"):
        by_package.setdefault(package, []).append(revision)
    base.close()
    dice, wrong = random.Random(2), 0
    several = [revisions for revisions in by_package.values() if len(revisions) > 1]
    for _ in range(PAIRS):
        one, other = dice.sample(dice.choice(several), 2)
        word = {-1: "lt", 0: "eq", 1: "gt", None: "never"}[compare(one, other, Scheme.DEB)]
        wrong += subprocess.run(["dpkg", "--compare-versions", one, word, other], check=False).returncode != 0
    return wrong


def univers(shipped: Path) -> str:
    """How often univers orders real versions as we do, for a developer who has it."""
    if importlib.util.find_spec("univers") is None:
        return "univers: not installed, not compared"
    from univers.versions import DebianVersion, NginxVersion, OpensslVersion, RpmVersion

    told = []
    for scheme, other, product in (
        (Scheme.OPENSSL, OpensslVersion, "openssl:openssl"),
        (Scheme.PLAIN, NginxVersion, "f5:nginx"),
        (Scheme.DEB, DebianVersion, None),
        (Scheme.RPM, RpmVersion, None),
    ):
        texts = _texts(shipped, product)
        dice, same, all_ = random.Random(3), 0, 0
        for _ in range(4000):
            one, two = dice.sample(texts, 2)
            try:
                theirs = (other(one) > other(two)) - (other(one) < other(two))
            except Exception:  # noqa: BLE001  it refuses texts in many ways; those are not compared
                continue
            all_ += 1
            same += theirs == compare(one, two, scheme)
        told.append(f"{scheme} {same}/{all_}")
    return f"univers agrees: {', '.join(told)}"


def _texts(shipped: Path, product: str | None) -> list[str]:
    base = sqlite3.connect(shipped)
    if product is None:
        rows = base.execute("SELECT revision FROM debian_revisions").fetchall()
    else:
        rows = base.execute("SELECT version FROM releases WHERE product = ?", (product,)).fetchall()
    base.close()
    return [row[0] for row in rows]


def timed(act: Callable[[], object]) -> float:
    """Seconds that it took."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


_UNITS = {"ms": 1e3, "us": 1e6, "MB": 1e-6, "": 1.0}


def line(
    what: str, aim: float, measured: float, *, unit: str, peer: float | None = None, most: bool = False
) -> bool:
    """Print one row; True when its aim is missed."""
    good = measured <= aim if most else measured < aim
    shown = [f"{value * _UNITS[unit]:.4g} {unit}".strip() for value in (aim, measured)]
    against = ("-", "-") if peer is None else (f"{peer * _UNITS[unit]:.4g} {unit}", f"{peer / measured:.0f}x")
    print(
        f"{what:<66}{shown[0]:>10}{shown[1]:>12}{against[0]:>10}{against[1]:>8}  {'PASS' if good else 'MISS'}"
    )
    return not good


if __name__ == "__main__":
    raise SystemExit(main())
