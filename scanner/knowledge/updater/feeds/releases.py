"""endoflife.date's release data: when each version came out, one JSON file a product in one archive."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Final

from msgspec import Struct

from scanner.errors import DataError
from scanner.knowledge.updater import raw
from scanner.knowledge.updater.feed import MB, Feed, Held, Parsed, Remote, Row


class _Version(Struct, frozen=True):
    date: str


class _File(Struct, frozen=True):
    versions: Mapping[str, _Version]


def read(paths: Sequence[Path], held: Held) -> Parsed:
    """Versions of products that we hold and do not have an earlier date for: every source gives an upper bound."""
    rows: list[Row] = []
    files, unknown, newest = 0, 0, date.min
    for name, data in raw.members(paths, r"[a-z0-9._-]+\.json", 400 * MB):
        found = raw.decoded(name, raw.checked(name, data), _File)
        files += 1
        days = {version: raw.day(name, one.date) for version, one in found.versions.items()}
        newest = max(newest, *days.values()) if days else newest
        slug = name.removesuffix(".json").replace("-", " ")
        product = held.product(slug)
        if product is None:
            unknown += 1
            continue
        before = held.released(product)
        rows += [
            {
                "product": product, "version": raw.known(version), "day": day.isoformat(), "precision": "day",
                "kind": "maker", "source": "endoflife.date release data",
            }
            for version, day in days.items()
            if day < before.get(version, date.max)
        ]  # fmt: skip
    if not rows and files == 0:
        raise DataError(f"{paths[0].name}: no releases in it")
    return Parsed(
        tables={"releases": tuple({(row["product"], row["version"]): row for row in rows}.values())},
        dated=newest,
        rows=files,
        left_out=(f"{unknown:,} products that no table of ours names",),
    )


FEED: Final = Feed(
    name="releases",
    title="endoflife.date release data",
    licence="MIT (endoflife.date); dates are facts",
    files=(
        Remote(
            name="release-data.tar.gz",
            urls=("https://codeload.github.com/endoflife-date/release-data/tar.gz/refs/heads/main",),
            cap=100 * MB,
        ),
    ),
    read=read,
    accepts=("release-data*.tar.gz", "release-data*.zip", "release-data"),
    least=20,
)
