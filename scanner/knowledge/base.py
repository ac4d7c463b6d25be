"""The knowledge base as judgement sees it: read-only answers out of kb.sqlite, each remembered."""

import contextlib
import hashlib
import os
import re
import sqlite3
import sys
from collections.abc import Sequence
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Final

from scanner.errors import DataError
from scanner.knowledge.build import FORMAT, build, facts_hash, fill, spelling
from scanner.knowledge.rules import load
from scanner.knowledge.versions import plain, within
from scanner.model.knowledge import Branch, Confidence, DataSource, ExposureFact, Released
from scanner.model.net import Mac
from scanner.model.rule import Rule

_HERE: Final = Path(__file__).parent
_FACTS: Final = _HERE / "facts"
_RULES: Final = _HERE / "rules"
_SHIPPED: Final = _HERE / "kb.sqlite"
_PACKAGE: Final = "deb:"
"""`released("deb:openssh", "7.4p1-10+deb9u7")` asks for a Debian or Ubuntu package revision."""
_KEPT: Final = 3
"""Built bases that stay in the cache, for checkouts side by side."""
_LIFE: Final = "product, branch, edition, label, released, ends, open_ended, source, confidence, aliases"


def open_base(path: Path | None = None) -> "Base":
    """Open a built base; without a path the shipped one, built first where only the tables are there."""
    if path is not None:
        return Base(_open(path), _RULES)
    if _SHIPPED.exists() and not _FACTS.is_dir():
        return Base(_open(_SHIPPED), _RULES)
    return Base(_from_facts(_FACTS, cache_dir()), _RULES)


def cache_dir() -> Path:
    """Where this user's programs keep what can be made again."""
    if told := os.environ.get("STALEHOST_CACHE"):
        return Path(told)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "stalehost"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "stalehost"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "stalehost"


def _from_facts(facts: Path, folder: Path) -> sqlite3.Connection:
    """Open the base built out of exactly these facts; build it where no earlier run has."""
    built = folder / f"kb-{FORMAT}-{facts_hash(facts)}.sqlite"
    with contextlib.suppress(DataError):  # missing, cut short or of another shape: made again below
        return _open(built)
    try:
        build(facts, built)
        _tidy(folder)
        return _open(built)
    except OSError:
        # A read-only home or a full disk: keep it in memory for this run.
        base = sqlite3.connect(":memory:", check_same_thread=False)
        fill(base, facts)
        return base


def _tidy(folder: Path) -> None:
    """Keep the newest few bases: every edited row makes another."""
    bases = sorted(folder.glob("kb-*.sqlite"), key=lambda one: one.stat().st_mtime_ns, reverse=True)
    for old in bases[_KEPT:]:
        old.unlink(missing_ok=True)


def _open(path: Path) -> sqlite3.Connection:
    """Open read-only, promising SQLite that nobody writes (no lock files beside it)."""
    where = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
    base = None
    try:
        base = sqlite3.connect(where, uri=True, check_same_thread=False)
        found = base.execute("SELECT value FROM meta WHERE key = 'format'").fetchone()
    except sqlite3.Error as error:
        if base is not None:
            base.close()
        raise DataError(f"{path}: not a knowledge base ({error})") from error
    if found is None or found[0] != str(FORMAT):
        base.close()
        raise DataError(f"{path}: a knowledge base of another shape; build it again")
    return base


