"""What changed since the earlier run: findings, devices, what the change comes from, and the trend."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from scanner.model.assessment import Assessment
from scanner.model.device import DeviceId
from scanner.model.since import FindingChange, Moment, Point, Since, SiteVisit, State, Visit
from scanner.report.news import CAUSES, News, news, sentence, told
from scanner.report.text import amount, day, listing, minute, plural, short
from scanner.report.texts import phrase

MOST_SHOWN: Final = 200
"""Findings and devices shown, each; the rest is counted, and stands in the JSON."""


class Row(Struct, frozen=True, kw_only=True):
    """One finding: where it stood and where it stands."""

    id: str
    title: str
    state: str
    because: str
    score: str
    devices: str
    joined: str
    said: str


class Move(Struct, frozen=True, kw_only=True):
    """One device: what became of it."""

    id: DeviceId
    name: str
    here: bool
    """Whether the report lists it, so that a link leads somewhere."""
    what: str
    before: str
    after: str


class Trend(Struct, frozen=True, kw_only=True):
    """One run as a row."""

    at: str
    loss: str
    critical: int
    high: int
    medium: int
    low: int
    findings: int


class SinceLastTime(Struct, frozen=True, kw_only=True):
    """The page; without an earlier run it only says so."""

    news: str
    """What changed, in a sentence."""
    sites: tuple[tuple[str, str], ...]
    """Of several sites each, with what changed there."""
    compared: str
    counts: tuple[tuple[str, int], ...]
    rows: tuple[Row, ...]
    more_rows: int
    moves: tuple[Move, ...]
    more_moves: int
    steps: tuple[tuple[str, str, str, str], ...]
    """Cause, loss before, change, loss after."""
    trend: tuple[Trend, ...]
    notes: tuple[str, ...]


def since_last_time(found: Assessment) -> SinceLastTime:
    """Lay the comparison out; what is unchanged is counted, not listed."""
    return laid_out(found.since, frozenset(judged.device.id for judged in found.devices))


def laid_out(since: Since | None, listed: frozenset[DeviceId]) -> SinceLastTime:
    """The comparison as plain values; `listed` are the devices that the page has an anchor for."""
    if since is None:
        return SinceLastTime(
            news="",
            sites=(),
            compared="",
            counts=(),
            rows=(),
            more_rows=0,
            moves=(),
            more_moves=0,
            steps=(),
            trend=(),
            notes=(),
        )
    changed = [one for one in since.findings if one.state is not State.UNCHANGED]
    counted = Counter(one.state for one in since.findings)
    names = {one.device: one.name for one in since.devices}
    return SinceLastTime(
        news=sentence(news(since)),
        sites=tuple((short(one.site), of_site(since, one)) for one in since.sites),
        compared=phrase("since_last_time.compared_with", before=_moment(since.before), after=_moment(since.after)),
        counts=tuple((state.value, counted[state]) for state in State if counted[state]),
        rows=tuple(_row(one, names) for one in changed[:MOST_SHOWN]),
        more_rows=max(len(changed) - MOST_SHOWN, 0),
        moves=tuple(
            Move(
                id=one.device, name=short(one.name), here=one.device in listed, what=one.what.value,
                before=short(one.before), after=short(one.after),
            )
            for one in since.devices[:MOST_SHOWN]
        ),
        more_moves=max(len(since.devices) - MOST_SHOWN, 0),
        steps=tuple(
            (CAUSES[one.because], amount(one.before), signed(one.after - one.before), amount(one.after))
            for one in since.steps
        ),
        trend=tuple(map(_trend, since.trend)),
        notes=since.notes,
    )  # fmt: skip


def of_site(since: Since, visit: SiteVisit) -> str:
    """What changed at one of several sites since it was looked at before, in a few words."""
    if visit.state is Visit.NOT_LOOKED:
        return phrase("news.not_looked", since=day(visit.before))
    if visit.state is Visit.NEW or visit.before is None:
        return told(None)
    return told(News(visit.before, news(since, visit.site).counts))


def signed(change: float) -> str:
    """Print a change of loss with its sign; what is no change prints as 0."""
    if abs(change) < 0.05:
        return "0"
    return f"{'+' if change > 0 else '-'}{amount(abs(change))}"


def because(one: FindingChange) -> str:
    """What most of a finding's change comes from, in words."""
    return CAUSES[one.because] if one.because else ""


def course(before: int | None, after: int | None) -> str:
    """A number then and now: `12 → 40`, `- → 40`, `40`."""
    then, now = ("-" if one is None else str(one) for one in (before, after))
    return now if then == now else f"{then} → {now}"


def _row(one: FindingChange, names: dict[DeviceId, str]) -> Row:
    return Row(
        id=one.id,
        title=one.title,
        state=one.state.value,
        because=because(one),
        score=course(one.score_before, one.score_after),
        devices=course(one.devices_before, one.devices_after),
        joined=_joined(one.joined, names) if one.state is State.WORSE else "",
        said=one.said,
    )


def _joined(devices: Iterable[DeviceId], names: dict[DeviceId, str]) -> str:
    those = [short(names.get(one, one), 40) for one in devices]
    return (
        phrase("since_last_time.more", devices=plural(len(those), "device"), those=listing(those))
        if those
        else ""
    )


def _trend(one: Point) -> Trend:
    return Trend(
        at=minute(one.at) + (f" ({plural(one.sites, 'site')})" if one.sites > 1 else ""),
        loss=phrase("since_last_time.to", loss=amount(one.loss), lo=amount(one.lo), hi=amount(one.hi)),
        critical=one.critical,
        high=one.high,
        medium=one.medium,
        low=one.low,
        findings=one.findings,
    )


def _moment(of: Moment) -> str:
    return f"{minute(of.at)} ({of.run or phrase('since_last_time.no_run')})"
