"""Brings raw feeds into a folder: from the network, out of a bundle, or from wherever an operator keeps them."""

import shutil
import tarfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from scanner.errors import DataError, HostError, StoreError
from scanner.knowledge.updater import manifest, raw
from scanner.knowledge.updater.feed import Arrived, Feed, Remote
from scanner.knowledge.updater.feeds import BY_NAME
from scanner.knowledge.updater.fetch import Stamp, Web
from scanner.knowledge.updater.manifest import Entry

BUNDLE: Final = 3_000_000_000
"""Most bytes of a bundle, unpacked."""


class Raw(Struct, frozen=True, kw_only=True):
    """A feed's raw files, ready to be read."""

    feed: Feed
    paths: tuple[Path, ...]
    origin: str
    fetched: datetime
    stamps: Mapping[str, Stamp]


class Refusal(Struct, frozen=True, kw_only=True):
    """A feed that did not come, or may not come in, and why."""

    feed: str
    why: str


def by() -> str:
    """Who writes a list."""
    return f"stalehost {version('stalehost')}"


def fetch(
    feeds: Sequence[Feed],
    folder: Path,
    web: Web,
    now: datetime,
    *,
    key: str = "",
    root: str = "",
    first: Mapping[str, Mapping[str, Stamp]] = MappingProxyType({}),
) -> tuple[str, tuple[Entry, ...], tuple[Refusal, ...]]:
    """Download feeds into `folder` and write its list; give the list's hash, the files, and what did not come.

    A file that a server says is unchanged stays as it is. `first` are stamps for what was never fetched. `root` stands in for the first feed's official address.
    Raise HostError when nothing came at all.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{folder}: cannot write: {error.strerror}") from error
    before = manifest.read(folder)[0].files if (folder / manifest.NAME).exists() else ()
    kept = {one.path: one for one in before}
    refused: list[Refusal] = []
    for feed in feeds:
        earlier = dict(first.get(feed.name, {}))
        earlier |= {one.name: one.stamp for one in before if one.feed == feed.name and _there(folder, one)}
        try:
            came = download(feed, folder / feed.name, web, earlier, key=key, root=root)
        except (DataError, HostError) as error:
            refused.append(Refusal(feed=feed.name, why=str(error)))
            continue
        kept.update({one.path: one for one in _entries(feed, came, now)})
    if refused and len(refused) == len(feeds):
        raise HostError("; ".join(f"{one.feed}: {one.why}" for one in refused))
    files = tuple(one for one in kept.values() if _there(folder, one))
    return manifest.write(folder, files, by(), now), files, tuple(refused)


def download(
    feed: Feed, folder: Path, web: Web, earlier: Mapping[str, Stamp], *, key: str = "", root: str = ""
) -> Sequence[Arrived]:
    """Fetch every file of one feed; give what came, unchanged files among it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{folder}: cannot write: {error.strerror}") from error
    first = feed.files[0]
    if feed.gather is not None:
        return feed.gather(web, root or first.urls[0], folder, earlier, key)
    return [
        Arrived(
            name=one.name,
            got=web.get(_urls(one, root), folder / one.name, cap=one.cap, earlier=earlier.get(one.name)),
        )
        for one in feed.files
    ]


def _urls(one: Remote, root: str) -> Sequence[str]:
    """Where a file is: the operator's own place (a folder when it ends with a slash), or the official ones."""
    if not root:
        return one.urls
    return (root + one.name,) if root.endswith("/") else (root,)


def _there(folder: Path, one: Entry) -> bool:
    path = folder / one.path
    return path.is_file() and path.stat().st_size == one.size


def _entries(feed: Feed, came: Sequence[Arrived], now: datetime) -> Iterator[Entry]:
    for one in came:
        if one.got is not None:
            yield Entry(
                feed=feed.name,
                path=f"{feed.name}/{one.name}",
                size=one.got.size,
                sha256=one.got.sha256,
                url=one.got.url,
                fetched=now,
                stamp=one.got.stamp,
            )


def listed(folder: Path, feeds: Sequence[Feed], expect: str = "") -> tuple[Raw, ...]:
    """The feeds of a folder with a list, each file held against it; `expect` is the list's own SHA-256."""
    found, digest = manifest.read(folder)
    if expect and expect.lower() != digest:
        raise DataError(f"{folder / manifest.NAME}: its SHA-256 is {digest}, not the one that you expect")
    unknown = sorted({one.feed for one in found.files} - set(BY_NAME))
    if unknown:
        raise DataError(f"{folder / manifest.NAME}: no source {unknown[0]!r}; a newer stalehost wrote this")
    manifest.verify(folder, found.files)
    made = tuple(_raw(folder, feed, found.of(feed.name)) for feed in feeds if found.of(feed.name))
    if not made:
        raise DataError(f"{folder}: none of the sources asked for is in it")
    return made


def _raw(folder: Path, feed: Feed, entries: Sequence[Entry]) -> Raw:
    return Raw(
        feed=feed,
        paths=tuple(folder / one.path for one in entries),
        origin=entries[0].url,
        fetched=min(one.fetched for one in entries),
        stamps={one.name: one.stamp for one in entries},
    )