class Base:
    """Answers of one version of facts and rules; keeps scanner.model.knowledge.Knowledge."""

    def __init__(self, base: sqlite3.Connection, rules: Path) -> None:
        self._base = base
        self._rules = rules

    @cached_property
    def version(self) -> str:
        """Hash of all facts and rules: judgements made with equal versions are equal."""
        (facts,) = self._base.execute("SELECT value FROM meta WHERE key = 'facts'").fetchone()
        digest = hashlib.sha256(facts.encode())
        for table in sorted(self._rules.glob("*.toml")):
            digest.update(b"\0" + table.name.encode() + b"\0" + table.read_bytes())
        return digest.hexdigest()[:16]

    def rules(self, field: str) -> Sequence[Rule]:
        """The rule table for one observation field, in order; empty where there is none."""
        return load(self._rules, field)

    def vendor(self, mac: Mac) -> str | None:
        """Who made the network card, by the longest registered prefix; None when unregistered or random."""
        digits = int(mac.replace(":", ""), 16)
        # IEEE 802, 8.2: the second bit of the first octet marks an address that no registry gave out,
        # the first bit a group address.
        if digits >> 40 & 0b11:
            return None
        return _vendor(self._base, digits >> 12)

    def product(self, name: str, vendor: str | None = None) -> str | None:
        """The `vendor:product` that a spelling for people or a CPE 2.3 name stands for; None when no table knows it."""
        return _product(self._base, name, vendor)

    def branches(self, product: str, version: str | None = None) -> Sequence[Branch]:
        """Every edition hypothesis of a product that fits the version, oldest end first."""
        return _branches(self._base, product, version)

    def windows(self, build: str) -> Sequence[Branch]:
        """Every Windows edition hypothesis (client, server, LTSC, ESU) for a build such as `6.1.7601`."""
        return _windows(self._base, build)

    def released(self, product: str, version: str) -> Released | None:
        """When that version came out, or None; `deb:openssh` asks for a package revision."""
        return _released(self._base, product, version)

    def exposures(self) -> Sequence[ExposureFact]:
        """Every known exposure, by id."""
        return _exposures(self._base)

    def dicom_root(self, uid: str) -> str | None:
        """The maker or toolkit behind a DICOM implementation class UID, by the longest prefix."""
        found = self._base.execute(
            "SELECT maker FROM dicom_roots WHERE substr(?1, 1, length(prefix)) = prefix"
            " AND (substr(prefix, -1) = '.' OR substr(?1, length(prefix) + 1, 1) IN ('', '.'))"
            " ORDER BY length(prefix) DESC LIMIT 1",
            (uid.strip(),),
        ).fetchone()
        return None if found is None else str(found[0])

    def sources(self) -> Sequence[DataSource]:
        """What was built in, for the report's method page."""
        rows = self._base.execute("SELECT name, n, dated, source, licence FROM sources ORDER BY name")
        return tuple(
            DataSource(name=name, rows=n, dated=date.fromisoformat(dated), source=source, licence=licence)
            for name, n, dated, source, licence in rows
        )


@cache
def _vendor(base: sqlite3.Connection, top: int) -> str | None:
    """The registered owner of the first 36 bits."""
    for bits in (36, 28, 24):
        found = base.execute(
            "SELECT vendor FROM oui WHERE bits = ? AND prefix = ?", (bits, top >> (36 - bits))
        ).fetchone()
        if found is not None:
            return str(found[0])
    return None


@cache
def _product(base: sqlite3.Connection, name: str, vendor: str | None) -> str | None:
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
        found = base.execute("SELECT product, short FROM names WHERE name = ?", (spelled,)).fetchone()
        if found is not None and not (vendor and found[1] and not _made_by(found[0], vendor)):
            return str(found[0])
    return None


def _made_by(product: str, vendor: str) -> bool:
    """Whether a vendor as devices name it may be the product's: APC's AOS is not Nutanix's."""
    said, own = (spelling(text).replace(" ", "") for text in (vendor, product.partition(":")[0]))
    return said.startswith(own) or own.startswith(said)


@cache
def _branches(base: sqlite3.Connection, product: str, version: str | None) -> tuple[Branch, ...]:
    union = f"SELECT {_LIFE} FROM branches WHERE product = ?1 UNION ALL SELECT {_LIFE} FROM windows_builds WHERE product = ?1"  # noqa: S608  our own column names
    rows = base.execute(union, (product,)).fetchall()
    if version:
        rows = _fitting(rows, plain(version)) or _built(base, product, version)
    return _sorted(rows)


