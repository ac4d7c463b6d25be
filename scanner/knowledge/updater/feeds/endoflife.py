"""endoflife.date's API, all products in one file: when support of each branch ends."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Final

from msgspec import Struct

from scanner.knowledge.updater import raw
from scanner.knowledge.updater.feed import MB, Feed, Held, Parsed, Remote, Row

SOURCE: Final = "endoflife.date"
_WEAK: Final = frozenset({"low", "unverified"})


class _Identifier(Struct, frozen=True):
    type: str
    id: str


class _Release(Struct, frozen=True, rename="camel"):
    name: str
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
    rows: list[Row] = []
    seen: set[str] = set()
    kept = unknown = 0
    for product in full.result:
        ours = sorted({one for one in map(held.product, _names(product)) if one} - seen)
        unknown += not ours
        for name in ours[:1]:
            seen.add(name)
            before = held.branches(name)
            for row in _rows(path.name, name, product, before, dated):
                if _better(row, before):
                    rows.append(row)
                else:
                    kept += 1
    return Parsed(
        tables={"branches": tuple(rows)},
        dated=dated,
        rows=len(full.result),
        left_out=(
            f"{unknown:,} products that no table of ours names",
            f"{kept:,} dates that we have from better evidence",
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


def _better(row: Row, before: Sequence[Row]) -> bool:
    """Whether a row may stand over what we have for its branch."""
    same = [one for one in before if one["branch"] == row["branch"] and one["edition"] != "distro"]
    this = [one for one in same if one["edition"] == row["edition"]]
    return all(one["source"].startswith(SOURCE) or one["confidence"] in _WEAK for one in this or same)


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
