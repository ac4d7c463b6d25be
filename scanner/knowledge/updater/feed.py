"""What a feed is: where its files are, what reading them gives, and what is asked of a reader."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Final, Protocol

from msgspec import Struct

from scanner.knowledge.updater.fetch import Got, Stamp, Web

Row = Mapping[str, str]
"""One row of a table by column; `make` fills columns that a feed does not know with nothing."""

MB: Final = 1_000_000


class Held(Protocol):
    """What a reader may ask of the knowledge that it adds to."""

    def cves(self) -> frozenset[str]:
        """Every CVE that a table of ours names."""

    def product(self, name: str, vendor: str | None = None) -> str | None:
        """The `vendor:product` behind a CPE 2.3 name or a spelling for people."""

    def branches(self, product: str) -> Sequence[Row]:
        """The rows of branches.csv for a product."""

    def dated(self, table: str) -> date:
        """The day that a table of ours is of."""

    def windows(self, build: str) -> Sequence[tuple[str, Row]]:
        """Table and row of each edition of a Windows build."""

    def released(self, product: str) -> Mapping[str, date]:
        """The day of each version of a product that we have one for."""

    def series(self, release: str) -> str:
        """The code name of an Ubuntu release (`22.04` is `jammy`); the number itself where we do not know it."""

    def revision(self, package: str, revision: str) -> str | None:
        """The ISO day that we have for a package's revision; None for one that we do not know."""

    def packages(self) -> frozenset[str]:
        """The source packages whose revisions we can read off a banner."""


class Parsed(Struct, frozen=True, kw_only=True):
    """A feed, read."""

    tables: Mapping[str, tuple[Row, ...]]
    """Rows by table of the knowledge base."""
    dated: date
    """The day that the feed itself says it is of; date.min when it does not say (the day of its fetch counts)."""
    rows: int
    """Entries of the feed before any was left out: what `less than half of last time` counts."""
    left_out: tuple[str, ...] = ()
    """What was not taken over, in words."""


class Remote(Struct, frozen=True, kw_only=True):
    """One file of a feed: its name in a folder of raw feeds, and where it is, mirrors last."""

    name: str
    urls: tuple[str, ...]
    cap: int
    """Most bytes that it may have as it comes."""


class Arrived(Struct, frozen=True, kw_only=True):
    """One raw file in a folder; `got` is None when the server says that it has not changed."""

    name: str
    got: Got | None


Gather = Callable[[Web, str, Path, Mapping[str, Stamp], str], Sequence[Arrived]]
"""Fetch a feed of many pages: web, root address, folder, earlier stamps by file name, the feed's key or nothing."""
Read = Callable[[Sequence[Path], Held], Parsed]
"""Read raw files; DataError names file and reason."""


class Feed(Struct, frozen=True, kw_only=True):
    """One official source."""

    name: str
    """As `--source` takes it."""
    title: str
    licence: str
    files: tuple[Remote, ...]
    read: Read
    accepts: tuple[str, ...]
    """Patterns of the names under which people keep its files."""
    gather: Gather | None = None
    """For a feed of pages or of many documents: how to fetch it from the root address of its first file."""
    notice: str = ""
    """What must be said wherever its data is shown."""
    counts: str = ""
    """A table that holds one row for each of its entries: what its size is held against the first time."""
    delta: bool = False
    """True when a run brings only what changed: its rows are added to those of earlier runs."""
    since: tuple[str, str] | None = None
    """For a delta: the file whose stamp says from when on, and the table whose day that is the first time."""
    least: int = 1
    """Fewer entries than this are no whole feed, whatever came last time."""
