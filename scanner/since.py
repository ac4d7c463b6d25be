"""Judge an engagement as of two of its runs, by one knowledge, and step by step from the one to the other."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
from typing import Final

import msgspec
from msgspec import Struct

from scanner.errors import DataError
from scanner.model.assessment import Assessment
from scanner.model.knowledge import Knowledge
from scanner.model.net import Address, Mac
from scanner.model.observation import Observation
from scanner.model.presence import Presence
from scanner.model.run import Run
from scanner.model.since import Cause, Since
from scanner.pipeline import assess
from scanner.report.diff import compare

TREND: Final = 6
"""Earlier runs that are judged for the trend; each costs one judgement."""

_LOOKS: Final = frozenset({"scan", "demo", "listen"})
"""Commands that look at a network; an import tells what others saw."""


class Evidence(Struct, frozen=True):
    """All that an engagement has gathered."""

    log: tuple[Observation, ...]
    kept: tuple[Presence, ...]
    runs: tuple[Run, ...]


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
    """The last two runs that looked at the network; None where there were not two."""
    pair = [run for run in runs if run.command in _LOOKS and run.site is None][-2:]
    return (pair[0], pair[1]) if len(pair) > 1 else None


def between(
    told: Evidence,
    before: Run,
    after: Run,
    knowledge: Knowledge,
    then: Knowledge | None = None,
    current: Assessment | None = None,
) -> Since:
    """Compare the engagement as of two runs.

    `then` is the knowledge that was in force at the first; without it what it changed cannot be set apart, and the
    notes say so. `current` stands in for the later side: the present instead of the end of that run.
    """
    start, end = _at(before), current.now if current else _at(after)
    old = _upto(told, start)
    news = current or _judge(_upto(told, end), knowledge, end)
    settings = news.runs[-1]
    steps: list[tuple[Cause, Assessment]] = []
    first = last = _judge(old, then or knowledge, start)
    if then is not None and then.version != knowledge.version:
        last = _judge(old, knowledge, start)
        steps.append((Cause.KNOWLEDGE, last))
    renewed = _under(old, settings)
    if renewed != old:
        last = _judge(renewed, knowledge, start)
        steps.append((Cause.SCOPE, last))
    steps += [(Cause.TIME, _judge(renewed, knowledge, end)), (Cause.NETWORK, news)]
    earlier = [run for run in told.runs if run.command in _LOOKS and _at(run) < start][-TREND:]
    judged = [_judge(_upto(told, _at(run)), knowledge, _at(run)) for run in earlier]
    return compare(first, steps, judged, tuple(_notes(before, knowledge, then)))


def as_of(log: Iterable[Observation], kept: Iterable[Presence], at: datetime) -> tuple[Observation, ...]:
    """The log as it stood at a moment, as far as its intervals tell.

    A fact that was seen before and after then was last seen, at the latest, on the last day until then on which
    anything was seen at its place.
    """
    days: dict[tuple[Address | None, Mac | None], set[date]] = {}
    for row in kept:
        days.setdefault((row.address, row.mac), set()).update(row.dates())
    return tuple(_clamped(seen, days, at) for seen in log if seen.first <= at)


def days_until(kept: Iterable[Presence], at: datetime) -> tuple[Presence, ...]:
    """The days of presence up to a moment's own."""
    limit = at.astimezone(UTC).date()
    cut = (
        msgspec.structs.replace(row, days=tuple(day.day for day in row.dates() if day <= limit))
        for row in kept
    )
    return tuple(row for row in cut if row.days)


def _clamped(
    seen: Observation, days: dict[tuple[Address | None, Mac | None], set[date]], at: datetime
) -> Observation:
    if seen.last <= at:
        return seen
    places = {(seen.address, seen.mac), (seen.address, None), (None, seen.mac)} - {(None, None)}
    there = [day for place in places for day in days.get(place, ()) if day <= at.date()]
    latest = max(there, default=seen.first.date())
    end = datetime.combine(latest, time.max, UTC) if latest > seen.first.date() else seen.first
    return msgspec.structs.replace(seen, last=at if latest == at.date() else max(seen.first, min(end, at)))


def _named(runs: Sequence[Run], name: str) -> Run:
    fits = [run for run in runs if run.id == name] or [run for run in runs if run.id.endswith(name)]
    if len(fits) == 1:
        return fits[0]
    some = ", ".join(run.id for run in (fits or runs)[-6:]) or "none yet"
    raise DataError(f"{name!r} names {len(fits)} runs; there are: {some}")


def _at(run: Run) -> datetime:
    return run.ended or run.started


def _upto(told: Evidence, at: datetime) -> Evidence:
    return Evidence(
        as_of(told.log, told.kept, at),
        days_until(told.kept, at),
        tuple(run for run in told.runs if _at(run) <= at),
    )


def _under(old: Evidence, settings: Run) -> Evidence:
    """The same evidence, judged by the scope, parameters, seed and decisions of a later run."""
    run = msgspec.structs.replace(
        old.runs[-1],
        scope=settings.scope,
        parameters=settings.parameters,
        seed=settings.seed,
        decisions=settings.decisions,
    )
    return Evidence(old.log, old.kept, (*old.runs[:-1], run))


def _judge(told: Evidence, knowledge: Knowledge, now: datetime) -> Assessment:
    return assess(told.log, told.runs, knowledge, now, told.kept)


def _notes(before: Run, knowledge: Knowledge, then: Knowledge | None) -> Iterable[str]:
    was = before.versions.get("knowledge at the time")
    if then is None and was != knowledge.version:
        yield (
            "Both sides are judged by today's knowledge. What was known at the earlier run is no longer held here, so"
            " no change below comes from newer knowledge; findings that only newer knowledge shows stand on both sides."
        )
