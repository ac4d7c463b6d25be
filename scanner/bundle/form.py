"""What a bundle is: a tar of three members in a fixed order, of which only one spelling is read.

`head.json` says whose it is and holds the SHA-256 and size of the body; `head.json.sig` is OpenSSH's signature of it
in the namespace `stalehost-bundle`; `body.ndjson.gz` has a row a line. Any tar takes it apart, and `ssh-keygen -Y
verify` with `sha256sum` checks it without this program. Read here, every byte of the wrapping must be the one that we
write ourselves, and the hash holds the rest: so no byte can change unnoticed.
"""

import hashlib
import re
import tarfile
import zlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Final

import msgspec
from msgspec import Struct

from scanner.errors import DataError
from scanner.model.net import Address, Mac, Port
from scanner.model.observation import Value
from scanner.model.run import Run
from scanner.scope.site import NAME

NAMESPACE: Final = "stalehost-bundle"
"""What a bundle's signature says that it is for: that of a scope file is none for a bundle, and the other way round."""
FORMAT: Final = "stalehost-bundle/1"
HEAD: Final = "head.json"
SIGNATURE: Final = "head.json.sig"
BODY: Final = "body.ndjson.gz"

MOST: Final = {HEAD: 64 * 1024, SIGNATURE: 64 * 1024, BODY: 4 << 30}
"""Bytes of each member at most."""
MOST_UNPACKED: Final = 64 << 30
RATIO: Final = 200
"""A body unpacks to at most so many times its size: rows of a log are 5 to 30 times as long as packed."""
LINE: Final = 8 << 20
"""Bytes of one row at most: a run's row holds its scope file and what it did to each address."""
BLOCK: Final = 512
CHUNK: Final = 1 << 20
AHEAD: Final = timedelta(days=1)
"""So far may the clocks of two sites differ: what is from later is not believed."""


class Seen(Struct, frozen=True, array_like=True, tag="seen", forbid_unknown_fields=True):
    """A row of the log, as the store keeps it."""

    source: str
    field: str
    value: Value
    address: Address | None
    mac: Mac | None
    port: Port | None
    zone: str | None
    vantage: str | None
    first: datetime
    last: datetime


class Days(Struct, frozen=True, array_like=True, tag="days", forbid_unknown_fields=True):
    """A row of presence: the days of one month."""

    source: str
    address: Address | None
    mac: Mac | None
    zone: str | None
    month: str
    days: tuple[int, ...]


class Made(Struct, frozen=True, array_like=True, tag="run", forbid_unknown_fields=True):
    """A run: by which scope what was seen is to be read, and what the run could not do."""

    run: Run


Row = Seen | Days | Made


