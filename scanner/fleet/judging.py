"""Judge a group of sites one by one: side by side in processes, and again only where something is new.

A site's judgement is that of its own log, its own scope and what people said here; so it does not depend on what else
the centre knows, it fits into memory however many sites there are, and what was judged before may be kept. What one
site could do to another is not in it: that is `pipeline.assess` of the whole log, for as many sites as fit.
"""

import gc
import hashlib
import os
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from datetime import datetime
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from scanner.errors import StoreError
from scanner.identify import keys
from scanner.knowledge.base import Base, open_base
from scanner.model.assessment import Assessment, Judged
from scanner.model.decision import Decision
from scanner.model.run import Run
from scanner.pipeline import assess
from scanner.report import decisions, html, jsonout, line
from scanner.report.news import News, news
from scanner.report.save import save
from scanner.since import compared
from scanner.store import parts
from scanner.store.parts import Mark
from scanner.store.store import Store, open_store

_HERE: Final = "_here"
"""The file of what was seen here: no site may be called so."""
_PACKED: Final = 1
"""Level of zlib: a judgement is one part in fifteen of its JSON already then."""
WORST: Final = 10
"""Devices of a site that an overview of all sites names."""
_TREND: Final = 1
"""Looks before the last two that are judged again: by them it is known what was there before and went."""
_LAZY: Final = 200_000
"""New objects between two looks for cycles: what is made of a log stays until the site is done."""


class Worst(Struct, frozen=True, kw_only=True):
    """One of the most dangerous devices of a site."""

    name: str
    kind: str
    what: str
    """What it runs; empty = not known."""
    zones: tuple[str, ...]
    support: str
    band: str
    score: int
    """0..100, within its own site."""


class Told(Struct, frozen=True, kw_only=True):
    """What is known of a site without opening its judgement."""

    site: str | None
    """None = here."""
    key: str
    """Of everything that the judgement rests on."""
    now: datetime
    """As of when it was judged."""
    rows: int
    """Observations."""
    devices: int
    bands: Mapping[str, int]
    """How many devices stand in each band."""
    support: Mapping[str, int]
    """How many have each support verdict."""
    loss: float
    """Expected loss from one foothold at this site, in endpoints."""
    weight: float
    """All of its devices, in endpoints."""
    critical: int
    """Devices marked critical."""
    reached: float
    """How many of those one foothold at this site reaches in the mean."""
    worst: tuple[Worst, ...]
    """Highest score first, at most `WORST`."""
    cards: tuple[str, ...]
    """Cards that came with a device, sorted: one that two sites show has moved, or is there twice."""
    news: News | None = None
    """What changed since the look before its last; None where it was looked at once, or nobody asked."""


class Work(Struct, frozen=True, kw_only=True):
    """Where judgements are made and kept."""

    where: Path | str
    """The store: a file, or the URL of a database."""
    engagement: str
    folder: Path
    """Where judgements are kept; what lies there can be taken away at any time."""
    knowledge: Path | None = None
    """The engagement's folder, whose pinned knowledge and decisions count; None = what is installed, and no decisions."""
    reports: Path | None = None
    """Where each site's report is written when it is judged; None = nowhere."""
    steps: int = 0
    """Steps of each site's plan."""
    since: bool = False
    """Whether each site's last look is compared with the one before: three judgements more of a site that is judged."""


def judge(work: Work, now: datetime, processes: int | None = None) -> tuple[tuple[Told, ...], int]:
    """Judge what is new, as of now; give every site's word, here first, and how many were judged.

    A judgement of the same day (UTC) is kept as it is while the site's rows, its runs, what people said here, the
    knowledge and the program are the same. `processes` at a time, by default one a processor; the largest sites first.
    Raise StoreError when the store cannot be read, or the folder not be written.
    """
    _make(work.folder)
    base = open_base(engagement=work.knowledge)
    with open_store(work.where, work.engagement) as store:
        wanted = _wanted(work, store, base, now)
    kept = {
        site: read
        for site, (_, key) in wanted.items()
        if (read := _kept(work, site)) and read.key == key and _reported(work, site)
    }
    due = sorted(
        (site for site in wanted if site not in kept), key=lambda site: (-wanted[site][0], site or "")
    )
    made = {
        told.site: told
        for told in _side_by_side(work, [(site, wanted[site][1]) for site in due], now, processes)
    }
    return tuple((kept | made)[site] for site in sorted(wanted, key=lambda one: one or "")), len(due)


def judgement(work: Work, site: str | None) -> Assessment:
    """The last judgement of a site, whole; raise StoreError when there is none that can be read."""
    path = _path(work, site)
    try:
        _, _, packed = path.read_bytes().partition(b"\n")
        return msgspec.json.decode(zlib.decompress(packed), type=Assessment)
    except (OSError, zlib.error, msgspec.DecodeError) as error:
        raise StoreError(f"{path}: no judgement that can be read: {error}; judge again") from error


def wandering(told: Iterable[Told]) -> Mapping[str, tuple[str, ...]]:
    """Cards that several sites show, with those sites: moved from site to site, or two cards of one number."""
    seen: dict[str, list[str]] = {}
    for one in told:
        for card in one.cards:
            seen.setdefault(card, []).append(one.site or "here")
    return {card: tuple(sorted(sites)) for card, sites in sorted(seen.items()) if len(sites) > 1}


