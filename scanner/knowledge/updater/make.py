"""Turns raw feeds into tables and a base: each feed is held against what is already there before it may come in."""

import csv
import hashlib
import shutil
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from scanner.errors import DataError, StoreError
from scanner.knowledge import base as shipped_base
from scanner.knowledge import installed, local, recog
from scanner.knowledge.build import build
from scanner.knowledge.installed import FeedState, Installed, Manifest
from scanner.knowledge.tables import TABLES
from scanner.knowledge.updater import swap
from scanner.knowledge.updater.bring import Raw, Refusal
from scanner.knowledge.updater.feed import Feed, Parsed, Row
from scanner.knowledge.updater.held import Facts, facts, reading

SHRUNK: Final = 2
"""A feed with fewer than one in this many of last time's entries is not whole."""
LOCAL: Final = "local"
RECOG: Final = "recog"


class Given(Struct, frozen=True, kw_only=True):
    """What an operator wants taken in."""

    raws: tuple[Raw, ...] = ()
    local: Path | None = None
    """A `local.toml` to put in place of the one before."""
    recog: Path | None = None
    """A folder of Recog fingerprints to put in place of those before."""
    same: tuple[str, ...] = ()
    """Feeds that their servers say have not changed."""
    lenient: bool = False
    """Take feeds that shrank or are older than what is here: the operator has looked at them."""


class Taken(Struct, frozen=True, kw_only=True):
    """What came of it."""

    base: Installed
    feeds: tuple[str, ...]
    """Feeds that came in."""
    refused: tuple[Refusal, ...]
    notes: tuple[str, ...]
    """What was left out, in words."""


def take(home: Path, made: Path, given: Given, now: datetime, program: str) -> Taken:
    """Make a base in the empty folder `made` out of the one in use and what is given, and put it in place.

    Feeds that may not come in are refused one by one; DataError when nothing is left to take in, or when tables do not
    fit together; StoreError when the disk does not take it. Whatever is raised, what was in use stays in use.
    """
    before = installed.current(home)
    states = dict(before.manifest.feeds) if before else {}
    if before:
        for name in ("tables", RECOG):
            if (before.folder / name).is_dir():
                shutil.copytree(before.folder / name, made / name)
    notes: list[str] = []
    refused: list[Refusal] = []
    upon = shipped_base.shipped()
    with facts(upon) as held:
        for folder in installed.overlays(made):
            held.add({path.stem: _earlier(path) for path in folder.glob("*.csv")})
        for raw in given.raws:
            try:
                parsed = _checked(raw, held, states.get(raw.feed.name), now, lenient=given.lenient)
            except DataError as error:
                refused.append(Refusal(feed=raw.feed.name, why=str(error)))
                continue
            held.add(parsed.tables)
            _write(made / "tables" / raw.feed.name, raw.feed, parsed, held)
            states[raw.feed.name] = _state(raw, parsed)
            notes += [f"{raw.feed.name}: left out {one}" for one in parsed.left_out]
        if given.local:
            states[LOCAL] = _local(made / "tables" / LOCAL, given.local, held, now)
    came = tuple(raw.feed.name for raw in given.raws if raw.feed.name not in {one.feed for one in refused})
    for name in given.same:
        if name in states:
            states[name] = msgspec.structs.replace(states[name], fetched=now)
    if given.recog:
        states[RECOG], skipped = _recog(made / RECOG, given.recog, now)
        notes += skipped
    if not (came or given.same or given.local or given.recog):
        raise DataError("; ".join(f"{one.feed}: {one.why}" for one in refused) or "nothing to take in")
    manifest = _built(made, upon, states, now, program)
    base = swap.put(home, made, manifest.id)
    return Taken(base=base, feeds=came, refused=tuple(refused), notes=tuple(notes))


