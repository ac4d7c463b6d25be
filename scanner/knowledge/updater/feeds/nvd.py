"""NVD's API 2.0, the CVEs that are in KEV: which versions are affected, and under which conditions."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final

from msgspec import Meta, Struct, field

from scanner.errors import DataError
from scanner.knowledge.updater import raw
from scanner.knowledge.updater.feed import MB, Arrived, Feed, Held, Parsed, Remote, Row
from scanner.knowledge.updater.feeds.kev import Cve
from scanner.knowledge.updater.fetch import Stamp, Web

PAGE: Final = 2000
"""The most that the API gives at once."""
PAUSE: Final = 6.0
"""Seconds between two requests that NVD asks for; with a key, a tenth."""
_PRODUCT: Final = re.compile(r"[a-z0-9_.+-]+:[a-z0-9_.+!~/-]+")


class _Match(Struct, frozen=True, rename="camel"):
    vulnerable: bool
    criteria: Annotated[str, Meta(pattern=r"^cpe:2\.3:[aoh*-]:")]
    version_start_including: str = ""
    version_start_excluding: str = ""
    version_end_including: str = ""
    version_end_excluding: str = ""


class _Node(Struct, frozen=True, rename="camel"):
    operator: str = "OR"
    negate: bool = False
    cpe_match: tuple[_Match, ...] = ()


class _Configuration(Struct, frozen=True):
    nodes: tuple[_Node, ...]
    operator: str = "OR"
    negate: bool = False


class _Cvss(Struct, frozen=True, rename="camel"):
    base_score: Annotated[float, Meta(ge=0, le=10)]


class _Metric(Struct, frozen=True, rename="camel"):
    cvss_data: _Cvss
    type: str = "Primary"


class _Metrics(Struct, frozen=True):
    v4: tuple[_Metric, ...] = field(name="cvssMetricV40", default=())
    v31: tuple[_Metric, ...] = field(name="cvssMetricV31", default=())
    v30: tuple[_Metric, ...] = field(name="cvssMetricV30", default=())
    v2: tuple[_Metric, ...] = field(name="cvssMetricV2", default=())


class _Cve(Struct, frozen=True):
    id: Cve
    published: str
    configurations: tuple[_Configuration, ...] = ()
    metrics: _Metrics = _Metrics()


class _Item(Struct, frozen=True):
    cve: _Cve


class _Page(Struct, frozen=True, rename="camel"):
    start_index: int
    total_results: int
    timestamp: str
    vulnerabilities: tuple[_Item, ...]


class _Count(Struct, frozen=True, rename="camel"):
    total_results: int


def read(paths: Sequence[Path], held: Held) -> Parsed:
    """One row for each affected range, and each CVE's base score."""
    pages = [raw.decoded(path.name, raw.content(path, 120 * MB), _Page) for path in sorted(paths)]
    found = [item.cve for page in pages for item in page.vulnerabilities]
    total = pages[0].total_results
    if {page.total_results for page in pages} != {total} or len(found) != total:
        raise DataError(
            f"{paths[0].name}: NVD has {total:,} entries, but these pages hold {len(found):,}: fetch again"
        )
    dated = max(raw.day(path.name, page.timestamp) for path, page in zip(sorted(paths), pages, strict=True))
    told = {"source": "NVD", "looked_up": dated.isoformat(), "confidence": "high"}
    affected: dict[tuple[str, ...], Row] = {}
    skipped = 0
    for cve in found:
        for row in _affects(cve, held):
            if row is None:
                skipped += 1
            else:
                affected[tuple(row.values())] = {**row, **told}
    return Parsed(
        tables={
            "affected": tuple(affected.values()),
            "cvss": tuple({**row, **told} for row in _scores(found)),
        },
        dated=dated,
        rows=total,
        left_out=(f"{skipped:,} version ranges whose condition cannot be put into words",) if skipped else (),
    )


def gather(web: Web, root: str, folder: Path, _earlier: Mapping[str, Stamp], key: str) -> Sequence[Arrived]:
    """Fetch page after page, no faster than NVD asks for."""
    came: list[Arrived] = []
    total = 1
    while len(came) * PAGE < total:
        if came:
            web.pause(PAUSE / 10 if key else PAUSE)
        start = len(came) * PAGE
        name = f"nvd-{start:06}.json"
        url = f"{root}{'&' if '?' in root else '?'}hasKev&resultsPerPage={PAGE}&startIndex={start}"
        got = web.get((url,), folder / name, cap=80 * MB, headers={"apiKey": key} if key else {})
        total = raw.decoded(name, raw.content(folder / name, 120 * MB), _Count).total_results
        if total > 50 * PAGE:
            raise DataError(f"{name}: {total:,} entries in KEV cannot be")
        came.append(Arrived(name=name, got=got))
    return came


