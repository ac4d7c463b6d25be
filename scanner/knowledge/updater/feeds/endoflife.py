"""endoflife.date's API, all products in one file: when support of each branch ends."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Final

from msgspec import Struct

from scanner.knowledge.updater import raw
from scanner.knowledge.updater.feed import MB, Feed, Held, Parsed, Remote, Row
from scanner.knowledge.updater.feeds import windows

SOURCE: Final = "endoflife.date"
_UNSURE: Final = frozenset({"low", "unverified"})


class _Identifier(Struct, frozen=True):
    type: str
    id: str


class _Latest(Struct, frozen=True):
    name: str | None = None


class _Release(Struct, frozen=True, rename="camel"):
    name: str
    latest: _Latest | None = None
    release_date: str | None = None
    eol_from: str | None = None
    is_eol: bool = False
    eoes_from: str | None = None
    is_maintained: bool = True


class _Product(Struct, frozen=True):
    name: str
    label: str
    identifiers: tuple[_Identifier, ...] = ()
    releases: tuple[_Release, ...] = ()


class _Full(Struct, frozen=True):
    schema_version: str
    generated_at: str
    total: int
    result: tuple[_Product, ...]


def read(paths: Sequence[Path], held: Held) -> Parsed:
    """Branches of products that we hold: new ones, and new dates for rows that came from here or were weak.

    A row that a person took from the maker's own page stands: it is better evidence.
    """
    (path,) = paths
    full = raw.decoded(path.name, raw.content(path, 80 * MB), _Full)
    dated = raw.day(path.name, full.generated_at)
    since = held.dated("branches"), held.dated("windows_builds")
    rows: list[Row] = []
    builds: list[Row] = []
    seen: set[str] = set()
    left: list[Row] = []
    unknown = 0
    for product in full.result:
        if product.name in {windows.CLIENT, windows.SERVER}:
            for row in _builds(path.name, product, dated):
                before: Sequence[Row] = [one for _, one in held.windows(row["build"])]
                # a build that no table has is new by itself
                (builds if not before or _better(row, before, since[1]) else left).append(row)
            continue
        ours = sorted({one for one in map(held.product, _names(product)) if one} - seen)
        unknown += not ours
        for name in ours[:1]:
            seen.add(name)
            before = held.branches(name)
            for row in _rows(path.name, name, product, before, dated):
                (rows if _better(row, before, since[0]) else left).append(row)
    return Parsed(
        tables={"branches": tuple(rows), "windows_builds": tuple(builds)},
        dated=dated,
        rows=len(full.result),
        left_out=(
            f"{unknown:,} products that no table of ours names",
            f"{len(left):,} dates that we have from better evidence, or do without on purpose",
        ),
    )


def _names(product: _Product) -> Iterator[str]:
    for one in product.identifiers:
        if one.type == "cpe":
            if one.id.startswith("cpe:2.3:"):
                yield one.id
            else:
                # cpe:/a:vendor:product, the older binding (NISTIR 7695, 6.1)
                part, *rest = one.id.removeprefix("cpe:/").split(":")
                yield ":".join(["cpe:2.3", part, *rest])
    yield product.label


def _builds(name: str, product: _Product, dated: date) -> Iterator[Row]:
    """The rows of Windows, which is judged by its build and not by its version."""
    for one in product.releases:
        days = [
            raw.day(name, text) if text else None for text in (one.release_date, one.eol_from, one.eoes_from)
        ]
        build = (one.latest.name if one.latest else None) or ""
        yield from windows.rows(windows.Cycle(product.name, one.name, build, *days), dated)


def _rows(name: str, ours: str, product: _Product, before: Sequence[Row], dated: date) -> Iterator[Row]:
    longer = _longer(before)
    for one in product.releases:
        ends = {"standard": one.eol_from, longer: one.eoes_from}
        for edition, end in ends.items():
            if end is None and (edition != "standard" or one.is_eol):
                continue
            open_ended = end is None and one.is_maintained
            released = raw.day(name, one.release_date).isoformat() if one.release_date else ""
            last = raw.day(name, end).isoformat() if end else ""
            label = f"{product.label} {one.name}" + (f", {edition} support" if edition != "standard" else "")
            yield {
                "product": ours,
                "branch": raw.known(one.name),
                "edition": edition,
                "label": raw.known(label),
                "released": released if not last or released <= last else "",
                "ends": last,
                "open_ended": "yes" if open_ended else "no",
                "aliases": _aliases(before, one.name),
                "source": f"{SOURCE} {dated}",
                "looked_up": dated.isoformat(),
                "confidence": "high",
            }


def _longer(before: Sequence[Row]) -> str:
    """What this product's paid extension is called in our tables: `esm`, `elts`; `extended` where we have none."""
    names = Counter(row["edition"] for row in before if row["edition"] not in {"standard", "distro"})
    return min(names, key=lambda name: (-names[name], name)) if names else "extended"


def _aliases(before: Sequence[Row], branch: str) -> str:
    return next((row["aliases"] for row in before if row["branch"] == branch), "")


def _better(row: Row, before: Sequence[Row], since: date) -> bool:
    """Whether a row may stand over what we have for its branch, or be a branch that is new since our table's day.

    What we lack though it was there that day was left out on purpose: a distribution mends it, or the feed calls it
    otherwise than devices do.
    """
    same = [
        one
        for one in before
        if (one["product"], one["branch"]) == (row["product"], row["branch"]) and one["edition"] != "distro"
    ]
    if not same:
        return bool(before) and row["released"] > since.isoformat()
    if not row["ends"]:
        return False  # it only says that it knows no end
    this = [one for one in same if one["edition"] == row["edition"]]
    if this:
        return all(_weak(one, row) for one in this)
    # a longer contract that we did not know of
    return all(one["source"].startswith(SOURCE) and one["ends"] < row["ends"] for one in same if one["ends"])


def _weak(one: Row, row: Row) -> bool:
    """Whether a row of ours gives way: one from memory to any date, one from here to a later date alone.

    An earlier date is more often that of a service pack, or of one contract of several, than support that was cut
    short; and to call a device unsupported that is not is the worse mistake.
    """
    if one["confidence"] in _UNSURE:
        return True
    return one["source"].startswith(SOURCE) and one["ends"] < row["ends"]


FEED: Final = Feed(
    name="endoflife",
    title="endoflife.date",
    licence="MIT (endoflife.date); dates are facts",
    files=(
        Remote(
            name="endoflife-full.json", urls=("https://endoflife.date/api/v1/products/full",), cap=60 * MB
        ),
    ),
    read=read,
    accepts=("endoflife*.json",),
    least=100,
)