def _fitting(rows: list[tuple[str, ...]], version: str) -> list[tuple[str, ...]]:
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


def _built(base: sqlite3.Connection, product: str, version: str) -> list[tuple[str, ...]]:
    """A Windows product's rows where the version is a build number."""
    query = f"SELECT {_LIFE} FROM windows_builds WHERE product = ? AND build = ?"  # noqa: S608  our own column names
    return base.execute(query, (product, _build_number(base, version))).fetchall()


@cache
def _windows(base: sqlite3.Connection, build: str) -> tuple[Branch, ...]:
    query = f"SELECT {_LIFE} FROM windows_builds WHERE build = ?"  # noqa: S608  our own column names
    return _sorted(base.execute(query, (_build_number(base, build),)).fetchall())


def _build_number(base: sqlite3.Connection, text: str) -> str:
    """`6.1.7601` out of `6.1.7601.24214`, `6.1 (Build 7601)` or `7601`; empty when there is no number."""
    numbers = [str(int(number)) for number in re.findall(r"\d+", text)[:3]]
    if len(numbers) == 1:
        found = base.execute(
            "SELECT DISTINCT build FROM windows_builds WHERE build LIKE ?", (f"%.{numbers[0]}",)
        ).fetchall()
        return str(found[0][0]) if len(found) == 1 else ""
    return ".".join(numbers)


def _sorted(rows: list[tuple[str, ...]]) -> tuple[Branch, ...]:
    """As Branch values, oldest end first; an open or unknown end comes last."""
    branches = [
        Branch(
            product=product,
            branch=branch,
            edition=edition,
            label=label,
            released=_day(released),
            ends=_day(ends),
            open_ended=bool(open_ended),
            source=source,
            confidence=Confidence(confidence),
        )
        for product, branch, edition, label, released, ends, open_ended, source, confidence, _ in rows
    ]
    return tuple(sorted(branches, key=lambda branch: (branch.ends or date.max, branch.label, branch.edition)))


@cache
def _released(base: sqlite3.Connection, product: str, version: str) -> Released | None:
    if product.startswith(_PACKAGE):
        # Banners leave out the epoch that archives put before the version: 1:7.4p1-10.
        found = base.execute(
            "SELECT day, source, 'medium' FROM debian_revisions WHERE package = ?1 AND revision IN (?2, '1:' || ?2, '2:' || ?2)",
            (product.removeprefix(_PACKAGE), version),
        ).fetchone()
    else:
        found = base.execute(
            "SELECT day, source, confidence FROM releases WHERE product = ?1 AND version = ?2 UNION ALL"
            " SELECT day, source, confidence FROM exchange_builds WHERE product = ?1 AND version = ?2",
            (product, version),
        ).fetchone()
    if found is None:
        return None
    day, source, confidence = found
    return Released(
        product=product,
        version=version,
        day=date.fromisoformat(day),
        source=source,
        confidence=Confidence(confidence),
    )


@cache
def _exposures(base: sqlite3.Connection) -> tuple[ExposureFact, ...]:
    columns = "id, name, gate, tier, cves, ports, fixed, in_kev, malware, present, success, never_do, pitfalls, remedy, source, confidence"
    return tuple(
        ExposureFact(
            id=row[0],
            name=row[1],
            gate=row[2],
            tier=row[3],
            cves=tuple(row[4].split()),
            ports=tuple(row[5].split()),
            fixed=_day(row[6]),
            in_kev=bool(row[7]),
            malware=tuple(filter(None, row[8].split(";"))),
            default_present=row[9],
            default_success=row[10],
            never_do=row[11],
            pitfalls=row[12],
            remedy=row[13],
            source=row[14],
            confidence=Confidence(row[15]),
        )
        for row in base.execute(f"SELECT {columns} FROM exposures ORDER BY id")  # noqa: S608  our own column names
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
