"""CISA's catalogue of known exploited vulnerabilities, in its JSON feed format."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

from msgspec import Meta, Struct, field

from scanner.errors import DataError
from scanner.knowledge.updater import raw
from scanner.knowledge.updater.feed import MB, Feed, Held, Parsed, Remote

Cve = Annotated[str, Meta(pattern=r"^CVE-\d{4}-\d{4,7}$")]
Day = Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\d$")]


class _Entry(Struct, frozen=True, rename="camel"):
    cve: Cve = field(name="cveID")
    vendor_project: str
    product: str
    date_added: Day
    due_date: Day
    known_ransomware_campaign_use: str = "Unknown"


class _Catalogue(Struct, frozen=True, rename="camel"):
    date_released: str
    count: int
    vulnerabilities: tuple[_Entry, ...]


def read(paths: Sequence[Path], _held: Held) -> Parsed:
    """One row for each CVE, with the day it was added, its deadline and whether ransomware uses it."""
    (path,) = paths
    catalogue = raw.decoded(path.name, raw.content(path, 60 * MB), _Catalogue)
    if len(catalogue.vulnerabilities) != catalogue.count:
        raise DataError(
            f"{path.name}: says that it holds {catalogue.count:,} entries, but there are"
            f" {len(catalogue.vulnerabilities):,}"
        )
    dated = raw.day(path.name, catalogue.date_released)
    rows = tuple(
        {
            "cve": one.cve,
            "vendor": raw.known(one.vendor_project),
            "product": raw.known(one.product),
            "added": one.date_added,
            "due": one.due_date,
            "ransomware": "yes" if one.known_ransomware_campaign_use == "Known" else "no",
            "source": f"CISA KEV {dated}",
            "looked_up": dated.isoformat(),
            "confidence": "high",
        }
        for one in catalogue.vulnerabilities
    )
    return Parsed(tables={"kev": rows}, dated=dated, rows=len(rows))


FEED: Final = Feed(
    name="kev",
    title="CISA catalogue of known exploited vulnerabilities",
    licence="CC0",
    files=(
        Remote(
            name="known_exploited_vulnerabilities.json",
            urls=(
                "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json",
                # some networks get a page `Access Denied` from the first
                "https://raw.githubusercontent.com/cisagov/kev-data/develop/known_exploited_vulnerabilities.json",
            ),
            cap=60 * MB,
        ),
    ),
    read=read,
    accepts=("known_exploited_vulnerabilities*.json", "kev*.json"),
    counts="kev",
    least=500,
)
