"""Answers about vulnerabilities: which are exploited, how likely, and which versions have them."""

import re
import sqlite3
from datetime import date
from functools import cache
from typing import Final

from scanner.knowledge import order
from scanner.knowledge.order import Scheme
from scanner.knowledge.products import day
from scanner.knowledge.schemes import scheme
from scanner.model.knowledge import (
    Advisory,
    Affected,
    Confidence,
    Decision,
    Exploited,
    ExposureFact,
    Likelihood,
)

_KEV: Final = (
    "SELECT cve, vendor, product, added, due, ransomware, coalesce(readable, '') FROM kev"
    " LEFT JOIN kev_readable USING (cve)"
)


@cache
def kev(base: sqlite3.Connection, cve: str) -> Exploited | None:
    """The catalogue's line of one CVE."""
    row = base.execute(f"{_KEV} WHERE cve = ?", (cve,)).fetchone()
    return None if row is None else _exploited(row)


@cache
def exploited(base: sqlite3.Connection) -> tuple[Exploited, ...]:
    """The whole catalogue, by CVE."""
    return tuple(_exploited(row) for row in base.execute(f"{_KEV} ORDER BY cve"))


def _exploited(row: tuple[str, str, str, int, int | None, int, str]) -> Exploited:
    cve, vendor, product, added, due, ransomware, readable = row
    return Exploited(
        cve=cve,
        vendor=vendor,
        product=product,
        added=date.fromordinal(added),
        due=day(due),
        ransomware=bool(ransomware),
        readable=readable,
    )


@cache
def epss(base: sqlite3.Connection, cve: str) -> Likelihood | None:
    """The EPSS row of one CVE."""
    row = base.execute("SELECT score, percentile, day FROM epss WHERE cve = ?", (cve,)).fetchone()
    if row is None:
        return None
    return Likelihood(cve=cve, score=row[0], percentile=row[1], day=date.fromordinal(row[2]))


@cache
def cvss(base: sqlite3.Connection, cve: str) -> float | None:
    """The CVSS 3 base score of one CVE."""
    row = base.execute("SELECT score FROM cvss WHERE cve = ?", (cve,)).fetchone()
    return None if row is None else float(row[0])


@cache
def ssvc(base: sqlite3.Connection, cve: str) -> Decision | None:
    """The SSVC row of one CVE."""
    row = base.execute(
        "SELECT exploitation, automatable, impact, day FROM ssvc WHERE cve = ?", (cve,)
    ).fetchone()
    if row is None:
        return None
    exploitation, automatable, impact, judged = row
    return Decision(
        cve=cve,
        exploitation=exploitation,
        automatable=bool(automatable),
        total=impact == "total",
        day=date.fromordinal(judged),
    )


@cache
def affected(base: sqlite3.Connection, product: str, version: str | None) -> tuple[Affected, ...]:
    """The known ranges of a product; with a version those that surely hold it."""
    rows = base.execute(
        "SELECT cve, start, below, upto, condition, source, confidence FROM affected"
        " WHERE product = ? ORDER BY cve, start, below, upto, condition",
        (product,),
    )
    found = tuple(
        Affected(
            cve=cve,
            product=product,
            start=start or None,
            below=below or None,
            upto=upto or None,
            condition=condition,
            source=source,
            confidence=Confidence(confidence),
        )
        for cve, start, below, upto, condition, source, confidence in rows
    )
    return found if version is None else tuple(one for one in found if holds(one, version, scheme(product)))


def holds(one: Affected, version: str, counts: Scheme) -> bool:
    """Whether the range surely holds the version; a bound that has no order with it holds nothing."""
    asked = ((one.start, (0, 1)), (one.below, (-1,)), (one.upto, (-1, 0)))
    return all(bound is None or order.compare(version, bound, counts) in wanted for bound, wanted in asked)


@cache
def advisories(base: sqlite3.Connection, vendor: str, product: str) -> tuple[Advisory, ...]:
    """Advisories whose maker is the vendor and whose product shares its words; newest first."""
    maker, wanted = _maker(vendor), _words(product)
    if not maker or not wanted:
        return ()
    found = [
        row
        for named in _makers(base).get(maker, ())
        for row in base.execute(
            "SELECT id, day, vendor, product, version, cves, cvss FROM advisory_products JOIN advisories"
            " ON id = advisory WHERE vendor = ?",
            (named,),
        )
        if _same(wanted, _words(row[3]))
    ]
    return tuple(
        Advisory(
            id=name,
            day=date.fromordinal(came),
            vendor=by,
            product=of,
            version=version,
            cves=tuple(cves.split()),
            cvss=score,
        )
        for name, came, by, of, version, cves, score in sorted(
            found, key=lambda row: (-row[1], row[0], row[3], row[4])
        )
    )


@cache
def _makers(base: sqlite3.Connection) -> dict[str, tuple[str, ...]]:
    """The makers that advisories name, by their first word."""
    found: dict[str, list[str]] = {}
    for (vendor,) in base.execute("SELECT DISTINCT vendor FROM advisory_products ORDER BY vendor"):
        found.setdefault(_maker(vendor), []).append(vendor)
    return {maker: tuple(vendors) for maker, vendors in found.items()}


def _maker(vendor: str) -> str:
    """The first word of a maker's name, which tells makers apart: `Siemens AG`, `Siemens Healthineers`."""
    return next(iter(re.findall(r"[a-z0-9]+", vendor.lower())), "")


def _same(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether one name says no more than the other, and says something: `C` or `FE` tells no product from another."""
    fewer, more = sorted((one, other), key=len)
    return fewer <= more and any(len(word) > 2 for word in fewer)


def _words(product: str) -> frozenset[str]:
    """The words of a product's name that tell it from another."""
    # `X-200` and `X200` are one model
    return frozenset(re.findall(r"[a-z0-9]+", product.lower().replace("-", ""))) - _PLAIN_WORDS


_PLAIN_WORDS: Final = frozenset(
    {"all", "and", "controller", "device", "family", "series", "software", "system", "the", "version"}
)


@cache
def exposures(base: sqlite3.Connection) -> tuple[ExposureFact, ...]:
    """Every known exposure, by id."""
    columns = "id, name, gate, tier, cves, ports, fixed, in_kev, malware, present, success, never_do, pitfalls, remedy, source, confidence"
    return tuple(
        ExposureFact(
            id=row[0],
            name=row[1],
            gate=row[2],
            tier=int(row[3]),
            cves=tuple(row[4].split()),
            ports=tuple(row[5].split()),
            fixed=day(row[6]),
            in_kev=bool(row[7]),
            malware=tuple(filter(None, row[8].split(";"))),
            default_present=row[9],
            default_success=row[10],
            never_do=row[11],
            pitfalls=row[12],
            remedy=row[13],
            source=row[14],
            confidence=Confidence(row[15]),
        )
        for row in base.execute(f"SELECT {columns} FROM exposures ORDER BY id")  # noqa: S608  our own column names
    )
