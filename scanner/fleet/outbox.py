"""What waits at a sensor while the centre is away: one file a batch, whole or not there, gone once the centre has it."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol
from uuid import UUID, uuid4

import msgspec
from msgspec import Struct

from scanner.errors import StoreError

ROOM: Final = 8 * 1024 * 1024
"""Bytes that must be free before a chunk is begun: two batches of the largest."""
_END: Final = ".batch"


class Taker(Protocol):
    """Who takes batches: `scanner.fleet.post.Post`."""

    def push(self, batch: UUID, body: bytes, job: int | None = None, fence: int | None = None) -> bool:
        """Take one; False when it was known already; StoreError when it cannot be taken now."""


class _Head(Struct, frozen=True):
    """The first line of a file."""

    batch: UUID
    job: int | None
    fence: int | None


class Outbox:
    """The batches of one sensor, in the order in which they were put.

    Another process may put into the same folder: a sensor that was stopped, and revived after its successor began.
    Neither writes over what the other keeps.
    """

    def __init__(self, folder: Path) -> None:
        """Use a folder, made where it is missing; raise StoreError when it cannot be written."""
        self._folder = folder
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for torn in folder.glob("*.part"):
                torn.unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(f"{folder}: {error.strerror}") from error
        numbers = [int(path.stem) for path in self._waiting()]
        self._next = max(numbers, default=0) + 1

    def __len__(self) -> int:
        """How many batches wait."""
        return len(self._waiting())

    def put(self, body: bytes, job: int | None = None, fence: int | None = None) -> None:
        """Keep a batch until it is sent, whatever happens to this process or machine; raise StoreError on a full disk."""
        batch = uuid4()
        head = msgspec.json.encode(_Head(batch=batch, job=job, fence=fence))
        part = self._folder / f"{batch}.part"
        try:
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(head + b"\n" + body)
                file.flush()
                os.fsync(file.fileno())
            self._name(part)
        except OSError as error:
            with suppress(OSError):
                part.unlink()
            raise StoreError(f"{self._folder}: {error.strerror}; what was kept before is safe") from error

    def ready(self) -> None:
        """Raise StoreError unless there is room for what a chunk may bring: to ask devices and lose the answers is harm."""
        part = self._folder / f"{uuid4()}.part"
        try:
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                os.posix_fallocate(handle, 0, ROOM)
            finally:
                os.close(handle)
                part.unlink()
        except OSError as error:
            raise StoreError(
                f"{self._folder}: {error.strerror}; nothing is begun until {ROOM >> 20} MiB are free"
            ) from error

    def send(self, to: Taker) -> int:
        """Hand over what waits, oldest first; give how much was. Raise StoreError as soon as the centre takes no more.

        A batch goes from here after the centre has said that it has it. When that word is lost on the way it is sent
        again under the same number, and counts once.
        """
        sent = 0
        for path in self._waiting():
            if (whole := self._read(path)) is None:
                continue
            head, body = whole
            to.push(head.batch, body, head.job, head.fence)
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise StoreError(
                    f"{path}: {error.strerror}; the centre has it, and it is sent again"
                ) from error
            sent += 1
        return sent

    def _name(self, part: Path) -> None:
        """Put a whole file into the line under a number that nobody else has taken."""
        while True:
            path = self._folder / f"{self._next:012}{_END}"
            self._next += 1
            try:
                path.hardlink_to(part)
            except FileExistsError:
                continue
            part.unlink()
            self._settle()
            return

    def _read(self, path: Path) -> tuple[_Head, bytes] | None:
        """What a file holds; None for one that another process has sent meanwhile."""
        try:
            line, _, body = path.read_bytes().partition(b"\n")
            return msgspec.json.decode(line, type=_Head), body
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError) as error:
            raise StoreError(f"{path}: cannot be read: {error}; move it away to go on without it") from error

    def _waiting(self) -> list[Path]:
        return sorted(self._folder.glob(f"*{_END}"))

    def _settle(self) -> None:
        """Make the new name as lasting as the bytes."""
        handle = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
