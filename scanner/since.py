"""Judge an engagement as of two of its runs, by one knowledge, and step by step from the one to the other."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, time
from typing import Final

import msgspec
from msgspec import Struct

from scanner.errors import DataError
from scanner.knowledge import installed
from scanner.knowledge.base import open_base
from scanner.model.assessment import Assessment
from scanner.model.knowledge import Knowledge
from scanner.model.net import Address, Mac
from scanner.model.observation import Observation
from scanner.model.presence import Presence
from scanner.model.run import Run
from scanner.model.since import Cause, Since, SiteVisit, Visit
from scanner.pipeline import assess
from scanner.report.diff import HERE, compare
from scanner.report.text import day, listing

TREND: Final = 6
"""Earlier runs that are judged for the trend; each costs one judgement."""


_Days = dict[tuple[str | None, Address | None, Mac | None], set[date]]
"""The days on which something was seen, by site, address and card."""
_change = msgspec.structs.replace


class Evidence(Struct, frozen=True):
    """All that an engagement has gathered."""

    log: tuple[Observation, ...]
    kept: tuple[Presence, ...]
    runs: tuple[Run, ...]


def compared(
    found: Assessment,
    log: tuple[Observation, ...],
    kept: tuple[Presence, ...],
    knowledge: Knowledge,
    trend: int = TREND,
) -> Assessment:
    """The assessment of that log with what changed since the look before the last one; as it is where there was none.

    The earlier look is in the log, and is judged again as of then: nothing beside the log has to be kept for it.
    """
    pair = looks(found.runs)
    if pair is None or not _at(pair[0]) < found.now:
        return found
    then = knowledge_of(pair[0], knowledge)
    return _change(
        found, since=between(Evidence(log, kept, found.runs), *pair, knowledge, then, found, trend)
    )


def knowledge_of(run: Run, today: Knowledge) -> Knowledge | None:
    """The knowledge that was in force at a run; None when it is no longer held here."""
    wanted = run.versions.get("knowledge at the time", "")
    if wanted == today.version:
        return today
    for name in installed.listed(installed.home()):
        with suppress(DataError):
            base = open_base(installed.load(installed.home() / name).database)
            if base.version == wanted:
                return base
    return None


def chosen(runs: Sequence[Run], names: Sequence[str] = ()) -> tuple[Run, Run] | None:
    """The two runs to compare: those named (by id or its end), else the last two that looked, else the last two.

    None where nothing is named and there are not two. Raise DataError for a name that fits none or several.
    """
    if names:
        first, second = (_named(runs, name) for name in names)
        if not _at(first) < _at(second):
            raise DataError(f"{first.id} did not end before {second.id}: name the earlier run first")
        return first, second
    return looks(runs) or ((runs[-2], runs[-1]) if len(runs) > 1 else None)


def looks(runs: Sequence[Run]) -> tuple[Run, Run] | None:
    """The last two runs that looked at the network; None where there were not two.

    Of several sites the later one is the last look at any; the earlier one is the last of those looks that a site's own
    last look came after. So every site that was looked at twice since has its own two looks on either side.
    """
    made = sorted((run for run in runs if run.looked), key=_at)
    before = _before(made)
    return (before, made[-1]) if before and _at(before) < _at(made[-1]) else None


def between(
    told: Evidence,
    before: Run,
    after: Run,
    knowledge: Knowledge,
    then: Knowledge | None = None,
    current: Assessment | None = None,
    trend: int = TREND,
) -> Since:
    """Compare the engagement as of two runs.

    `then` is the knowledge that was in force at the first; without it what it changed cannot be set apart, and the
    notes say so. `current` stands in for the later side: the present instead of the end of that run. `trend` is how many
    earlier looks are judged for the trend.
    """
    start, end = _at(before), current.now if current else _at(after)
    old = _upto(told, start)
    news = current or _judge(_upto(told, end), knowledge, end)
    steps: list[tuple[Cause, Assessment]] = []
    first = last = _judge(old, then or knowledge, start)
    if then is not None and then.version != knowledge.version:
        last = _judge(old, knowledge, start)
        steps.append((Cause.KNOWLEDGE, last))
    renewed = _under(old, news.runs)
    if renewed != old:
        last = _judge(renewed, knowledge, start)
        steps.append((Cause.SCOPE, last))
    steps += [(Cause.TIME, _judge(renewed, knowledge, end)), (Cause.NETWORK, news)]
    judged = [_judge(_upto(told, _at(run)), knowledge, _at(run)) for run in _rounds(told.runs, before, trend)]
    sites = _visits(told.runs, start, end)
    found = compare(first, steps, judged, (*_notes(before, knowledge, then), *_told(sites)), sites)
    return _change(found, before=_change(found.before, run=before.id)) if sites else found


def as_of(log: Iterable[Observation], kept: Iterable[Presence], at: datetime) -> tuple[Observation, ...]:
    """The log as it stood at a moment, as far as its intervals tell.

    A fact that was seen before and after then was last seen, at the latest, on the last day until then on which
    anything was seen at its place.
    """
    days: _Days = {}
    for row in kept:
        days.setdefault((row.site, row.address, row.mac), set()).update(row.dates())
    return tuple(_clamped(seen, days, at) for seen in log if seen.first <= at)


def days_until(kept: Iterable[Presence], at: datetime) -> tuple[Presence, ...]:
    """The days of presence up to a moment's own."""
    limit = at.astimezone(UTC).date()
    cut = (
        msgspec.structs.replace(row, days=tuple(day.day for day in row.dates() if day <= limit))
        for row in kept
    )
    return tuple(row for row in cut if row.days)


