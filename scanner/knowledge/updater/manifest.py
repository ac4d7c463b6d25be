"""The list that travels with raw feeds: what each file is, where it came from, and its hash."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from scanner.errors import DataError, StoreError
from scanner.knowledge.updater.fetch import Stamp

NAME: Final = "manifest.json"
SCHEMA: Final = "stalehost-feeds/1"
_PATH: Final = re.compile(r"[a-z]+/\w[\w.-]{0,120}")
_CAP: Final = 20_000_000


class Entry(Struct, frozen=True, kw_only=True):
    """One raw file."""

    feed: str
    path: str
    """`feed/file`, below the folder of the manifest."""
    size: int
    sha256: str
    url: str
    fetched: datetime
    stamp: Stamp = Stamp()

    @property
    def name(self) -> str:
        """The file's own name."""
        return self.path.partition("/")[2]


class List(Struct, frozen=True, kw_only=True):
    """All files of a folder of raw feeds."""

    schema: str
    made: datetime
    by: str
    files: tuple[Entry, ...]

    def of(self, feed: str) -> tuple[Entry, ...]:
        """The files of one feed."""
        return tuple(one for one in self.files if one.feed == feed)


def write(folder: Path, entries: Iterable[Entry], by: str, now: datetime) -> str:
    """Write the list; give its SHA-256, which both sides of an air gap can compare."""
    files = tuple(sorted(entries, key=lambda one: one.path))
    data = msgspec.json.format(
        msgspec.json.encode(List(schema=SCHEMA, made=now, by=by, files=files)), indent=1
    )
    part = folder / f"{NAME}.part"
    try:
        part.write_bytes(data + b"\n")
        part.replace(folder / NAME)
    except OSError as error:
        raise StoreError(f"{folder / NAME}: cannot write: {error.strerror}") from error
    return hashlib.sha256(data + b"\n").hexdigest()


def read(folder: Path) -> tuple[List, str]:
    """The list of a folder and its own SHA-256; DataError when there is none or it names files elsewhere."""
    path = folder / NAME
    try:
        with path.open("rb") as file:
            data = file.read(_CAP)
        found = msgspec.json.decode(data, type=List)
    except FileNotFoundError as error:
        raise DataError(
            f"{path}: no such list; `stalehost kb fetch` writes it, `kb update --from` takes files without one"
        ) from error
    except (OSError, msgspec.DecodeError) as error:
        raise DataError(f"{path}: not a whole list of feeds: {error}") from error
    if found.schema != SCHEMA:
        raise DataError(f"{path}: schema {found.schema[:40]!r}, want {SCHEMA!r}")
    for one in found.files:
        if not _PATH.fullmatch(one.path) or not one.path.startswith(f"{one.feed}/"):
            raise DataError(f"{path}: {one.path[:80]!r} is not the path of a feed's file")
    return found, hashlib.sha256(data).hexdigest()


def verify(folder: Path, entries: Sequence[Entry]) -> None:
    """Hold every file against the list; DataError names the first that is missing, longer, shorter or changed."""
    for one in entries:
        path = folder / one.path
        try:
            size = path.stat().st_size
            if path.is_symlink() or size != one.size:
                raise DataError(
                    f"{path}: {size:,} bytes, the list says {one.size:,}: copied in part, or changed"
                )
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise DataError(f"{path}: the list names it, but it cannot be read: {error.strerror}") from error
        if digest != one.sha256:
            raise DataError(f"{path}: its SHA-256 is not the one in the list: changed on the way")