class Head(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is signed."""

    format: str
    site: str
    """What the site calls itself."""
    identity: str
    """`site-` and twelve hex digits of engagement and site: two sites of one name are told apart by it."""
    engagement: str
    owner: str
    """Whose networks these are; a stand-in where it was redacted."""
    created: datetime
    since: datetime | None
    """Sightings that ended before are not in it; None = everything is."""
    redacted: str
    """`full`, `internal` or `external`."""
    tool: str
    runs: int
    seen: int
    days: int
    """How many rows of each sort."""
    size: int
    unpacked: int
    """Bytes of the body as it is, and unpacked."""
    sha256: str
    """Of the body as it is."""
    follows: str | None = None
    """The bundle for the same receiver that it goes on from: without that one something is missing. None = it stands alone."""


class Opened(Struct, frozen=True, kw_only=True):
    """A bundle whose wrapping was read; nothing is verified yet."""

    path: Path
    head: Head
    message: bytes
    """The head's bytes: what is signed."""
    signature: str
    at: int
    """Where the body begins."""

    @property
    def digest(self) -> str:
        """The bundle's own name."""
        return hashlib.sha256(self.message).hexdigest()


def site_name(text: str) -> str:
    """Read a site's name; raise DataError for what could not stand before a zone."""
    if not NAME.fullmatch(text):
        raise DataError(
            f"{text!r} is no name of a site: letters, digits, dots, dashes and underscores, at most 40,"
            " and a letter or digit first"
        )
    return text


def identity(engagement: str, site: str) -> str:
    """Which site that is, however many sites have its name."""
    return "site-" + hashlib.sha256(f"{engagement}\n{site}".encode()).hexdigest()[:12]


def is_bundle(path: Path) -> bool:
    """Whether a file begins as a bundle does; it may be damaged all the same."""
    try:
        with path.open("rb") as file:
            return file.read(100).rstrip(b"\0") == HEAD.encode()
    except OSError:
        return False


def wrapping(name: str, size: int) -> bytes:
    """The block before a member: owner, mode and time say nothing, so one content has one spelling."""
    told = tarfile.TarInfo(name)
    told.size, told.mode, told.mtime = size, 0o600, 0
    return told.tobuf(tarfile.USTAR_FORMAT)


def padding(size: int) -> bytes:
    """What fills a member's last block."""
    return b"\0" * (-size % BLOCK)


END: Final = b"\0" * (2 * BLOCK)


def opened(path: Path) -> Opened:
    """Read the wrapping of a bundle; raise DataError with the place of the first byte that is not as it should be."""
    try:
        with path.open("rb") as file:
            message, signature = _member(file, path, HEAD), _member(file, path, SIGNATURE)
            size = _size(file, path, BODY)
            at = file.tell()
            head = _head(path, message, size)
            file.seek(at + size)
            if file.read(BLOCK + len(END)) != padding(size) + END:
                raise DataError(f"{path}: byte {at + size}: the bundle does not end where its head says")
    except OSError as error:
        raise DataError(f"{path}: cannot read it: {error.strerror}") from error
    return Opened(
        path=path, head=head, message=message, signature=signature.decode("ascii", "replace"), at=at
    )


def _member(file: BinaryIO, path: Path, name: str) -> bytes:
    size = _size(file, path, name)
    at = file.tell()
    data, fill = file.read(size), file.read(len(padding(size)))
    if len(data) != size or fill != padding(size):
        raise DataError(f"{path}: byte {at}: {name} is cut off")
    return data


def _size(file: BinaryIO, path: Path, name: str) -> int:
    """How long the member is that begins here; its block must be the one that we would write."""
    at = file.tell()
    block = file.read(BLOCK)
    digits = block[124:135]
    size = int(digits, 8) if re.fullmatch(rb"[0-7]{11}", digits) else -1
    if size < 0 or block != wrapping(name, size):
        raise DataError(
            f"{path}: byte {at}: no {name} of a bundle begins here; the file is damaged, or is none"
        )
    if size > MOST[name]:
        raise DataError(f"{path}: byte {at}: {name} has {size:,} bytes; at most {MOST[name]:,} are read")
    return size


def _head(path: Path, message: bytes, size: int) -> Head:
    try:
        version = msgspec.json.decode(message, type=dict[str, object]).get("format")
        if version != FORMAT:
            raise DataError(
                f"{path}: {HEAD}: is of format {version!r}; this stalehost reads {FORMAT}: update one of the two"
            )
        head = msgspec.json.decode(message, type=Head)
    except ValueError as error:
        raise DataError(f"{path}: {HEAD}: {error}") from error
    site_name(head.site)
    if head.size != size or not 0 <= head.unpacked <= min(MOST_UNPACKED, RATIO * size + LINE):
        raise DataError(
            f"{path}: {HEAD}: sizes that cannot be: {head.size:,} bytes, {head.unpacked:,} unpacked"
        )
    if head.created.tzinfo is None:
        raise DataError(f"{path}: {HEAD}: its time names no zone")
    return head


def checked(of: Opened) -> Iterator[bytes]:
    """The body, packed, chunk by chunk; raise DataError at its end when its hash is not the one that was signed."""
    left, digest = of.head.size, hashlib.sha256()
    with of.path.open("rb") as file:
        file.seek(of.at)
        while left:
            data = file.read(min(CHUNK, left))
            if not data:
                raise DataError(f"{of.path}: {BODY} is cut off: {left:,} bytes are missing")
            left -= len(data)
            digest.update(data)
            yield data
    if digest.hexdigest() != of.head.sha256:
        raise DataError(f"{of.path}: {BODY}: was changed after it was signed")


def lines(of: Opened) -> Iterator[bytes]:
    """The rows, one by one, with no more than a few of them in memory; raise DataError for what was not signed."""
    unpack, held, told = zlib.decompressobj(wbits=31), b"", 0
    for packed in checked(of):
        data, plain = packed, b""
        # a full chunk may leave more behind even where all input was taken
        while data or len(plain) == CHUNK:
            try:
                plain = unpack.decompress(data, CHUNK)
            except zlib.error as error:
                raise DataError(f"{of.path}: {BODY}: byte {told:,} unpacked: {error}") from error
            data = unpack.unconsumed_tail
            told += len(plain)
            if told > of.head.unpacked or unpack.unused_data:
                raise DataError(
                    f"{of.path}: {BODY}: unpacks to more than the {of.head.unpacked:,} bytes of its head"
                )
            *whole, held = (held + plain).split(b"\n")
            # the first may have begun chunks ago
            if max(map(len, (held, *whole[:1]))) > LINE:
                raise DataError(f"{of.path}: {BODY}: a row has more than {LINE:,} bytes")
            yield from whole
    if held or told != of.head.unpacked or not unpack.eof:
        raise DataError(f"{of.path}: {BODY}: ends after {told:,} of {of.head.unpacked:,} bytes")
