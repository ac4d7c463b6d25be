"""All sites on one page, where each has a report of its own: how they compare, and what is worst anywhere."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
from markupsafe import Markup
from msgspec import Struct

from scanner.fleet import judging
from scanner.fleet.judging import Told, Worst
from scanner.model.kinds import Band, Kind, Support
from scanner.report import html, news, words
from scanner.report.assets import asset, templates_dir
from scanner.report.news import sentence, together
from scanner.report.text import amount, capital, day, minute, percent
from scanner.report.texts import phrase

MOST: Final = 25
"""Devices and cards of all sites that are named; the sites' own reports name every one."""


class SiteRow(Struct, frozen=True):
    """One site, in words."""

    name: str
    href: str
    """Its own report, from where the overview lies."""
    judged: str
    devices: int
    support: tuple[int, ...]
    """Devices by verdict, as `Support` lists them."""
    bands: tuple[int, ...]
    """Devices by band, the worst first."""
    loss: str
    share: str
    reached: str
    changed: str
    """What changed there since last time."""


class DeviceRow(Struct, frozen=True):
    """One of the worst devices of all sites, in words."""

    name: str
    site: str
    href: str
    what: str
    zones: tuple[str, ...]
    support: str
    support_word: str
    band: str
    band_word: str
    score: int


class Overview(Struct, frozen=True):
    """All that the page shows."""

    judged: str
    devices: int
    since: tuple[str, ...]
    """What changed at all sites since last time, in sentences; empty where nobody asked."""
    support: tuple[tuple[str, str, int], ...]
    """Verdict, its word, and how many devices of all sites have it."""
    sites: tuple[SiteRow, ...]
    """The greatest loss from one foothold first."""
    worst: tuple[DeviceRow, ...]
    cards: tuple[tuple[str, tuple[str, ...]], ...]
    more_cards: int


def overview(told: Sequence[Told], now: datetime, folder: str, *, since: bool = False) -> Overview:
    """Lay out what was told of every site; `folder` holds their reports, beside the overview.

    `since`: whether the sites were compared with what they were before.
    """
    ordered = sorted(told, key=lambda one: (-one.loss, one.site or ""))
    worst = sorted(
        ((one, device) for one in told for device in one.worst),
        key=lambda pair: (-pair[1].score, pair[0].site or "", pair[1].name),
    )
    cards = tuple(judging.wandering(told).items())
    return Overview(
        judged=minute(now),
        devices=sum(one.devices for one in told),
        since=changed(told) if since else (),
        support=tuple(
            (one.value, words.SUPPORT[one], sum(site.support.get(one.value, 0) for site in told))
            for one in Support
        ),
        sites=tuple(_site(one, folder) for one in ordered),
        worst=tuple(_device(site, device, folder) for site, device in worst[:MOST]),
        cards=cards[:MOST],
        more_cards=max(0, len(cards) - MOST),
    )


def changed(told: Sequence[Told]) -> tuple[str, ...]:
    """What changed at all sites together since last time, in sentences."""
    those = [one.news for one in told if one.news is not None]
    quiet = sum(not one.counts for one in those)
    return (
        sentence(together(those)),
        phrase(
            "overview.of_sites",
            count=len(told),
            changed=len(those) - quiet,
            quiet=quiet,
            first=len(told) - len(those),
        ),
    )


def page(of: Overview, title: str) -> str:
    """As one HTML page, under the report's policy: no script, no network. Equal input, equal bytes."""
    style = asset("page.css") + asset("print.css")
    return (
        html.environment(templates_dir())
        .get_template("overview.html")
        .render(
            title=title,
            view=of,
            policy=html.policy(style, ""),
            style=Markup(style),  # noqa: S704 - our own files
        )
    )


def machine(told: Sequence[Told], now: datetime, folder: str) -> str:
    """The same for machines: one object a site, as it was told, with the files that hold all of it."""
    sites: list[Mapping[str, object]] = [
        {"report": _href(one, folder), **msgspec.to_builtins(msgspec.structs.replace(one, cards=()))}
        for one in told
    ]
    found = {"now": now, "devices": sum(one.devices for one in told), "sites": sites}
    return msgspec.json.format(msgspec.json.encode(found), indent=1).decode() + "\n"


def _site(of: Told, folder: str) -> SiteRow:
    return SiteRow(
        name=name(of),
        href=_href(of, folder),
        judged=day(of.now),
        devices=of.devices,
        support=tuple(of.support.get(one.value, 0) for one in Support),
        bands=tuple(of.bands.get(one.value, 0) for one in Band),
        loss=amount(of.loss),
        share=percent(of.loss / of.weight if of.weight else 0.0),
        reached=phrase("overview.none_marked") if not of.critical else amount(of.reached),
        changed=news.told(of.news),
    )


def _device(site: Told, of: Worst, folder: str) -> DeviceRow:
    kind = capital(words.kind(Kind(of.kind)))
    return DeviceRow(
        name=of.name,
        site=name(site),
        href=_href(site, folder),
        what=f"{kind}, {of.what}" if of.what else kind,
        zones=of.zones,
        support=of.support,
        support_word=words.SUPPORT[Support(of.support)],
        band=of.band,
        band_word=words.BANDS[Band(of.band)],
        score=of.score,
    )


def name(of: Told) -> str:
    """What a site is called where people read."""
    return of.site or phrase("overview.here")


def _href(of: Told, folder: str) -> str:
    return judging.report(Path(folder), of.site).as_posix()
