"""Holds bases and folders of feeds against their hashes, and finds the two bases that a comparison means."""

import tempfile
from pathlib import Path

from scanner.errors import DataError
from scanner.knowledge import base as shipped_base
from scanner.knowledge import installed
from scanner.knowledge.installed import Installed
from scanner.knowledge.updater import bring, make, manifest


def base(chosen: Installed | None) -> int:
    """Files of a base that are as its manifest says; DataError names the first that is not."""
    if chosen is None:
        make.whole(shipped_base.shipped())
        return 1
    found = make.hashes(chosen.folder)
    for path, digest in chosen.manifest.files.items():
        if path not in found:
            raise DataError(
                f"{chosen.folder / path}: missing; use `stalehost kb rollback` or take the feeds in again"
            )
        if found[path] != digest:
            raise DataError(
                f"{chosen.folder / path}: changed since it was put there;"
                " use `stalehost kb rollback` or take the feeds in again"
            )
    if more := sorted(found.keys() - chosen.manifest.files.keys()):
        raise DataError(f"{chosen.folder / more[0]}: none of the files that were put there")
    make.whole(chosen.database)
    return len(found)


def feeds(place: Path, expect: str = "") -> tuple[int, str]:
    """Files of a folder or bundle that are as its list says, and the hash of the list."""
    with tempfile.TemporaryDirectory(prefix="stalehost-") as room:
        folder = place if place.is_dir() else bring.unpacked(place, Path(room))
        found, digest = manifest.read(folder)
        if expect and expect.lower() != digest:
            raise DataError(f"{place}: the SHA-256 of its list is {digest}, not the one that you expect")
        manifest.verify(folder, found.files)
    return len(found.files), digest


def pair(before: str | None, after: str | None) -> tuple[Path, Path]:
    """The files of two bases by id; by default the one in use and the one before it, or the shipped one."""
    home = installed.home()
    names = [*installed.listed(home), installed.SHIPPED, installed.SHIPPED]
    return _named(home, before or (names[1] if after is None else names[0])), _named(home, after or names[0])


def _named(home: Path, name: str) -> Path:
    if name == installed.SHIPPED:
        return shipped_base.shipped()
    if not installed.ID.fullmatch(name):
        raise DataError(f"{name[:40]!r} is not the id of a knowledge base, nor `{installed.SHIPPED}`")
    return shipped_base.fitting(installed.load(home / name))
