"""The fact tables as data: their columns, what a cell may hold, the key of a row, and the feed that renews them.

`build` reads `<name>.csv` by these lines and makes the SQLite tables of the same names; `updater` writes its
downloads as CSV of the same columns. Standard library only: the wheel's build hook runs where nothing else is.
"""

import enum
from collections.abc import Mapping
from typing import Final, NamedTuple


class Kind(enum.StrEnum):
    """What a cell holds, and so how it is checked and stored."""

    TEXT = "text"
    DAY = "day"
    """An ISO date; stored as days since 0001-01-01 (date.toordinal)."""
    FLAG = "flag"
    """`yes` or `no`; stored as 1 or 0."""
    WHOLE = "whole"
    """A whole number from 0."""
    NUMBER = "number"
    """A number from 0 to the column's `most`."""
    WORD = "word"
    """One of the column's words."""
    CONFIDENCE = "confidence"
    PRODUCT = "product"
    """`vendor:product` as in CPE, lower case."""
    BUILD = "build"
    """`6.1.7601`"""
    CVE = "cve"
    CVES = "cves"
    """Blanks between."""
    PORTS = "ports"
    """`tcp/445`, blanks between; or `any`, `tls`."""
    HEX = "hex"
    """Lower-case hex digits; stored as a number."""
    SPELLING = "spelling"
    """Lower-case words and numbers, one blank between."""
    OID = "oid"
    """`1.3.6.1.4.1.9.1`, without a dot at either end."""


class Column(NamedTuple):
    """One column of a CSV table."""

    name: str
    kind: Kind = Kind.TEXT
    need: bool = True
    """False: the cell may be empty; text is then stored empty, everything else as NULL."""
    stored: bool = True
    """False: it stands in the CSV for reviewers only."""
    words: tuple[str, ...] = ()
    most: float = 1.0


class Table(NamedTuple):
    """One table: `<name>.csv` in a facts folder, and the SQLite table of that name."""

    columns: tuple[Column, ...]
    key: tuple[str, ...]
    """A later folder's row with the same key takes the place of an earlier one's."""
    feed: str | None = None
    """The feed that renews it; None: kept by hand."""
    whole: bool = False
    """True: a later folder's file takes the place of the whole table, since the feed always holds all of it."""
    ordered: tuple[str, str] | None = None
    """Columns of product (or package) and version: rows get a `vkey` that sorts in the maker's order."""
    indexes: tuple[tuple[str, ...], ...] = ()

    @property
    def stored(self) -> tuple[Column, ...]:
        """The columns that reach SQLite, in order."""
        return tuple(column for column in self.columns if column.stored)

    @property
    def unstored(self) -> tuple[Column, ...]:
        """The columns for reviewers only."""
        return tuple(column for column in self.columns if not column.stored)


CONFIDENCES: Final = ("high", "medium", "low", "unverified")

_SOURCE: Final = Column("source")
_LOOKED_UP: Final = Column("looked_up", Kind.DAY, stored=False)
_CONFIDENCE: Final = Column("confidence", Kind.CONFIDENCE)
_CVE: Final = Column("cve", Kind.CVE)
_LIFE: Final = (
    Column("label"),
    Column("released", Kind.DAY, need=False),
    Column("ends", Kind.DAY, need=False),
    Column("open_ended", Kind.FLAG),
)
_SURE: Final = Column("confidence", Kind.CONFIDENCE, stored=False)
_TOLD: Final = (_SOURCE, _LOOKED_UP, _CONFIDENCE)
_NOTED: Final = (_SOURCE, _LOOKED_UP, _SURE)
"""As _TOLD, where judgement asks for the source only."""
_COPIED: Final = (Column("source", stored=False), _LOOKED_UP, _SURE)
"""As _TOLD, in copies of one register: the line of `sources` answers for all of its rows at run time."""
_REVISIONS: Final = (
    Column("package"),
    Column("revision"),
    Column("suite"),
    Column("day", Kind.DAY),
    *_NOTED,
)
_FIXES: Final = (
    Column("day", Kind.DAY),
    Column("advisory"),
    Column("package"),
    Column("suite"),
    Column("fixed"),
    Column("cves", Kind.CVES, need=False),
    *_COPIED,
)