def judge_one(work: Work, store: Store, base: Base, site: str | None, key: str, now: datetime) -> Told:
    """Judge one site and keep that, and its report where one is wanted."""
    log = parts.part(store, site)
    said = () if site is None else parts.words(store)
    runs = [run for run in store.runs(everywhere=True) if run.site == site]
    runs[-1] = msgspec.structs.replace(runs[-1], decisions=_decided(work)) if work.knowledge else runs[-1]
    kept = parts.days(store, site)
    found = assess((*said, *log), runs, base, now, kept, steps=work.steps)
    found = compared(found, (*said, *log), kept, base, _TREND) if work.since else found
    told = Told(
        site=site, key=key, now=now, rows=len(log), devices=len(found.devices),
        bands=Counter(str(one.risk.band) for one in found.devices),
        support=Counter(str(one.age.support) for one in found.devices),
        loss=found.network.expected_loss, weight=found.network.total_weight,
        critical=found.network.critical_assets, reached=found.network.critical_reached,
        worst=tuple(map(_worst, found.devices[:WORST])),
        cards=tuple(sorted({card for one in found.devices for leg in one.device.legs if (card := leg.mac)
                            and keys.burnt_in(card) and not keys.virtual(card)})),
        news=news(found.since) if found.since else None,
    )  # fmt: skip
    if work.reports is not None:
        save(report(work.reports, site), html.render(found))
        save(report(work.reports, site).with_suffix(".json"), jsonout.assessment(found))
    _keep(_path(work, site), told, found)
    return told


def report(folder: Path, site: str | None) -> Path:
    """The page of a site among the reports in a folder."""
    return folder / f"{site or _HERE}.html"


def _worst(of: Judged) -> Worst:
    return Worst(
        name=of.device.name, kind=str(of.device.kind), what=line.subject(of) or "", zones=of.device.zones,
        support=str(of.age.support), band=str(of.risk.band), score=of.risk.score,
    )  # fmt: skip


def _decided(work: Work) -> tuple[Decision, ...]:
    return decisions.read(work.knowledge / decisions.FILE) if work.knowledge else ()


def _reported(work: Work, site: str | None) -> bool:
    return work.reports is None or report(work.reports, site).exists()


def _wanted(work: Work, store: Store, base: Base, now: datetime) -> dict[str | None, tuple[int, str]]:
    """Every site that has a run, with how many rows it has, and the key of what its judgement rests on."""
    marks, runs = parts.marks(store), dict[str | None, list[Run]]()
    for run in store.runs(everywhere=True):
        runs.setdefault(run.site, []).append(run)
    whole = (
        version("stalehost"),
        base.version,
        f"{now:%Y-%m-%d}",
        [msgspec.to_builtins(one) for one in parts.words(store)],
        [msgspec.to_builtins(one) for one in _decided(work)],
        work.steps,
        work.since,
    )
    nothing = Mark(0, "")
    return {
        site: (
            (mark := marks.get(site, nothing)).rows,
            hashlib.sha256(msgspec.json.encode((whole, site, mark, made), order="deterministic")).hexdigest(),
        )
        for site, made in runs.items()
    }


def _side_by_side(
    work: Work, due: Sequence[tuple[str | None, str]], now: datetime, processes: int | None
) -> Iterator[Told]:
    many = min(len(due), processes or os.cpu_count() or 1)
    if many <= 1:
        base = open_base(engagement=work.knowledge)
        with open_store(work.where, work.engagement) as store:
            yield from (judge_one(work, store, base, site, key, now) for site, key in due)
        return
    # a fresh interpreter each: no connection of ours is ever in two processes
    with ProcessPoolExecutor(many, get_context("spawn"), _begin, (work,)) as pool:
        yield from pool.map(_one, [(site, key, now) for site, key in due])


_OPEN: Final[list[tuple[Work, Store, Base]]] = []
"""Of a process that judges: what it was begun with, for all sites that it gets."""


def _begin(work: Work) -> None:
    gc.set_threshold(_LAZY, 20, 50)
    _OPEN.append((work, open_store(work.where, work.engagement), open_base(engagement=work.knowledge)))


def _one(task: tuple[str | None, str, datetime]) -> Told:
    ((work, store, base),) = _OPEN
    return judge_one(work, store, base, *task)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{folder}: {error.strerror}") from error


def _path(work: Work, site: str | None) -> Path:
    return work.folder / f"{site or _HERE}.judged"


def _kept(work: Work, site: str | None) -> Told | None:
    """What is kept of a site; None where nothing is, and where it cannot be read: then it is judged again."""
    with suppress(OSError, msgspec.DecodeError), _path(work, site).open("rb") as file:
        return msgspec.json.decode(file.readline(), type=Told)
    return None


def _keep(path: Path, told: Told, found: Assessment) -> None:
    part = path.with_suffix(".part")
    try:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.json.encode(told) + b"\n" + zlib.compress(msgspec.json.encode(found), _PACKED))
        part.rename(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise StoreError(f"{path}: {error.strerror}") from error
