"""Octets of a file, FIFO or pipe in bounded pieces, unpacked where they are gzipped, with the place of each."""

import os
import select
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from scanner.errors import DataError

CHUNK: Final = 1 << 22
"""Octets that are read at a time: what a file costs in memory, however long it is."""
PROBLEMS: Final = 20
"""So many broken places are named and stepped over; what has more is no capture."""
PATIENCE: Final = 0.25
"""Seconds for which a slow pipe is waited for before what came is looked at."""

_GZIP: Final = b"\x1f\x8b"
_FREE: Final = 64 << 20
_RATIO: Final = 250
"""Captures shrink to a tenth, a very dull one to a hundredth. What unfolds to more than this, and than _FREE octets, is
a bomb (deflate can do 1032)."""


class Feed:
    """Where octets come from. `place` is how many were handed out; offsets in problems count unpacked octets."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._pipe = not stat.S_ISREG(os.fstat(descriptor).st_mode)
        self._ahead = b""
        self._ended = False
        self._packed = 0
        self.place = 0
        self.problems: list[str] = []
        self._unpack: zlib._Decompress | None = None
        self._ahead = self._read(64)
        if self._ahead.startswith(_GZIP):
            packed, self._ahead = self._ahead, b""
            self._unpack = zlib.decompressobj(wbits=31)
            self._rest = packed

    @property
    def broken(self) -> bool:
        """Whether too much is wrong to go on."""
        return len(self.problems) > PROBLEMS

    def problem(self, place: int, what: str) -> None:
        """Name what cannot be read, and where."""
        if len(self.problems) < PROBLEMS:
            self.problems.append(f"byte {place:,}: {what}")
        elif len(self.problems) == PROBLEMS:
            self.problems.append(f"byte {place:,}: more is wrong than is worth reading on")

    def take(self, count: int) -> bytes:
        """The next octets, at most `count`; fewer at the end, and from a pipe that pauses."""
        while len(self._ahead) < count and (more := self._more(count - len(self._ahead))):
            self._ahead += more
            if self._pipe and not self._ready():
                break
        got, self._ahead = self._ahead[:count], self._ahead[count:]
        self.place += len(got)
        return got

    def fill(self, room: memoryview) -> int:
        """Likewise into memory that is there, as many as it has room for; how many came."""
        count = min(len(self._ahead), len(room))
        if self._unpack is not None or count < len(self._ahead):
            got = self.take(len(room))
            room[: len(got)] = got
            return len(got)
        room[:count], self._ahead = self._ahead, b""
        while count < len(room) and (more := os.readv(self._descriptor, [room[count:]])):
            count += more
            self._packed += more
            if self._pipe and not self._ready():
                break
        self.place += count
        return count

    def peek(self, count: int) -> bytes:
        """What `take` would give first; nothing is used up."""
        while len(self._ahead) < count and (more := self._more(count - len(self._ahead))):
            self._ahead += more
        return self._ahead[:count]

    def _ready(self) -> bool:
        return bool(select.select([self._descriptor], [], [], PATIENCE)[0])

    def _more(self, count: int) -> bytes:
        if self._unpack is None:
            return self._read(count)
        while not self._ended:
            packed, self._rest = self._rest or self._read(1 << 16), b""
            try:
                got = self._unpack.decompress(packed, max(count, 1 << 16))
            except zlib.error as error:
                self._stop(f"the gzip data is broken ({error})")
                return b""
            self._rest = self._unpack.unconsumed_tail
            if self._unpack.eof:
                # RFC 1952 2.2: members may follow one another
                self._rest = self._unpack.unused_data or self._read(1 << 16)
                self._ended = not self._rest.startswith(_GZIP)
                self._unpack = zlib.decompressobj(wbits=31)
            elif not packed:
                self._stop("the gzip data is cut off")
            if self.place > _FREE and self.place > _RATIO * self._packed:
                self._stop(f"the gzip data unfolds to more than {_RATIO} times its size: it was not read on")
                return b""
            if got:
                return got
        return b""

    def _stop(self, why: str) -> None:
        self._ended = True
        self.problem(self.place + len(self._ahead), why)

    def _read(self, count: int) -> bytes:
        got = os.read(self._descriptor, max(count, 64))
        self._packed += len(got)
        return got


@contextmanager
def opened(path: Path) -> Iterator[Feed]:
    """The octets of a file or FIFO, or of standard input for `-`; raise DataError when it cannot be read."""
    if str(path) == "-":
        yield Feed(0)
        return
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}") from error
    try:
        yield Feed(descriptor)
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}") from error
    finally:
        os.close(descriptor)