def online(
    feeds: Sequence[Feed],
    room: Path,
    web: Web,
    now: datetime,
    earlier: Mapping[str, Mapping[str, Stamp]],
    *,
    key: str = "",
    root: str = "",
) -> tuple[tuple[Raw, ...], tuple[str, ...], tuple[Refusal, ...]]:
    """Download feeds to be read at once: those that came, the names of those unchanged since `earlier`, those that did not.

    `earlier` holds each feed's stamps by file name. Where only some files of a feed have changed all of them are
    fetched: the others are not kept here.
    """
    made, same, refused = [], [], []
    for feed in feeds:
        try:
            came = download(feed, room / feed.name, web, earlier.get(feed.name, {}), key=key, root=root)
            if not any(one.got for one in came):
                same.append(feed.name)
                continue
            if not all(one.got for one in came):
                came = download(feed, room / feed.name, web, {}, key=key, root=root)
            made.append(_raw(room, feed, tuple(_entries(feed, came, now))))
        except (DataError, HostError) as error:
            refused.append(Refusal(feed=feed.name, why=str(error)))
    return tuple(made), tuple(same), tuple(refused)


def mirrored(url: str, room: Path, web: Web, feeds: Sequence[Feed]) -> tuple[Raw, ...]:
    """The feeds of a folder with a list that some web server of the operator's gives out; `url` ends with a slash."""
    try:
        room.mkdir(parents=True, exist_ok=True)
        web.get((url + manifest.NAME,), room / manifest.NAME, cap=20 * raw.MEGABYTE)
        found, _ = manifest.read(room)
        wanted = tuple(one for one in found.files if one.feed in {feed.name for feed in feeds})
        for one in wanted:
            (room / one.feed).mkdir(exist_ok=True)
            web.get((url + one.path,), room / one.path, cap=one.size)
    except OSError as error:
        raise StoreError(f"{room}: cannot write: {error.strerror}") from error
    manifest.verify(room, wanted)
    made = tuple(_raw(room, feed, found.of(feed.name)) for feed in feeds if found.of(feed.name))
    if not made:
        raise DataError(f"{url}: none of the sources asked for is in it")
    return made


def loose(place: Path, feeds: Sequence[Feed], now: datetime) -> tuple[Raw, ...]:
    """Feeds in a file or a folder that somebody filled by hand: told by their names, or by being the only one asked for."""
    if not place.exists():
        raise DataError(f"{place}: no such file or folder")
    made = []
    for feed in feeds:
        if _accepts(feed, place) or (place.is_file() and len(feeds) == 1):
            paths = [place]
        elif place.is_file():
            paths = []
        else:
            paths = sorted(
                one for one in place.rglob("*") if _accepts(feed, one) and not _inside(feed, one, place)
            )
        if paths:
            fetched = min(_when(one, now) for one in paths)
            made.append(Raw(feed=feed, paths=tuple(paths), origin=str(place), fetched=fetched, stamps={}))
    if not made:
        names = ", ".join(pattern for feed in feeds for pattern in feed.accepts[:1])
        raise DataError(f"{place}: no file named as a feed is ({names}); name it with --source")
    return tuple(made)


def _accepts(feed: Feed, path: Path) -> bool:
    return any(path.match(pattern) for pattern in feed.accepts)


def _inside(feed: Feed, path: Path, place: Path) -> bool:
    """Whether a folder above it is taken as a whole already."""
    return any(_accepts(feed, one) for one in path.parents if one != place and place in one.parents)


def _when(path: Path, now: datetime) -> datetime:
    """When a file was put there, as its file system says."""
    return min(datetime.fromtimestamp(path.stat().st_mtime, tz=now.tzinfo), now)


def unpacked(bundle: Path, room: Path) -> Path:
    """Unpack a bundle below `room`; give the folder.

    Only ordinary files whose path is `[folder/]feed/file` or the list itself come out: nothing lands elsewhere.
    """
    target = room / "bundle"
    left = BUNDLE
    try:
        target.mkdir(parents=True)
        with tarfile.open(bundle) as archive:
            for info in archive:
                parts = [part for part in info.name.split("/") if part not in {"", "."}]
                path = _place(target, parts) if info.isfile() else None
                file = archive.extractfile(info) if path else None
                if path is None or file is None:
                    continue
                left -= info.size
                if left < 0:
                    raise DataError(f"{bundle}: more than {BUNDLE / raw.MEGABYTE:,.0f} MB once unpacked")
                path.parent.mkdir(exist_ok=True)
                with path.open("wb") as out:
                    shutil.copyfileobj(file, out)
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise DataError(f"{bundle}: not a whole bundle: {error}") from error
    except OSError as error:
        raise StoreError(f"{bundle}: cannot unpack: {error.strerror or error}") from error
    return target


def _place(target: Path, parts: Sequence[str]) -> Path | None:
    """Where a member of a bundle goes; None for what is none of a feed's."""
    if ".." in parts or not parts:
        return None
    if parts[-1] == manifest.NAME and len(parts) <= 2:
        return target / manifest.NAME
    if len(parts) in {2, 3} and parts[-2] in BY_NAME:
        return target / parts[-2] / parts[-1]
    return None
