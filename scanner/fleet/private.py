"""Files that hold keys and codes: written whole or not at all, and read only while nobody else may read them."""

import os
import stat
from contextlib import suppress
from pathlib import Path

from scanner.errors import DataError, StoreError


def put(path: Path, data: bytes) -> None:
    """Write a file that only its owner may read, in place of the one before; raise StoreError when it cannot be.

    After a crash, or on a full disk, the one before is still there.
    """
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        # never through a link that somebody else laid
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
        settle(path.parent)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise StoreError(f"{path}: cannot be written: {error.strerror}") from error


def settle(folder: Path) -> None:
    """Make the names of a folder as lasting as the bytes of its files."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read(path: Path) -> bytes:
    """What a private file holds; raise DataError when it is not there, or when others may read or write it."""
    try:
        found = path.stat()
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}") from error
    if found.st_mode & 0o077:
        raise DataError(
            f"{path}: others on this machine may read or change it (mode {stat.S_IMODE(found.st_mode):04o});"
            f" chmod 600 {path}, and have a new one made if they may have"
        )
    return data