TABLES: Final[Mapping[str, Table]] = {
    # how long a maker mends it
    "branches": Table(
        (
            Column("product", Kind.PRODUCT),
            Column("branch"),
            Column("edition"),
            *_LIFE,
            Column("aliases", need=False),
            *_TOLD,
        ),
        ("product", "branch", "edition"),
        feed="endoflife",
    ),
    "windows_builds": Table(
        (
            Column("build", Kind.BUILD),
            Column("product", Kind.PRODUCT),
            Column("branch"),
            Column("edition"),
            *_LIFE,
            *_TOLD,
        ),
        ("product", "branch", "edition", "build"),
        indexes=(("build",),),
    ),
    "distro_releases": Table(
        (
            Column("distro", Kind.WORD, words=("debian", "ubuntu")),
            Column("series"),
            Column("version"),
            Column("created", Kind.DAY),
            Column("released", Kind.DAY, need=False),
            Column("ends", Kind.DAY, need=False),
            *_TOLD,
        ),
        ("series",),
        indexes=(("version",),),
    ),
    # when a version came out
    "releases": Table(
        (
            Column("product", Kind.PRODUCT),
            Column("version"),
            Column("day", Kind.DAY),
            Column("precision", Kind.WORD, stored=False, words=("day", "month", "year")),
            Column("kind", Kind.WORD, words=("maker", "maker-tag", "first-upload")),
            *_NOTED,
        ),
        ("product", "version"),
        feed="endoflife",
        ordered=("product", "version"),
        indexes=(("product", "vkey", "version", "day"),),
    ),
    "exchange_builds": Table(
        (
            Column("build"),
            Column("product"),
            Column("update", need=False),
            Column("day", Kind.DAY),
            Column("precision", Kind.WORD, stored=False, words=("day", "month", "year")),
            *_NOTED,
        ),
        ("build",),
    ),
    "windows_updates": Table(
        (
            Column("build", Kind.BUILD),
            Column("revision", Kind.WHOLE),
            Column("day", Kind.DAY),
            Column("kb"),
            *_TOLD,
        ),
        ("build", "revision"),
    ),
    "debian_revisions": Table(
        _REVISIONS,
        ("package", "revision"),
        feed="debian",
        ordered=("package", "revision"),
        indexes=(("package", "suite", "vkey"),),
    ),
    "ubuntu_revisions": Table(
        _REVISIONS,
        ("package", "revision"),
        feed="ubuntu",
        whole=True,
        ordered=("package", "revision"),
        indexes=(("package", "suite", "vkey"),),
    ),
    # what was mended, and what is exploited
    "fixes": Table(_FIXES, ("package", "suite", "advisory", "fixed"), feed="debian"),
    "ubuntu_fixes": Table(_FIXES, ("package", "suite", "advisory", "fixed"), feed="ubuntu", whole=True),
    "kev": Table(
        (
            _CVE,
            Column("vendor"),
            Column("product"),
            Column("added", Kind.DAY),
            Column("due", Kind.DAY, need=False),
            Column("ransomware", Kind.FLAG),
            *_TOLD,
        ),
        ("cve",),
        feed="kev",
        whole=True,
    ),
    "kev_readable": Table(
        (_CVE, Column("readable", Kind.WORD, words=("V", "B", "P", "L")), *_TOLD), ("cve",)
    ),
    "epss": Table(
        (
            _CVE,
            Column("score", Kind.NUMBER),
            Column("percentile", Kind.NUMBER),
            Column("day", Kind.DAY),
            _SOURCE,
            _LOOKED_UP,
            _CONFIDENCE,
        ),
        ("cve",),
        feed="epss",
    ),
    "cvss": Table((_CVE, Column("score", Kind.NUMBER, most=10.0), *_TOLD), ("cve",), feed="nvd"),
    "ssvc": Table(
        (
            _CVE,
            Column("exploitation", Kind.WORD, words=("none", "poc", "active")),
            Column("automatable", Kind.FLAG),
            Column("impact", Kind.WORD, words=("partial", "total")),
            Column("day", Kind.DAY),
            _SOURCE,
            _LOOKED_UP,
            _CONFIDENCE,
        ),
        ("cve",),
        feed="cve",
    ),
    "affected": Table(
        (
            _CVE,
            Column("product", Kind.PRODUCT),
            Column("start", need=False),
            Column("below", need=False),
            Column("upto", need=False),
            Column("condition", need=False),
            *_TOLD,
        ),
        ("product", "cve", "start", "below", "upto", "condition"),
        feed="nvd",
    ),
    "exposures": Table(
        (
            Column("id"),
            Column("name"),
            Column("gate"),
            Column("tier", Kind.NUMBER, most=3),
            Column("cves", Kind.CVES, need=False),
            Column("ports", Kind.PORTS, need=False),
            Column("fixed", Kind.DAY, need=False),
            Column("in_kev", Kind.FLAG),
            Column("malware", need=False),
            Column("present", Kind.NUMBER),
            Column("success", Kind.NUMBER),
            Column("never_do", need=False),
            Column("pitfalls", need=False),
            Column("remedy"),
            Column("min_profile", stored=False),
            *_TOLD,
        ),
        ("id",),
    ),
    "advisories": Table(
        (
            Column("id"),
            Column("day", Kind.DAY),
            Column("cvss", Kind.NUMBER, need=False, most=10.0),
            Column("cves", Kind.CVES, need=False),
            *_COPIED,
        ),
        ("id",),
        feed="csaf",
    ),
    "advisory_products": Table(
        (Column("advisory"), Column("vendor"), Column("product"), Column("version"), *_COPIED),
        ("vendor", "product", "advisory", "version"),
        feed="csaf",
    ),
    # who made it
    "oui": Table(
        (
            Column("bits", Kind.WORD, words=("24", "28", "36")),
            Column("prefix", Kind.HEX),
            Column("vendor"),
            *_COPIED,
        ),
        ("bits", "prefix"),
        feed="ieee",
    ),
    "enterprises": Table(
        (Column("number", Kind.WHOLE), Column("name"), *_COPIED), ("number",), feed="iana", whole=True
    ),
    "sysobjects": Table(
        (Column("prefix", Kind.OID), Column("name"), Column("kind", need=False), *_TOLD), ("prefix",)
    ),
    "dicom_roots": Table(
        (Column("prefix"), Column("maker"), Column("kind", stored=False), *_TOLD), ("prefix",)
    ),
    "source_packages": Table(
        (Column("product", Kind.PRODUCT), Column("package"), *_NOTED),
        ("product",),
    ),
    "names": Table((Column("name", Kind.SPELLING), Column("product", Kind.PRODUCT), *_NOTED), ("name",)),
}
"""Table name -> what stands in it. Every row says where it is from, when that was looked up, and how sure it is."""
