"""Which knowledge bases the operator has put beside the shipped one, which is in use, and who holds it.

A base is a folder `knowledge/<id>/` in the user's data folder: `kb.sqlite`, the tables it was built with, and a
manifest with the hash of each. `current` lists the ids, the one in use first. All of it is written by
`scanner.knowledge.updater.swap`; this module only reads.
"""

import contextlib
import os
import re
import sys
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import IO, Final

import msgspec
from msgspec import Struct

from scanner.errors import DataError, StoreError

try:
    import fcntl
except ImportError:  # Windows: a scan and an update are then not told apart
    fcntl = None  # type: ignore[assignment]  # a module or nothing

SCHEMA: Final = "stalehost-kb/1"
PIN: Final = "kb.pin"
"""File in an engagement folder: the id of the base that this engagement is judged with, or `shipped`."""
SHIPPED: Final = "shipped"
ID: Final = re.compile(r"\d{8}-[0-9a-f]{8}")


class FeedState(Struct, frozen=True, kw_only=True):
    """What one feed brought into a base."""

    title: str
    dated: date
    """The day that the feed says it is of."""
    fetched: datetime
    rows: int
    """Its entries, before any was left out."""
    origin: str
    """The address or the file that it came from."""
    licence: str
    notice: str = ""
    left_out: tuple[str, ...] = ()
    stamps: Mapping[str, Mapping[str, str]] = {}
    """What the server said of each file, to ask next time whether it has changed."""


class Manifest(Struct, frozen=True, kw_only=True):
    """What a base is made of."""

    schema: str
    id: str
    made: datetime
    program: str
    built_on: str
    """Hash of the shipped facts that it stands on."""
    feeds: Mapping[str, FeedState]
    files: Mapping[str, str]
    """SHA-256 of each file by its path in the folder, kb.sqlite among them."""
    size: int
    """Bytes of kb.sqlite."""


class Installed(Struct, frozen=True, kw_only=True):
    """One base that the operator has put there."""

    folder: Path
    manifest: Manifest

    @property
    def database(self) -> Path:
        """The built base."""
        return self.folder / "kb.sqlite"

    @property
    def overlays(self) -> tuple[Path, ...]:
        """Folders of tables that it adds to the shipped ones, the owner's own last: later rows stand over earlier ones."""
        return overlays(self.folder)

    @property
    def recog(self) -> Path:
        """Folder of the user's own Recog fingerprints; may not exist."""
        return self.folder / "recog"


def overlays(folder: Path) -> tuple[Path, ...]:
    """Folders of tables below a base's folder, in the order in which they are laid over the shipped ones."""
    folders = (one for one in (folder / "tables").glob("*") if one.is_dir())
    return tuple(sorted(folders, key=lambda one: (one.name == "local", one.name)))


def data_dir() -> Path:
    """Where this user's programs keep what cannot be made again."""
    if told := os.environ.get("STALEHOST_DATA"):
        return Path(told)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "stalehost"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "stalehost"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "stalehost"


def home() -> Path:
    """The folder of all installed bases."""
    return data_dir() / "knowledge"


def current(folder: Path | None = None) -> Installed | None:
    """The base in use: the first of the list that is whole; None when only the shipped one is there."""
    folder = home() if folder is None else folder
    for name in listed(folder):
        with contextlib.suppress(
            DataError
        ):  # cut short or meddled with: the one before it stands; `kb verify` names it
            return load(folder / name)
    return None


def listed(folder: Path) -> tuple[str, ...]:
    """Ids in the order in which they would be used."""
    try:
        text = (folder / "current").read_text(encoding="ascii")
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"{folder / 'current'}: cannot read: {error}") from error
    return tuple(name for name in text.split() if ID.fullmatch(name))


def load(folder: Path) -> Installed:
    """Open one base's folder; DataError when it is not whole. Sizes are compared here, hashes by `kb verify`."""
    path = folder / "manifest.json"
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
        size = (folder / "kb.sqlite").stat().st_size
    except (OSError, msgspec.DecodeError) as error:
        raise DataError(f"{path}: not a whole knowledge base: {error}") from error
    if manifest.schema != SCHEMA or manifest.id != folder.name:
        raise DataError(f"{path}: of another program or another folder")
    if size != manifest.size:
        raise DataError(f"{folder / 'kb.sqlite'}: {size:,} bytes, want {manifest.size:,}")
    return Installed(folder=folder, manifest=manifest)


def pinned(root: Path, folder: Path | None = None) -> Installed | None:
    """The base that an engagement is judged with: the pinned one, or the one in use; None for the shipped one.

    Raise DataError when the pin names a base that is not here.
    """
    folder = home() if folder is None else folder
    path = root / PIN
    if not path.is_file():
        return current(folder)
    name = path.read_text(encoding="utf-8", errors="replace").strip()
    if name == SHIPPED:
        return None
    if not ID.fullmatch(name):
        raise DataError(f"{path}: {name[:40]!r} is not the id of a knowledge base, nor `{SHIPPED}`")
    try:
        return load(folder / name)
    except DataError as error:
        raise DataError(
            f"{path}: knowledge base {name} is not here ({error}); take its feeds in again, or remove the pin"
        ) from error


@contextlib.contextmanager
def in_use(folder: Path | None = None) -> Iterator[None]:
    """Hold the bases for the length of a scan: nothing is swapped meanwhile. Never waits, never fails a scan."""
    folder = home() if folder is None else folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file: IO[str] = (folder / "lock").open("a")
    except OSError:
        # a home that cannot be written to cannot be updated either
        yield
        return
    with file:
        if fcntl is not None:
            with contextlib.suppress(
                OSError
            ):  # a swap takes milliseconds, and this scan has opened its base already
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        yield


@contextlib.contextmanager
def alone(folder: Path, lock: str, why: str) -> Iterator[None]:
    """Hold a lock that nobody else holds; raise StoreError, saying `why`, when somebody does."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file: IO[str] = (folder / lock).open("a")
    except OSError as error:
        raise StoreError(f"{folder}: cannot write: {error.strerror}") from error
    with file:
        if fcntl is not None:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise StoreError(f"{folder / lock}: {why}") from error
        yield
