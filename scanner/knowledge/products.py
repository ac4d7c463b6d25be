"""Answers about products: what a name stands for, how long each edition is mended, and when a version came out."""

import re
import sqlite3
from datetime import date
from functools import cache
from typing import Final

from scanner.knowledge.cells import spelling
from scanner.knowledge.order import Scheme, key
from scanner.knowledge.schemes import scheme
from scanner.knowledge.versions import plain, within
from scanner.model.knowledge import Bracket, Branch, Confidence, Released

_LIFE: Final = "product, branch, edition, label, released, ends, open_ended, source, confidence"
_BRANCHES: Final = f"SELECT {_LIFE}, aliases FROM branches"  # noqa: S608  our own column names
_WINDOWS: Final = f"SELECT {_LIFE}, '' FROM windows_builds"  # noqa: S608  our own column names
_Life = tuple[str, str, str, str, int | None, int | None, int, str, str, str]

_AFTER: Final = (
    "SELECT version, day, vkey FROM releases WHERE product = ? AND vkey >= ? ORDER BY vkey LIMIT 1"
)
_BEFORE: Final = "SELECT version, day FROM releases WHERE product = ? AND vkey < ? ORDER BY vkey DESC LIMIT 1"
_SAME: Final = "SELECT min(day) FROM releases WHERE product = ? AND vkey = ?"
_DOTTED: Final = re.compile(r"\d+(?:\.\d+)*")
_NONE: Final = Bracket(earliest=None, latest=None, exact=False)


@cache
def product(base: sqlite3.Connection, name: str, vendor: str | None) -> str | None:
    """The product behind a name: as spelled with its vendor, as spelled alone, or a Windows name less its edition words."""
    if name.startswith("cpe:2.3:"):
        name = " ".join(name.split(":")[3:5])
    words = spelling(name)
    tries = [words]
    if vendor and not words.startswith(spelling(vendor) + " "):
        tries.insert(0, f"{spelling(vendor)} {words}")
    windows = words.removeprefix("microsoft ")
    if windows.startswith("windows ") and not re.search(r"/|\bor\b|,", name):
        # `Windows 7 Professional`, `Windows Server 2008 R2 Standard`: the edition stands behind the product.
        parts = windows.split()
        tries += [" ".join(parts[:end]) for end in range(len(parts), 1, -1)]
    for spelled in tries:
        found = base.execute("SELECT product, short FROM spellings WHERE name = ?", (spelled,)).fetchone()
        if found is not None and not (vendor and found[1] and not _made_by(found[0], vendor)):
            return str(found[0])
    return None


def _made_by(product: str, vendor: str) -> bool:
    """Whether a vendor as devices name it may be the product's: APC's AOS is not Nutanix's."""
    said, own = (spelling(text).replace(" ", "") for text in (vendor, product.partition(":")[0]))
    return said.startswith(own) or own.startswith(said)


@cache
def branches(base: sqlite3.Connection, product: str, version: str | None) -> tuple[Branch, ...]:
    """Every edition hypothesis that fits the version, oldest end first."""
    union = f"{_BRANCHES} WHERE product = ?1 UNION ALL {_WINDOWS} WHERE product = ?1"
    rows = base.execute(union, (product,)).fetchall()
    if version:
        rows = _fitting(rows, plain(version)) or _built(base, product, version)
    return _sorted(rows)


def _fitting(rows: list[_Life], version: str) -> list[_Life]:
    """The rows of the branch with that code name, of the longest that holds the version, or of all that it holds."""
    named = [row for row in rows if version in row[9].split()]
    holding = [row for row in rows if within(version, row[1])]
    longest = max((len(row[1]) for row in holding), default=0)
    # A version that says less than the branches do (`7.2` of AIX 7.2.1 to 7.2.5) leaves each of them possible.
    return (
        named
        or [row for row in holding if len(row[1]) == longest]
        or [row for row in rows if within(row[1], version)]
    )


def _built(base: sqlite3.Connection, product: str, version: str) -> list[_Life]:
    """A Windows product's rows where the version is a build number."""
    number = build_number(base, version)
    return base.execute(f"{_WINDOWS} WHERE product = ? AND build = ?", (product, number)).fetchall()