def _clamped(seen: Observation, days: _Days, at: datetime) -> Observation:
    if seen.last <= at:
        return seen
    places = {(seen.address, seen.mac), (seen.address, None), (None, seen.mac)} - {(None, None)}
    there = [day for place in places for day in days.get((seen.site, *place), ()) if day <= at.date()]
    latest = max(there, default=seen.first.date())
    end = datetime.combine(latest, time.max, UTC) if latest > seen.first.date() else seen.first
    return msgspec.structs.replace(seen, last=at if latest == at.date() else max(seen.first, min(end, at)))


def _named(runs: Sequence[Run], name: str) -> Run:
    fits = [run for run in runs if run.id == name] or [run for run in runs if run.id.endswith(name)]
    if len(fits) == 1:
        return fits[0]
    some = ", ".join(run.id for run in (fits or runs)[-6:]) or "none yet"
    count = f"{len(fits)} runs" if fits else "no run"
    raise DataError(f"{name!r} names {count}; there are: {some}")


def _at(run: Run) -> datetime:
    return run.ended or run.started


def _upto(told: Evidence, at: datetime) -> Evidence:
    return Evidence(
        as_of(told.log, told.kept, at),
        days_until(told.kept, at),
        tuple(run for run in told.runs if _at(run) <= at),
    )


def _under(old: Evidence, later: Sequence[Run]) -> Evidence:
    """The same evidence, judged by what later runs have: each site by its own scope, the whole by the parameters, seed
    and decisions of the last.
    """
    scopes, settings = {run.site: run.scope for run in later}, later[-1]
    runs, last = list(old.runs), {run.site: at for at, run in enumerate(old.runs)}
    for site, at in last.items():
        runs[at] = _change(runs[at], scope=scopes[site])
    # the run by which all is judged: the last one here, else the last of all
    at = last.get(None, len(runs) - 1)
    runs[at] = _change(
        runs[at], parameters=settings.parameters, seed=settings.seed, decisions=settings.decisions
    )
    return Evidence(old.log, old.kept, tuple(runs))


def _before(made: Sequence[Run]) -> Run | None:
    """Of looks in order of time, the last that a later look at the same site came after."""
    last = {run.site: run for run in made}
    return next((run for run in reversed(made) if run is not last[run.site]), None)


def _rounds(runs: Iterable[Run], until: Run, most: int = TREND) -> list[Run]:
    """The looks before a run that end a point of the trend, oldest first: one for each round of the sites."""
    made = [*sorted((run for run in runs if run.looked and _at(run) < _at(until)), key=_at), until]
    found: list[Run] = []
    while len(found) < most and (run := _before(made)):
        found.append(run)
        made = [one for one in made if _at(one) <= _at(run)]
    return found[::-1]


def _visits(runs: Sequence[Run], start: datetime, end: datetime) -> tuple[SiteVisit, ...]:
    """Each of several sites, and whether it was looked at between the two moments; nothing where there is one site.

    A site that only lists tell of is looked at when one is read; the place where bundles are read counts where it looked.
    """
    made: dict[str | None, list[Run]] = {}
    for run in runs:
        if _at(run) <= end and (run.looked or run.site is not None):
            made.setdefault(run.site, []).append(run)
    if set(made) <= {None} or len(made) < 2:
        return ()
    return tuple(
        sorted((_visit(site or HERE, those, start) for site, those in made.items()), key=lambda one: one.site)
    )


def _visit(site: str, runs: Sequence[Run], start: datetime) -> SiteVisit:
    ends = sorted(_at(run) for run in runs if run.looked) or sorted(map(_at, runs))
    known = any(_at(run) <= start for run in runs)
    before = max((at for at in ends if at <= start), default=None)
    after = max((at for at in ends if at > start), default=None)
    looked = Visit.LOOKED if after else Visit.NOT_LOOKED
    return SiteVisit(site=site, state=looked if known else Visit.NEW, before=before, after=after)


def _told(sites: Sequence[SiteVisit]) -> Iterable[str]:
    away = [f"{one.site} (last on {day(one.before)})" for one in sites if one.state is Visit.NOT_LOOKED]
    new = [one.site for one in sites if one.state is Visit.NEW]
    if away:
        yield (
            f"Not looked at this time: {listing(away, 8)}. What is known of it is from before: nothing there counts as"
            " gone, fixed or fallen silent."
        )
    if new:
        yield f"New since then: {listing(new, 8)}. All that was found there is new."


def _judge(told: Evidence, knowledge: Knowledge, now: datetime) -> Assessment:
    return assess(told.log, told.runs, knowledge, now, told.kept)


def _notes(before: Run, knowledge: Knowledge, then: Knowledge | None) -> Iterable[str]:
    was = before.versions.get("knowledge at the time")
    if then is None and was != knowledge.version:
        yield (
            "Both sides are judged by today's knowledge. What was known at the earlier run is no longer held here, so"
            " no change below comes from newer knowledge; findings that only newer knowledge shows stand on both sides."
        )
