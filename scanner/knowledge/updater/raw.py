"""Reads what came from outside: bounded, gzip or not, and an error page is seen for what it is."""

import re
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import IO, Any, Final, TypeVar

import msgspec

from scanner.errors import DataError, StoreError

_Shape = TypeVar("_Shape")

MEGABYTE: Final = 1_000_000
MEMBER: Final = 20 * MEGABYTE
"""Most bytes of one file inside an archive."""
_PIECE: Final = 1024 * 1024
_TITLE: Final = re.compile(rb"<title[^>]*>\s*([^<]{1,80})", re.IGNORECASE)


def content(path: Path, cap: int) -> bytes:
    """Everything in a file, unpacked where it is gzip, at most `cap` bytes; DataError says what is wrong with it."""
    return checked(path.name, _whole(path, cap))


def _whole(path: Path, cap: int) -> bytes:
    try:
        with path.open("rb") as file:
            head = file.read(2)
            file.seek(0)
            data = _unpacked(path, file, cap) if head == b"\x1f\x8b" else file.read(cap + 1)
    except OSError as error:
        raise StoreError(f"{path}: cannot read: {error.strerror}") from error
    if len(data) > cap:
        raise DataError(f"{path.name}: more than {cap / MEGABYTE:,.0f} MB once unpacked: not the feed")
    return data


def checked(name: str, data: bytes) -> bytes:
    """The same bytes, unless they are nothing or a web page."""
    start = data[:2048].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start:
        raise DataError(f"{name}: empty")
    if start[:1] == b"<" and re.match(rb"<(!doctype html|html|head|body|!--)", start, re.IGNORECASE):
        title = _TITLE.search(data[:4096])
        said = f" ({title[1].decode('utf-8', 'replace').strip()})" if title else ""
        raise DataError(f"{name}: an HTML page{said}, not the feed")
    return data


def text(path: Path, cap: int) -> str:
    """The content as UTF-8 text."""
    try:
        return content(path, cap).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{path.name}: not UTF-8 text ({error.reason} at byte {error.start:,})") from error


def decoded(name: str, data: bytes, shape: type[_Shape]) -> _Shape:
    """JSON of the given shape; a document that is cut short or shaped otherwise is a DataError with the place."""
    try:
        return msgspec.json.decode(data, type=shape)
    except msgspec.ValidationError as error:
        raise DataError(f"{name}: not shaped as the feed is: {error}") from error
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise DataError(f"{name}: not whole JSON: {error}") from error


class Odd:
    """Documents of a great many that cannot be read: a few are left out and counted, more are a feed that broke."""

    def __init__(self) -> None:
        self._first: DataError | None = None
        self._count = 0

    def decoded(self, name: str, data: bytes, shape: type[_Shape]) -> _Shape | None:
        """The document, or None where it cannot be read."""
        try:
            return decoded(name, checked(name, data), shape)
        except DataError as error:
            self._first, self._count = self._first or error, self._count + 1
            return None

    def check(self, whole: int) -> None:
        """Raise the first fault when more than one document in twenty had one."""
        if self._first is not None and self._count * 20 > whole:
            raise self._first

    @property
    def left_out(self) -> tuple[str, ...]:
        """How many were left out, in words."""
        return (f"{self._count:,} documents that cannot be read: {self._first}",) if self._first else ()


def day(name: str, value: str) -> date:
    """The date at the start of an ISO 8601 text."""
    try:
        return date.fromisoformat(value[:10])
    except ValueError as error:
        raise DataError(f"{name}: {value[:40]!r} is not a date") from error


def members(paths: Sequence[Path], pattern: str, cap: int) -> Iterator[tuple[str, bytes]]:
    """Name and content of the files whose name is of a pattern, in files, folders, tar and zip archives.

    Nothing is unpacked to disk; `cap` bounds all of it together.
    """
    wanted = re.compile(pattern, re.IGNORECASE)
    left = cap
    for path in paths:
        for name, data in _inside(path, wanted):
            left -= len(data)
            if left < 0:
                raise DataError(
                    f"{path.name}: more than {cap / MEGABYTE:,.0f} MB once unpacked: not the feed"
                )
            yield name, data


def _inside(path: Path, wanted: re.Pattern[str]) -> Iterator[tuple[str, bytes]]:
    if path.is_dir():
        for one in sorted(path.rglob("*")):
            if one.is_file() and wanted.fullmatch(one.name):
                yield one.name, _whole(one, MEMBER)
    elif wanted.fullmatch(path.name):
        yield path.name, _whole(path, MEMBER)
    elif zipfile.is_zipfile(path):
        yield from _zipped(path, wanted)
    else:
        yield from _tarred(path, wanted)


def _zipped(path: Path, wanted: re.Pattern[str]) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                name = info.filename.rpartition("/")[2]
                if wanted.fullmatch(name):
                    with archive.open(info) as file:
                        yield name, _member(path, info.filename, file)
    except (OSError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError) as error:
        raise DataError(f"{path.name}: not a whole archive: {error}") from error


def _tarred(path: Path, wanted: re.Pattern[str]) -> Iterator[tuple[str, bytes]]:
    checked(path.name, _start(path))
    try:
        with tarfile.open(path) as archive:
            for info in archive:
                name = info.name.rpartition("/")[2]
                file = archive.extractfile(info) if info.isfile() and wanted.fullmatch(name) else None
                if file is not None:
                    yield name, _member(path, info.name, file)
    except (OSError, EOFError, tarfile.TarError, zlib.error) as error:
        raise DataError(f"{path.name}: not a whole archive: {error}") from error


def _start(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(4096)
    except OSError as error:
        raise StoreError(f"{path}: cannot read: {error.strerror}") from error


def _member(path: Path, name: str, file: IO[bytes]) -> bytes:
    data = file.read(MEMBER + 1)
    if len(data) > MEMBER:
        raise DataError(f"{path.name}: {name[:80]} is larger than {MEMBER / MEGABYTE:,.0f} MB: not the feed")
    return data


def _unpacked(path: Path, file: IO[bytes], cap: int) -> bytes:
    """Inflate up to one byte more than `cap`: a bomb costs no more memory than the feed itself."""
    made, pieces, size = zlib.decompressobj(wbits=31), [], 0
    try:
        while not made.eof and size <= cap:
            packed = made.unconsumed_tail or file.read(_PIECE)
            if not packed:
                raise DataError(f"{path.name}: the gzip file is cut short")
            piece = made.decompress(packed, cap + 1 - size)
            pieces.append(piece)
            size += len(piece)
    except zlib.error as error:
        raise DataError(f"{path.name}: not a whole gzip file ({error})") from error
    return b"".join(pieces)


def known(value: Any) -> str:
    """A text cell: one line, no control characters, at most 400 characters."""
    return " ".join("".join(char if char.isprintable() else " " for char in str(value)).split())[:400]
