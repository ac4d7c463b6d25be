"""What the commands call: a whole update, fetch or import, from where the operator says to a base in use."""

import tarfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import msgspec

from scanner.errors import DataError
from scanner.knowledge import installed
from scanner.knowledge.base import shipped
from scanner.knowledge.updater import bring, feeds, make, manifest, swap
from scanner.knowledge.updater.bring import Raw, Refusal
from scanner.knowledge.updater.feed import Feed
from scanner.knowledge.updater.fetch import Stamp, Web, host_of
from scanner.knowledge.updater.held import facts
from scanner.knowledge.updater.make import Given, Taken

Sleep = Callable[[float], None]
Told = Callable[[str], None]
"""Hears each address before it is asked."""


def _silent(_url: str) -> None:
    """Tell nobody."""


def update(
    names: str | None,
    place: str,
    key: str,
    now: datetime,
    *,
    accept: bool = False,
    sleep: Sleep = time.sleep,
    told: Told = _silent,
) -> Taken:
    """Bring the named feeds in, from their official addresses or from `place`; see the command's help.

    Raise HostError when the network gave nothing, DataError when nothing may come in, StoreError while a scan runs.
    """
    chosen = feeds.chosen(names)
    home = installed.home()
    with swap.room(home) as room:
        if place and "://" not in place:
            raws: tuple[Raw, ...] = _from_files(Path(place), room, chosen, now)
            return _take(home, room, Given(raws=raws, lenient=accept), now)
        web = Web(
            sleep=sleep, plain=frozenset({host_of(place)} if place.startswith("http://") else ()), told=told
        )
        if place.endswith("/"):
            raws = bring.mirrored(place, room / "raw", web, chosen)
            return _take(home, room, Given(raws=raws, lenient=accept), now)
        if place and len(chosen) != 1:
            raise DataError(
                f"{place}: name the one --source that it is, or end the address of a folder with a slash"
            )
        stamps = _first(chosen) if place else {**_first(chosen), **_stamps(home)}
        raws, same, refused = bring.online(chosen, room / "raw", web, now, stamps, key=key, root=place)
        taken = _take(home, room, Given(raws=raws, same=same, lenient=accept), now, refused)
        return msgspec.structs.replace(taken, refused=refused + taken.refused)


def fetch(
    folder: Path,
    names: str | None,
    key: str,
    now: datetime,
    *,
    sleep: Sleep = time.sleep,
    told: Told = _silent,
) -> tuple[str, int, tuple[Refusal, ...]]:
    """Download raw feeds; give the hash of their list, how many files there are, and what did not come."""
    chosen = feeds.chosen(names)
    digest, files, refused = bring.fetch(
        chosen, folder, Web(sleep=sleep, told=told), now, key=key, first=_first(chosen)
    )
    return digest, len(files), refused


def take_in(
    place: Path | None,
    names: str | None,
    now: datetime,
    *,
    local: Path | None = None,
    recog: Path | None = None,
    expect: str = "",
    accept: bool = False,
) -> Taken:
    """Take in a folder or bundle with a list, the owner's own table, and a user's Recog folder; nothing is fetched."""
    chosen = feeds.chosen(names)
    home = installed.home()
    with swap.room(home) as room:
        raws: tuple[Raw, ...] = ()
        if place is not None:
            folder = place if place.is_dir() else bring.unpacked(place, room)
            raws = bring.listed(folder, chosen, expect)
        return _take(home, room, Given(raws=raws, local=local, recog=recog, lenient=accept), now)


def _from_files(place: Path, room: Path, chosen: tuple[Feed, ...], now: datetime) -> tuple[Raw, ...]:
    """Feeds out of a folder with a list, a bundle, or files that somebody fetched by hand."""
    if (place / manifest.NAME).is_file():
        return bring.listed(place, chosen)
    known = any(place.match(pattern) for feed in chosen for pattern in feed.accepts)
    if place.is_file() and not known and tarfile.is_tarfile(place):
        return bring.listed(bring.unpacked(place, room), chosen)
    return bring.loose(place, chosen, now)


def _take(home: Path, room: Path, given: Given, now: datetime, refused: tuple[Refusal, ...] = ()) -> Taken:
    if refused and not given.raws and not given.same:
        raise DataError("; ".join(f"{one.feed}: {one.why}" for one in refused))
    made = room / "base"
    made.mkdir()
    return make.take(home, made, given, now, bring.by())


def _first(chosen: tuple[Feed, ...]) -> dict[str, dict[str, Stamp]]:
    """From when on a feed of changes is wanted the first time: from the day of the table that ships."""
    with facts(shipped()) as held:
        return {
            feed.name: {feed.since[0]: Stamp(modified=held.dated(feed.since[1]).isoformat())}
            for feed in chosen
            if feed.since
        }


def _stamps(home: Path) -> dict[str, dict[str, Stamp]]:
    """What the servers said of the files that the base in use is made of."""
    base = installed.current(home)
    if base is None:
        return {}
    return {
        feed: {name: Stamp(**stamp) for name, stamp in state.stamps.items()}
        for feed, state in base.manifest.feeds.items()
    }
