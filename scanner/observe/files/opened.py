"""Open a file that somebody else wrote: unpacked, decoded, bounded, and with a list of what had to be left out."""

import codecs
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Final

from scanner.errors import DataError
from scanner.model.observation import Observation

CAP: Final = 4 << 30
"""Bytes read from one file, unpacked."""
FREE: Final = 64 << 20
"""Bytes that a packed file may unpack to whatever it weighs."""
RATIO: Final = 200
"""Above that, how many times its own size: logs pack 10 to 50 times, and DEFLATE cannot do more than 1032."""
BLOCK: Final = 1 << 16
PIECE: Final = 1 << 12
"""Packed bytes that are unpacked at a time."""
LINE: Final = 1 << 20
"""Bytes of one line; what is longer is cut off and named."""
SHOWN: Final = 3
"""How many of the things left out are named; the rest is counted."""

_GZIP: Final = b"\x1f\x8b"
_WIDE: Final = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


class Source:
    """One file while it is read. Not for two readers at once."""

    def __init__(self, path: Path, file: IO[bytes], cap: int = CAP) -> None:
        self.path = path
        self._file, self._cap = file, cap
        self._raw = self._taken = 0
        self._skipped: list[str] = []
        self._count = 0
        self._packed: Iterator[bytes] | None = None
        self._rest = b""

    def skip(self, place: str, why: object) -> None:
        """Keep in mind that something at a place (`line 7`, `byte 300`) was left out, and why."""
        self._count += 1
        if len(self._skipped) < SHOWN:
            self._skipped.append(f"{place}: {_short(str(why))}")

    def trouble(self) -> DataError | None:
        """What was left out, as an error to raise at the end; None when everything was read."""
        if not self._count:
            return None
        more = f" (and {self._count - SHOWN} more)" if self._count > SHOWN else ""
        return DataError(f"{self.path}: not read: {'; '.join(self._skipped)}{more}")

    def blocks(self) -> Iterator[bytes]:
        """The bytes of the file, unpacked; what ends it early is kept in mind."""
        for block in self._unpacked():
            self._taken += len(block)
            if self._taken > self._cap:
                self.skip(f"byte {self._taken}", f"more than {self._cap} bytes; split the file")
                return
            yield block

    def read(self, count: int = -1, /) -> bytes:
        """As a file does, for parsers that want one; at most a block at a time, b"" at the end."""
        if self._packed is None:
            self._packed = self.blocks()
        data = self._rest or next(self._packed, b"")
        self._rest = data[count:] if count >= 0 else b""
        return data[:count] if count >= 0 else data

    def text_blocks(self) -> Iterator[bytes]:
        """The bytes of the file as UTF-8, whatever the file is in: UTF-16 (as PowerShell writes) is turned."""
        blocks = self.blocks()
        head = next(blocks, b"")
        encoding = wide(head)
        if encoding is None:
            yield head.removeprefix(codecs.BOM_UTF8)
            yield from blocks
            return
        turn = codecs.getincrementaldecoder(encoding)("replace")
        yield turn.decode(head).removeprefix("\ufeff").encode("utf-8", "replace")
        for block in blocks:
            yield turn.decode(block).encode("utf-8", "replace")

    def lines(self) -> Iterator[tuple[int, str]]:
        """Every line with its number from 1, without its end; a line that is no UTF-8 is read as Windows-1252."""
        number, held = 0, b""
        for block in self.text_blocks():
            *whole, held = (held + block).split(b"\n")
            for line in whole:
                number += 1
                yield number, self._line(number, line)
            if len(held) > LINE:
                number += 1
                yield number, self._line(number, held)
                # what is left of it up to its end belongs to nothing
                held = b""
        if held:
            yield number + 1, self._line(number + 1, held)

    def _line(self, number: int, raw: bytes) -> str:
        if len(raw) > LINE:
            self.skip(f"line {number}", f"longer than {LINE} bytes, cut off")
        return text(raw[:LINE]).rstrip("\r")

    def _unpacked(self) -> Iterator[bytes]:
        block = self._block()
        if not block.startswith(_GZIP):
            while block:
                yield block
                block = self._block()
            return
        unpacked, packer, begun, full = 0, zlib.decompressobj(31), False, False
        while block or full:
            # small pieces: what a damaged one would have given is lost
            piece, block = block[:PIECE], block[PIECE:]
            try:
                data = packer.decompress(piece, BLOCK)
            except zlib.error as error:
                self.skip(f"byte {self._raw - len(block)} of the packed file", f"damaged: {error}")
                return
            begun, unpacked = True, unpacked + len(data)
            full = len(data) == BLOCK and not packer.eof  # more may come out before more goes in
            if unpacked > FREE and unpacked > RATIO * self._raw:
                self.skip(
                    f"byte {unpacked}", f"unpacks to more than {RATIO} times its size, as only a bomb does"
                )
                return
            yield data
            block = packer.unconsumed_tail + block
            if packer.eof:
                # one member may follow another: log rotation joins them so
                block, packer, begun = packer.unused_data + block, zlib.decompressobj(31), False
            block = block or self._block()
        if begun:
            self.skip(f"byte {self._raw} of the packed file", "cut short")

    def _block(self) -> bytes:
        try:
            block = self._file.read(BLOCK)
        except (OSError, EOFError) as error:
            self.skip(f"byte {self._raw}", error)
            return b""
        self._raw += len(block)
        return block


def reading(
    parse: Callable[[Source, datetime], Iterator[Observation]],
) -> Callable[[Path, datetime], Iterator[Observation]]:
    """Make a format's `read` of a parser that takes an opened source: what it gives first, then what was left out."""

    def read(path: Path, now: datetime) -> Iterator[Observation]:
        with opened(path) as source:
            yield from parse(source, now)
            if trouble := source.trouble():
                raise trouble

    return read


@contextmanager
def opened(path: Path, cap: int = CAP) -> Iterator[Source]:
    """Give a file as a Source until the block ends; raise DataError when it cannot be opened."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}") from error
    with file:
        yield Source(path, file, cap)


def beginning(path: Path, count: int) -> bytes:
    """The first bytes of a file, unpacked and as UTF-8, to recognise it by; raise DataError when it cannot be read."""
    head = b""
    with opened(path) as source:
        for block in source.text_blocks():
            head += block
            if len(head) >= count:
                break
    return head[:count]


def text(raw: bytes) -> str:
    """Bytes as text: UTF-8, else Windows-1252, in which old exports are; NUL, which no database keeps, is shown."""
    try:
        found = raw.decode()
    except UnicodeDecodeError:
        found = raw.decode("cp1252", "replace")
    return found.replace("\0", "\\x00")


def wide(head: bytes) -> str | None:
    """The name of the encoding of two bytes a character that a text begins in; None for any other."""
    for mark, name in _WIDE:
        if head.startswith(mark):
            return name
    # without a mark: every other byte of plain text is zero
    if len(head) >= 4 and head[1:4:2] == b"\0\0" and 0 not in head[:4:2]:
        return "utf-16-le"
    return "utf-16-be" if len(head) >= 4 and head[:4:2] == b"\0\0" and 0 not in head[1:4:2] else None


def _short(why: str) -> str:
    return why if len(why) <= 160 else f"{why[:157]}..."