def _scores(found: Sequence[_Cve]) -> Iterator[Row]:
    for cve in found:
        sets = (cve.metrics.v31, cve.metrics.v30, cve.metrics.v4, cve.metrics.v2)
        first = next((metrics for metrics in sets if metrics), ())
        best = next((one for one in first if one.type == "Primary"), first[0] if first else None)
        if best is not None:
            yield {"cve": cve.id, "score": f"{best.cvss_data.base_score:g}"}


def _affects(cve: _Cve, held: Held) -> Iterator[Row | None]:
    """Rows of one CVE; None for a range that would be wrong without a condition which we cannot express."""
    for configuration in cve.configurations:
        every = configuration.operator == "AND"
        for at, node in enumerate(configuration.nodes):
            others = [one for other, one in enumerate(configuration.nodes) if every and other != at]
            for match in node.cpe_match:
                if not match.vulnerable:
                    continue
                if configuration.negate or node.negate or any(one.negate for one in others):
                    yield None
                    continue
                row = _range(cve.id, match, held)
                running = [_with(one) for one in others]
                yield (
                    None
                    if row is None
                    else {**row, "condition": "; ".join(filter(None, [row["condition"], *running]))}
                )


def _with(node: _Node) -> str:
    """What must be there too, in words: `with cisco:rv320 or cisco:rv325`."""
    names = [_named(match) for match in node.cpe_match]
    more = f" or {len(names) - 6} others" if len(names) > 6 else ""
    return f"with {' or '.join(dict.fromkeys(names[:6]))}{more}" if names else ""


def _named(match: _Match) -> str:
    parts = split(match.criteria)
    bounds = _bounds(match)
    return " ".join(
        filter(None, [f"{parts[3]}:{parts[4]}", parts[5] if parts[5] not in "*-" else "", bounds])
    )


def _bounds(match: _Match) -> str:
    pairs = (
        (">=", match.version_start_including), (">", match.version_start_excluding),
        ("<=", match.version_end_including), ("<", match.version_end_excluding),
    )  # fmt: skip
    return " ".join(f"{sign}{version}" for sign, version in pairs if version)


def _range(cve: str, match: _Match, held: Held) -> Row | None:
    parts = split(match.criteria)
    product = held.product(match.criteria) or f"{parts[3]}:{parts[4]}".lower()
    if not _PRODUCT.fullmatch(product):
        return None
    exact = parts[5] if parts[5] not in "*-" else ""
    # update, edition, software edition, target software and hardware (NISTIR 7695, 6.2)
    narrow = [
        f"{name} {parts[at]}"
        for at, name in ((6, "update"), (7, "edition"), (9, "edition"), (10, "on"), (11, "on"))
        if parts[at] not in "*-"
    ]
    if match.version_start_excluding:
        narrow.append(f"not {match.version_start_excluding} itself")
    return {
        "cve": cve,
        "product": product,
        "start": match.version_start_including or match.version_start_excluding or exact,
        "below": match.version_end_excluding,
        "upto": match.version_end_including or exact,
        "condition": raw.known(", ".join(narrow)),
    }


def split(criteria: str) -> list[str]:
    r"""The thirteen parts of a CPE 2.3 name, quoting removed (`\:` is a colon inside a part)."""
    parts = [re.sub(r"\\(.)", r"\1", part) for part in re.split(r"(?<!\\):", criteria)]
    return (parts + ["*"] * 13)[:13]


FEED: Final = Feed(
    name="nvd",
    title="NVD: affected versions of the CVEs in KEV",
    licence="public domain",
    files=(
        Remote(
            name="nvd-000000.json", urls=("https://services.nvd.nist.gov/rest/json/cves/2.0",), cap=80 * MB
        ),
    ),
    read=read,
    accepts=("nvd-*.json",),
    gather=gather,
    notice="This product uses data from the NVD API but is not endorsed or certified by the NVD.",
    least=500,
)