def _checked(raw: Raw, held: Facts, last: FeedState | None, now: datetime, *, lenient: bool) -> Parsed:
    """Read a feed and hold it against the last one: smaller by half, older or of the future is not the feed."""
    feed = raw.feed
    parsed = feed.read(raw.paths, held)
    if parsed.dated == date.min:
        parsed = msgspec.structs.replace(parsed, dated=raw.fetched.date())
    if parsed.dated > now.date() + timedelta(days=1):
        raise DataError(f"dated {parsed.dated}, which is still to come: check this machine's clock")
    if lenient:
        return parsed
    more = "; --accept takes it all the same"
    floor = feed.least
    if not feed.delta:
        floor = max(floor, (last.rows if last else held.count(feed.counts) if feed.counts else 0) // SHRUNK)
        if last and parsed.dated < last.dated:
            raise DataError(f"dated {parsed.dated}, older than the one in use ({last.dated}){more}")
    if parsed.rows < floor:
        raise DataError(f"only {parsed.rows:,} entries, where {floor:,} would be few: not whole{more}")
    return parsed


def _state(raw: Raw, parsed: Parsed) -> FeedState:
    return FeedState(
        title=raw.feed.title,
        dated=parsed.dated,
        fetched=raw.fetched,
        rows=parsed.rows,
        origin=raw.origin,
        licence=raw.feed.licence,
        notice=raw.feed.notice,
        left_out=parsed.left_out,
        stamps={
            name: msgspec.to_builtins(stamp)
            for name, stamp in raw.stamps.items()
            if stamp.etag or stamp.modified
        },
    )


def _write(folder: Path, feed: Feed, parsed: Parsed, held: Facts) -> None:
    """Write a feed's tables, in the columns that the base wants; a delta's rows join those of earlier runs."""
    sources = []
    for name, rows in parsed.tables.items():
        told = {"source": feed.title, "looked_up": parsed.dated.isoformat(), "confidence": "high"}
        rows = tuple({**told, **row} for row in rows)  # noqa: PLW2901  the same rows, and where they are from
        if feed.delta:
            rows = (*_earlier(folder / f"{name}.csv"), *rows)  # noqa: PLW2901  the same rows, and more
        table(folder, name, rows)
        # what an owner of data wants said is said wherever its source is: in every report
        source, licence = f"{feed.title}. {feed.notice}" if feed.notice else feed.title, feed.licence
        if not TABLES[name].whole:
            # what was there stays under it
            source, licence = (
                new if new in old else f"{new}; {old}"
                for new, old in zip((source, licence), held.source(name), strict=True)
            )
        sources.append(
            {"table": name, "dated": parsed.dated.isoformat(), "source": source, "licence": licence}
        )
    _csv(folder / "sources.csv", ("table", "dated", "source", "licence"), sources)
    if feed.notice:
        (folder / "NOTICE.txt").write_text(f"{feed.title}\n{feed.licence}\n{feed.notice}\n", encoding="utf-8")


def table(folder: Path, name: str, rows: Sequence[Row]) -> None:
    """Write one table sorted by its key; of rows with the same key the last one stays."""
    shape = TABLES[name]
    kept = {tuple(row.get(part, "") for part in shape.key): row for row in rows}
    _csv(
        folder / f"{name}.csv", [column.name for column in shape.columns], [kept[key] for key in sorted(kept)]
    )


def _earlier(path: Path) -> Sequence[Row]:
    if not path.is_file():
        return ()
    with path.open(newline="", encoding="utf-8") as file:
        return tuple(csv.DictReader(file))


def _csv(path: Path, columns: Sequence[str], rows: Sequence[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, restval="", extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _local(folder: Path, path: Path, held: Facts, now: datetime) -> FeedState:
    """Put the owner's own table in place."""
    rows = local.read(path, held, now.date())
    told = {"looked_up": now.date().isoformat(), "confidence": "high"}
    shutil.rmtree(folder, ignore_errors=True)
    for name, found in rows.items():
        table(folder, name, tuple({**told, **row} for row in found))
    return FeedState(
        title="What only the owner knows (local.toml)",
        dated=now.date(),
        fetched=now,
        rows=sum(map(len, rows.values())),
        origin=str(path),
        licence="the owner's",
    )


def _recog(folder: Path, path: Path, now: datetime) -> tuple[FeedState, list[str]]:
    """Put a user's fingerprints in place."""
    content = recog.read(path)
    shutil.rmtree(folder, ignore_errors=True)
    recog.save(content, folder)
    whys: dict[str, int] = {}
    for one in content.skipped:
        why = one.why.partition(":")[0]
        whys[why] = whys.get(why, 0) + 1
    notes = [f"recog: left out {count:,} fingerprints: {why}" for why, count in sorted(whys.items())]
    state = FeedState(
        title="Recog content of the user's own",
        dated=now.date(),
        fetched=now,
        rows=sum(map(len, content.rules.values())),
        origin=str(path),
        licence="its own: see the folder that it came from",
        left_out=tuple(note.removeprefix("recog: left out ") for note in notes),
    )
    return state, notes


def _built(made: Path, upon: Path, states: Mapping[str, FeedState], now: datetime, program: str) -> Manifest:
    """Build kb.sqlite beside the tables, check it, and write the manifest."""
    database = made / "kb.sqlite"
    overlays = installed.overlays(made)
    try:
        build(overlays, database, upon)
        whole(database)
    except sqlite3.Error as error:
        raise StoreError(f"{database}: cannot build: {error}; what was there stays in use") from error
    files = hashes(made)
    digest = hashlib.sha256(msgspec.json.encode([shipped_base.content(upon), files])).hexdigest()
    manifest = Manifest(
        schema=installed.SCHEMA,
        id=f"{now:%Y%m%d}-{digest[:8]}",
        made=now,
        program=program,
        built_on=shipped_base.content(upon),
        feeds=states,
        files=files,
        size=database.stat().st_size,
    )
    (made / "manifest.json").write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n")
    return manifest


def whole(database: Path) -> None:
    """Have SQLite look at every page; DataError when one is wrong."""
    with reading(database) as rows:
        said = [row[0] for row in rows.execute("PRAGMA integrity_check(3)")]
    if said != ["ok"]:
        raise DataError(f"{database}: not whole: {'; '.join(said)}")


def hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every file below a folder but its manifest, by path."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != "manifest.json":
            with path.open("rb") as file:
                found[path.relative_to(folder).as_posix()] = hashlib.file_digest(file, "sha256").hexdigest()
    return found
