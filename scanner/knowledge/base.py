"""The knowledge base as judgement sees it: read-only answers out of kb.sqlite, each remembered."""

import contextlib
import hashlib
import os
import sqlite3
import sys
from collections.abc import Sequence
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Final

from scanner.errors import DataError, StoreError
from scanner.knowledge import holes, installed, makers, order, packages, products, recog
from scanner.knowledge.build import FORMAT, build, fill
from scanner.knowledge.installed import Installed
from scanner.knowledge.rules import load
from scanner.knowledge.schemes import PACKAGE, scheme
from scanner.model.knowledge import (
    Advisory,
    Affected,
    Bracket,
    Branch,
    Confidence,
    DataSource,
    Decision,
    DistroRelease,
    Exploited,
    ExposureFact,
    Fix,
    Likelihood,
    PackageRevision,
    Released,
    SystemObject,
    Update,
)
from scanner.model.net import Mac
from scanner.model.rule import Rule

_HERE: Final = Path(__file__).parent
_FACTS: Final = _HERE / "facts"
_RULES: Final = _HERE / "rules"
_SHIPPED: Final = _HERE / "kb.sqlite"
_KEPT: Final = 3
"""Built bases that stay in the cache, for checkouts side by side."""


def open_base(path: Path | None = None, engagement: Path | None = None) -> "Base":
    """Open a built base; without a path the one that an update put in place, or the shipped one.

    `engagement` is the folder whose `kb.pin`, where it has one, says which. The shipped one is built first where only
    its tables are there. DataError when the pinned one is not here.
    """
    if path is not None:
        return Base(_open(path), _RULES)
    chosen = installed.pinned(engagement) if engagement else installed.current()
    if chosen is not None:
        return Base(_open(fitting(chosen)), _RULES, chosen.recog)
    if _SHIPPED.exists() and not _FACTS.is_dir():
        return Base(_open(_SHIPPED), _RULES)
    return Base(_from_facts(_FACTS, cache_dir()), _RULES)


def shipped() -> Path:
    """The file of the shipped base, which updates stand on; built first where only its tables are there.

    StoreError when it cannot be written.
    """
    if _SHIPPED.exists() and not _FACTS.is_dir():
        return _SHIPPED
    built = cache_dir() / f"kb-{FORMAT}-{_state(_FACTS)}.sqlite"
    try:
        _open(built).close()
    except DataError:
        try:
            build([_FACTS], built)
        except OSError as error:
            raise StoreError(f"{built}: cannot write: {error.strerror}") from error
        _tidy(built.parent)
    return built


def content(path: Path) -> str:
    """The hash of the facts that a built base holds."""
    with contextlib.closing(_open(path)) as base:
        (facts,) = base.execute("SELECT value FROM meta WHERE key = 'facts'").fetchone()
    return str(facts)


def fitting(chosen: Installed) -> Path:
    """The file of an installed base as it is, or made again in the cache where this program ships other facts than it stands on."""
    upon = shipped()
    facts = content(upon)
    if chosen.manifest.built_on == facts:
        return chosen.database
    again = cache_dir() / f"kb-{FORMAT}-{facts}-{chosen.manifest.id}.sqlite"
    try:
        _open(again).close()
    except DataError:
        try:
            build(chosen.overlays, again, upon)
        except DataError as error:
            raise DataError(
                f"knowledge base {chosen.manifest.id} does not fit this version of the program ({error});"
                " take its feeds in again with `stalehost kb update` or `kb import`, or `kb rollback`"
            ) from error
        except OSError as error:
            raise StoreError(f"{again}: cannot write: {error.strerror}") from error
    return again


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
    """Open the base built out of these facts as they stand; build it where no earlier run has."""
    built = folder / f"kb-{FORMAT}-{_state(facts)}.sqlite"
    with contextlib.suppress(DataError):  # missing, cut short or of another shape: made again below
        return _open(built)
    try:
        build([facts], built)
        _tidy(folder)
        return _open(built)
    except OSError:
        # A read-only home or a full disk: keep it in memory for this run.
        base = sqlite3.connect(":memory:", check_same_thread=False)
        fill(base, [facts])
        return base


