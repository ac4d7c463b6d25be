"""CISA's advisories for control systems and medical devices (CSAF 2.0): the changed ones since last time."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final

from msgspec import Meta, Struct, field

from scanner.errors import DataError, HostError
from scanner.knowledge.updater import raw
from scanner.knowledge.updater.feed import MB, Arrived, Feed, Held, Parsed, Remote, Row
from scanner.knowledge.updater.fetch import Stamp, Web, host_of, joined

MOST: Final = 500
"""Documents fetched in one run; the next run goes on where this one ended."""
MISSED: Final = 5
"""Documents of one run that may be listed and not there."""
PAUSE: Final = 0.2
"""Seconds between two documents."""
CHANGES: Final = "csaf-changes.csv"
NOT_SAID: Final = "not said"
"""Where an advisory leaves out maker, product or version."""
_CVE: Final = re.compile(r"CVE-\d{4}-\d{4,7}")
_DEEP: Final = 12
_PATH: Final = re.compile(r"(?:[\w.-]+/){0,4}(?P<name>(?:icsa|icsma)-[\w-]+\.json)", re.IGNORECASE)
_ID: Final = re.compile(r"ICSM?A-\d{2}-\d{3}-\d{2}[A-Z]?", re.IGNORECASE)


class _Product(Struct, frozen=True):
    product_id: str
    name: str = ""


class _Branch(Struct, frozen=True):
    category: str
    name: str
    branches: tuple["_Branch", ...] = ()
    product: _Product | None = None


class _Tree(Struct, frozen=True):
    branches: tuple[_Branch, ...] = ()


class _Cvss(Struct, frozen=True, rename="camel"):
    base_score: Annotated[float, Meta(ge=0, le=10)]


class _Score(Struct, frozen=True):
    cvss: _Cvss | None = field(name="cvss_v3", default=None)


class _Status(Struct, frozen=True):
    known_affected: tuple[str, ...] = ()


class _Vulnerability(Struct, frozen=True):
    cve: str = ""
    product_status: _Status = _Status()
    scores: tuple[_Score, ...] = ()


class _Tracking(Struct, frozen=True):
    id: str
    initial_release_date: str
    current_release_date: str


class _Document(Struct, frozen=True):
    csaf_version: str
    tracking: _Tracking


class _Advisory(Struct, frozen=True):
    document: _Document
    product_tree: _Tree = _Tree()
    vulnerabilities: tuple[_Vulnerability, ...] = ()


class _Place(Struct, frozen=True):
    directory_url: str = ""


class _Provider(Struct, frozen=True):
    distributions: tuple[_Place, ...]


def read(paths: Sequence[Path], _held: Held) -> Parsed:
    """One row for each affected product of each advisory."""
    heads: dict[str, Row] = {}
    rows: dict[tuple[str, ...], Row] = {}
    count, newest, other, odd = 0, "", 0, raw.Odd()
    for name, data in raw.members(
        [path for path in paths if path.suffix != ".csv"], r"[\w.-]+\.json", 2000 * MB
    ):
        if name == "provider-metadata.json":
            continue
        found = odd.decoded(name, data, _Advisory)
        if found is None:
            continue
        if not _ID.fullmatch(found.document.tracking.id):
            other += 1
            continue
        count += 1
        newest = max(newest, found.document.tracking.current_release_date)
        for cves, score, row in _rows(found):
            rows[tuple(row.values())] = row
            before = heads.get(row["advisory"], {"cves": "", "cvss": "0"})
            heads[row["advisory"]] = {
                "id": row["advisory"],
                "day": raw.day(name, found.document.tracking.initial_release_date).isoformat(),
                "cvss": f"{max(score, float(before['cvss'] or 0)):g}",
                "cves": " ".join(sorted({*before["cves"].split(), *cves})),
            }
    odd.check(count)
    if not count:
        raise DataError(f"{paths[0].name}: no advisory named ICSA or ICSMA in it")
    return Parsed(
        tables={
            "advisories": tuple(
                {**row, "cvss": "" if row["cvss"] == "0" else row["cvss"]} for row in heads.values()
            ),
            "advisory_products": tuple(rows.values()),
        },
        dated=raw.day(paths[0].name, newest),
        rows=count,
        left_out=((f"{other:,} documents of other kinds",) if other else ()) + odd.left_out,
    )


def gather(web: Web, root: str, folder: Path, earlier: Mapping[str, Stamp], _key: str) -> Sequence[Arrived]:
    """Fetch the documents that changed since the time in the earlier stamp, oldest first (CSAF 2.0, 7.1.13)."""
    web.get((root,), folder / "provider-metadata.json", cap=MB)
    provider = raw.decoded(
        "provider-metadata.json", raw.content(folder / "provider-metadata.json", MB), _Provider
    )
    (folder / "provider-metadata.json").unlink()
    place = next((one.directory_url for one in provider.distributions if one.directory_url), "")
    if not place:
        raise DataError("provider-metadata.json: names no folder of documents")
    place = joined(root, place if place.endswith("/") else place + "/")
    listed = web.get((joined(place, "changes.csv"),), folder / CHANGES, cap=20 * MB)
    since = earlier.get(CHANGES, Stamp()).modified
    came: list[Arrived] = []
    last, missed = since, 0
    for path, changed in _changed(folder / CHANGES, since):
        name = path.rpartition("/")[2].lower()
        web.pause(PAUSE)
        try:
            got = web.get((joined(place, path),), folder / name, cap=raw.MEMBER)
        except HostError:
            # one document may be gone for good; more than a few, and it is the network
            missed += 1
            if missed > MISSED:
                raise
            continue
        came.append(Arrived(name=name, got=got))
        last = changed
    if listed is not None and came:
        stamp = Stamp(modified=last)
        came.append(
            Arrived(
                name=CHANGES,
                got=type(listed)(url=listed.url, size=listed.size, sha256=listed.sha256, stamp=stamp),
            )
        )
    return came


def _changed(path: Path, since: str) -> list[tuple[str, str]]:
    """Documents and when they changed, oldest first."""
    found = []
    for number, cells in enumerate(csv.reader(raw.text(path, 20 * MB).splitlines()), 1):
        if len(cells) != 2 or not cells[1][:4].isdigit():
            raise DataError(f"{path.name}:{number}: want a path and a time, got {','.join(cells)[:60]!r}")
        # a path that climbs or names another host is none of ours
        if _PATH.fullmatch(cells[0]) and ".." not in cells[0] and not host_of(cells[0]):
            found.append((cells[0], cells[1]))
    found.sort(key=lambda pair: (pair[1], pair[0]))
    return [pair for pair in found if pair[1] > since][:MOST]


def _rows(found: _Advisory) -> Iterator[tuple[set[str], float, Row]]:
    """CVEs, worst score and row of each affected product."""
    tracking = found.document.tracking
    affected: dict[str, tuple[set[str], float]] = {}
    for hole in found.vulnerabilities:
        score = max((one.cvss.base_score for one in hole.scores if one.cvss), default=0.0)
        for product in hole.product_status.known_affected:
            cves, worst = affected.setdefault(product, (set(), 0.0))
            cves.update([hole.cve] if _CVE.fullmatch(hole.cve) else [])
            affected[product] = (cves, max(worst, score))
    for vendor, product, version, ident in _leaves(found.product_tree.branches, "", "", "", _DEEP):
        if ident in affected:
            cves, worst = affected[ident]
            row = {
                "advisory": tracking.id.upper(),
                "vendor": raw.known(vendor) or NOT_SAID,
                "product": raw.known(product) or NOT_SAID,
                "version": raw.known(version) or NOT_SAID,
            }
            yield cves, worst, row


def _leaves(
    branches: Sequence[_Branch], vendor: str, product: str, version: str, deep: int
) -> Iterator[tuple[str, str, str, str]]:
    """Vendor, product, version and id of each product of the tree (CSAF 2.0, 3.1.2.2)."""
    for branch in branches if deep else ():
        here = (
            branch.name if branch.category == "vendor" else vendor,
            branch.name if branch.category == "product_name" else product,
            branch.name if branch.category.startswith("product_version") else version,
        )
        if branch.product is not None:
            yield here[0], here[1] or branch.product.name, here[2], branch.product.product_id
        yield from _leaves(branch.branches, *here, deep - 1)


FEED: Final = Feed(
    name="csaf",
    title="CISA advisories for control systems and medical devices",
    licence="CC0 (CISA)",
    files=(
        Remote(
            name=CHANGES,
            urls=("https://www.cisa.gov/sites/default/files/csaf/provider-metadata.json",),
            cap=20 * MB,
        ),
    ),
    read=read,
    accepts=("icsa-*.json", "icsma-*.json", "csaf*.tar.gz", "csaf*.zip", "csaf"),
    gather=gather,
    delta=True,
    since=(CHANGES, "advisories"),
)
