"""Puts a new base in place, whole or not at all; keeps those before it; never while a scan runs.

Everything is written into a folder of its own, made durable, renamed to its id, and only then named in `current`,
which is itself replaced by a rename. A process that is killed at any moment leaves the old list and the old folders.
"""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from scanner.errors import DataError, StoreError
from scanner.knowledge import installed
from scanner.knowledge.installed import Installed, alone

KEPT: Final = 4
"""Bases that stay, the one in use among them: what rolling back and pins can reach."""
_NEW: Final = ".new-"
_SCANS: Final = "a scan is running with this knowledge; update when it has ended"


@contextlib.contextmanager
def room(home: Path) -> Iterator[Path]:
    """An empty folder to make a base in, gone afterwards; one update at a time, and none while a scan runs."""
    with alone(home, "updating", "another update is running here; wait for it"):
        with alone(home, "lock", _SCANS):
            pass
        for left in home.glob(f"{_NEW}*"):
            shutil.rmtree(left, ignore_errors=True)  # of an update that was killed
        made = home / f"{_NEW}{os.getpid()}"
        try:
            made.mkdir()
            yield made
        except OSError as error:
            raise StoreError(
                f"{home}: cannot write: {error.strerror or error}; what was there stays in use"
            ) from error
        finally:
            shutil.rmtree(made, ignore_errors=True)


def put(home: Path, made: Path, name: str) -> Installed:
    """Put the finished folder `made` in place as `name` and use it from now on; StoreError while a scan runs."""
    _settle(made)
    with alone(home, "lock", _SCANS):
        target = home / name
        if target.exists():
            # the same content on the same day: only what its servers said of it is newer
            (made / "manifest.json").replace(target / "manifest.json")
        else:
            made.rename(target)
        _sync(home)
        base = installed.load(target)
        names = [name, *(one for one in installed.listed(home) if one != name)][:KEPT]
        _point(home, names)
        _tidy(home, names)
    return base


def roll_back(home: Path) -> Installed | None:
    """Use the base before the one in use; None when that is the shipped one. DataError when nothing is installed."""
    with alone(home, "updating", "another update is running here; wait for it"), alone(home, "lock", _SCANS):
        names = installed.listed(home)
        if not names:
            raise DataError(f"{home}: only the shipped knowledge is here; there is nothing to go back from")
        _point(home, list(names[1:]))
    return installed.current(home)


def _point(home: Path, names: list[str]) -> None:
    """Replace the list at once."""
    part = home / "current.part"
    try:
        with part.open("w", encoding="ascii") as file:
            file.write("".join(f"{name}\n" for name in names))
            file.flush()
            os.fsync(file.fileno())
        part.replace(home / "current")
        _sync(home)
    except OSError as error:
        raise StoreError(
            f"{home / 'current'}: cannot write: {error.strerror}; what was there stays in use"
        ) from error


def _settle(folder: Path) -> None:
    """Have everything in a folder on the disk before anything names it."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("r+b") as file:  # Windows flushes only what may be written
                os.fsync(file.fileno())
        else:
            _sync(path)
    _sync(folder)


def _sync(folder: Path) -> None:
    """Have a folder's entries on the disk; Windows has no such call, and needs none."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _tidy(home: Path, names: list[str]) -> None:
    """Remove what no list names any more; those rolled back from go when the next one comes."""
    for path in home.iterdir():
        if installed.ID.fullmatch(path.name) and path.name not in names:
            shutil.rmtree(path, ignore_errors=True)