def _state(facts: Path) -> str:
    """Name the tables as they stand, by size and time of change: reading them all would take longer than opening."""
    digest = hashlib.sha256()
    for table in sorted(facts.glob("*.csv")):
        stat = table.stat()
        digest.update(f"{table} {stat.st_size} {stat.st_mtime_ns}\0".encode())
    return digest.hexdigest()[:16]


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

    def __init__(self, base: sqlite3.Connection, rules: Path, fingerprints: Path | None = None) -> None:
        self._base = base
        self._rules = rules
        self._recog = fingerprints
        """The user's own Recog content, used after our rules."""

    @cached_property
    def version(self) -> str:
        """Hash of all facts and rules: judgements made with equal versions are equal."""
        (facts,) = self._base.execute("SELECT value FROM meta WHERE key = 'facts'").fetchone()
        digest = hashlib.sha256(facts.encode())
        for table in sorted(self._rules.glob("*.toml")):
            digest.update(b"\0" + table.name.encode() + b"\0" + table.read_bytes())
        for table in sorted(self._recog.glob("*.json")) if self._recog else ():
            digest.update(b"\1" + table.name.encode() + b"\0" + table.read_bytes())
        return digest.hexdigest()[:16]

    def rules(self, field: str) -> Sequence[Rule]:
        """The rule table for one observation field, in order; empty where there is none."""
        return load(self._rules, field) + recog.load(self._recog, field)

    def vendor(self, mac: Mac) -> str | None:
        """Who made the network card, by the longest registered prefix; None when unregistered or random."""
        return makers.vendor(self._base, mac)

    def product(self, name: str, vendor: str | None = None) -> str | None:
        """The `vendor:product` that a spelling for people or a CPE 2.3 name stands for; None when no table knows it."""
        return products.product(self._base, name, vendor)

    def branches(self, product: str, version: str | None = None) -> Sequence[Branch]:
        """Every edition hypothesis of a product that fits the version, oldest end first."""
        return products.branches(self._base, product, version)

    def windows(self, build: str) -> Sequence[Branch]:
        """Every Windows edition hypothesis (client, server, LTSC, ESU) for a build such as `6.1.7601`."""
        return products.windows(self._base, build)

    def released(self, product: str, version: str) -> Released | None:
        """When that version came out, or None; `deb:openssh` asks for a package revision."""
        if not product.startswith(PACKAGE):
            return products.released(self._base, product, version)
        found = packages.published(self._base, product.removeprefix(PACKAGE), version)
        if found is None:
            return None
        day, source = found
        return Released(
            product=product, version=version, day=day, source=source, confidence=Confidence.MEDIUM
        )

    def bracket(self, product: str, version: str) -> Bracket:
        """When a version came out: exactly, or between its neighbours in the same branch."""
        return products.bracket(self._base, product, version)

    def following(self, product: str, version: str) -> Released | None:
        """The next version of the same branch after this one, known or not; None when it is the newest we know."""
        return products.following(self._base, product, version)

    def compare(self, product: str, one: str, other: str) -> int | None:
        """Order two versions as their maker counts: -1, 0, 1, or None where there is no order between them."""
        return order.compare(one, other, scheme(product))

    def source_package(self, product: str) -> str | None:
        """The Debian source package of a program (`openbsd:openssh`); None where distributions do not mend it."""
        return packages.source_package(self._base, product)

    def package(self, package: str, version: str, suite: str | None = None) -> PackageRevision | None:
        """A Debian or Ubuntu source package's revision, with or without its epoch; without a suite the earliest."""
        return packages.revision(self._base, package, version, suite)

    def fixes(self, package: str) -> Sequence[Fix]:
        """Every CVE that a Debian suite fixed in a source package, oldest first."""
        return packages.fixes(self._base, package)

    def distro(self, series: str) -> DistroRelease | None:
        """A Debian or Ubuntu release by its code name or its version number (`jessie`, `22.04`)."""
        return packages.distro(self._base, series)

    def updates(self, build: str) -> Sequence[Update]:
        """The updates of a Windows build such as `10.0.17763`, oldest first; empty when we have no table of it."""
        return packages.updates(self._base, build)

    def kev(self, cve: str) -> Exploited | None:
        """The catalogue's line when the CVE is known to be exploited."""
        return holes.kev(self._base, cve)

    def exploited(self) -> Sequence[Exploited]:
        """The whole catalogue, by CVE."""
        return holes.exploited(self._base)

    def epss(self, cve: str) -> Likelihood | None:
        """How likely it is exploited somewhere within 30 days."""
        return holes.epss(self._base, cve)

    def cvss(self, cve: str) -> float | None:
        """CVSS 3 base score, 0..10."""
        return holes.cvss(self._base, cve)

    def ssvc(self, cve: str) -> Decision | None:
        """CISA's decision points."""
        return holes.ssvc(self._base, cve)

    def affected(self, product: str, version: str | None = None) -> Sequence[Affected]:
        """The known ranges of a product; with a version those that surely hold it, in its maker's order."""
        return holes.affected(self._base, product, version)

    def advisories(self, vendor: str, product: str) -> Sequence[Advisory]:
        """Advisories that name this vendor and product (words in common), newest first; related, never confirmed."""
        return holes.advisories(self._base, vendor, product)

    def enterprise(self, number: int) -> str | None:
        """Who registered an SNMP enterprise number with IANA."""
        return makers.enterprise(self._base, number)

    def sysoid(self, oid: str) -> SystemObject | None:
        """What a sysObjectID stands for, by the longest known prefix."""
        return makers.sysoid(self._base, oid)

    def exposures(self) -> Sequence[ExposureFact]:
        """Every known exposure, by id."""
        return holes.exposures(self._base)

    def dicom_root(self, uid: str) -> str | None:
        """The maker or toolkit behind a DICOM implementation class UID, by the longest prefix."""
        return makers.dicom_root(self._base, uid)

    def sources(self) -> Sequence[DataSource]:
        """What was built in and is not empty, for the report's method page."""
        return self._sources

    @cached_property
    def _sources(self) -> Sequence[DataSource]:
        """Read once: it is asked for each device."""
        rows = self._base.execute(
            "SELECT name, n, dated, source, licence FROM sources WHERE n > 0 ORDER BY name"
        )
        return tuple(
            DataSource(name=name, rows=n, dated=date.fromordinal(dated), source=source, licence=licence)
            for name, n, dated, source, licence in rows
        )