@cache
def windows(base: sqlite3.Connection, build: str) -> tuple[Branch, ...]:
    """Every Windows edition hypothesis for a build."""
    return _sorted(base.execute(f"{_WINDOWS} WHERE build = ?", (build_number(base, build),)).fetchall())


def build_number(base: sqlite3.Connection, text: str) -> str:
    """`6.1.7601` out of `6.1.7601.24214`, `6.1 (Build 7601)` or `7601`; empty when there is no number."""
    numbers = [str(int(number)) for number in re.findall(r"\d+", text)[:3]]
    if len(numbers) == 1:
        found = base.execute(
            "SELECT DISTINCT build FROM windows_builds WHERE build LIKE ?", (f"%.{numbers[0]}",)
        ).fetchall()
        return str(found[0][0]) if len(found) == 1 else ""
    return ".".join(numbers)


def _sorted(rows: list[_Life]) -> tuple[Branch, ...]:
    """As Branch values, oldest end first; an open or unknown end comes last."""
    found = [
        Branch(
            product=product,
            branch=branch,
            edition=edition,
            label=label,
            released=day(released),
            ends=day(ends),
            open_ended=bool(open_ended),
            source=source,
            confidence=Confidence(confidence),
        )
        for product, branch, edition, label, released, ends, open_ended, source, confidence, _ in rows
    ]
    return tuple(sorted(found, key=lambda branch: (branch.ends or date.max, branch.label, branch.edition)))


@cache
def released(base: sqlite3.Connection, product: str, version: str) -> Released | None:
    """The release row of exactly that version."""
    row = base.execute(
        "SELECT version, day, kind, source FROM releases WHERE product = ? AND version = ?",
        (product, version),
    ).fetchone()
    return None if row is None else _release(product, row)


@cache
def bracket(base: sqlite3.Connection, product: str, version: str) -> Bracket:
    """The day of that version, in any of its spellings, or the days of its neighbours in the same branch."""
    counts = scheme(product)
    own = key(version, counts)
    after = base.execute(_AFTER, (product, own)).fetchone()
    if after and after[2] == own:
        (same,) = base.execute(_SAME, (product, own)).fetchone()
        return Bracket(earliest=day(same), latest=day(same), exact=True)
    before = base.execute(_BEFORE, (product, own)).fetchone()
    low, high = (row[1] if row and _siblings(row[0], version, counts) else None for row in (before, after))
    if low is not None and high is not None and low > high:
        return _NONE  # days that run against the order of the versions: a late backport, or a wrong row
    return Bracket(earliest=day(low), latest=day(high), exact=False)


@cache
def following(base: sqlite3.Connection, product: str, version: str) -> Released | None:
    """The next version of the same branch, in the maker's order."""
    counts = scheme(product)
    row = base.execute(
        "SELECT version, day, kind, source FROM releases WHERE product = ? AND vkey > ? ORDER BY vkey LIMIT 1",
        (product, key(version, counts)),
    ).fetchone()
    return _release(product, row) if row and _siblings(row[0], version, counts) else None


def _siblings(one: str, other: str, counts: Scheme) -> bool:
    """Whether two versions are of one branch: equal in their dotted numbers but the last, and at least in the first.

    Builds (`15.0.620.29`) name their branch in the first two numbers, whatever follows.
    """
    left, right = (_DOTTED.search(text) for text in (one, other))
    if not left or not right:
        return False
    numbers, others = left[0].split("."), right[0].split(".")
    shared = 2 if counts is Scheme.BUILD else max(1, min(len(numbers), len(others)) - 1)
    return numbers[:shared] == others[:shared]


def _release(product: str, row: tuple[str, int, str, str]) -> Released:
    version, came, kind, source = row
    confidence = Confidence.MEDIUM if kind == "first-upload" else Confidence.HIGH
    return Released(
        product=product,
        version=version,
        day=date.fromordinal(came),
        source=source,
        confidence=confidence,
    )


def day(ordinal: int | None) -> date | None:
    """A stored day as a date."""
    return None if ordinal is None else date.fromordinal(ordinal)
