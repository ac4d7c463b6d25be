"""The audit: an append-only, hash-chained file of everything that was about to be sent, and how it ended."""

import hashlib
import os
from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Self

import msgspec
from msgspec import Struct

from scanner.errors import StoreError

try:
    import fcntl
except ImportError:  # Windows: two scans in one folder are then not told apart
    fcntl = None  # type: ignore[assignment]  # a module or nothing

START: Final = "0" * 64
"""What the first line carries in place of a predecessor's hash."""


class Fault(Struct, frozen=True):
    """The first line that breaks the chain."""

    line: int
    text: str


class Audit:
    """One open audit file. A line is on its way to the disk before the packet that it announces.

    Each line is a JSON object with `at`, `event`, what the event needs, and `prev`: the SHA-256 of the line
    before it. Losing, changing or reordering a line breaks the chain; `verify` says where.
    """

    def __init__(self, path: Path, clock: Callable[[], datetime]) -> None:
        self._path, self._clock = path, clock
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            raise StoreError(f"{path}: cannot open the audit: {error.strerror}") from error
        try:
            self._lock()
            self._prev, torn = self._tail()
            if torn:
                self._append(b"\n")
                self.write("torn")
        except BaseException:
            self.close()
            raise

    def write(self, event: str, **facts: str | float | None) -> None:
        """Append one line; raise StoreError when the disk does not take it (nothing may be sent then)."""
        line = msgspec.json.encode({"at": self._clock(), "event": event, **facts, "prev": self._prev})
        self._append(line + b"\n")
        self._prev = hashlib.sha256(line).hexdigest()

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    @property
    def head(self) -> str:
        """The hash of the last line: what a report prints, so that the file can be held against it."""
        return self._prev

    def close(self) -> None:
        """Flush to the disk and close; harmless when already closed. Raise StoreError when the disk does not take it."""
        if self._file >= 0:
            file, self._file = self._file, -1
            try:
                os.fsync(file)
            except OSError as error:
                # some disks say only now that they are full
                raise StoreError(f"{self._path}: cannot write the audit: {error.strerror}") from error
            finally:
                os.close(file)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _lock(self) -> None:
        if fcntl is None:
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StoreError(
                f"{self._path}: another scan is writing here; wait for it or abort it"
            ) from error

    def _append(self, data: bytes) -> None:
        before = os.fstat(self._file).st_size
        try:
            written = os.write(self._file, data)
        except OSError as error:
            raise StoreError(f"{self._path}: cannot write the audit: {error.strerror}") from error
        if written < len(data):
            # half a line would look like tampering; what stood there before stays
            os.ftruncate(self._file, before)
            raise StoreError(f"{self._path}: cannot write the audit: the disk is full; free some space")

    def _tail(self) -> tuple[str, bool]:
        """The hash of the last line, and whether a crash left that line without its end."""
        size = os.fstat(self._file).st_size
        if size == 0:
            return START, False
        tail, at = b"", size
        while at > 0 and tail[:-1].count(b"\n") == 0:
            at = max(0, at - 65536)
            os.lseek(self._file, at, os.SEEK_SET)
            tail = os.read(self._file, size - at)
        torn = not tail.endswith(b"\n")
        last = tail.removesuffix(b"\n").rpartition(b"\n")[2]
        return hashlib.sha256(last).hexdigest(), torn


def verify(path: Path, heads: Collection[str] = ()) -> Fault | None:
    """The first break in the chain, or None when it holds from the first line to the last.

    `heads` are hashes of last lines that were kept elsewhere (a report, the store): one that no line has any more
    says that the file was cut off behind it, or written anew.
    """
    prev, number, missing = START, 0, set(heads) - {START}
    for number, (line, fact) in enumerate(_lines(path), 1):
        # a crash may have cut a line off: it carries no hash, but the next line vouches for it
        if fact is not None and fact.get("prev") != prev:
            return Fault(number, "this line or the one before it was changed, lost or put in")
        prev = hashlib.sha256(line).hexdigest()
        missing.discard(prev)
    if missing:
        head = next(one for one in heads if one in missing)
        return Fault(
            number, f"the file ends here, but the line with hash {head[:16]}... was once its last: it is gone"
        )
    return None


def entries(path: Path) -> Iterator[dict[str, Any]]:
    """Every readable line, first to last."""
    return (fact for _, fact in _lines(path) if fact is not None)


def _lines(path: Path) -> Iterator[tuple[bytes, dict[str, Any] | None]]:
    try:
        with path.open("rb") as file:
            for line in file:
                bare = line.removesuffix(b"\n")
                try:
                    yield bare, msgspec.json.decode(bare, type=dict[str, Any])
                except msgspec.MsgspecError:
                    yield bare, None
    except OSError as error:
        raise StoreError(f"{path}: cannot read the audit: {error.strerror}") from error
