"""The first page: one sentence, three numbers, five devices, who is at risk, and what cannot be said."""

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from scanner.model import freshness
from scanner.model.assessment import Assessment, Judged
from scanner.model.kinds import Band, Role, Support
from scanner.model.plan import Point
from scanner.model.verdict import Pace
from scanner.report import charts, words
from scanner.report.line import Line, line, runs
from scanner.report.svg import Shape
from scanner.report.text import (
    age,
    amount,
    amount_or_whole,
    between,
    capital,
    day,
    duration,
    listing,
    percent,
    plural,
    short,
    span,
)

MOST: Final = 4
"""Limits named on the first page at most; the later pages hold all."""

MOST_SOURCES: Final = 3
"""Data sources named there at most, oldest first."""

STEPS: Final = 5
"""Steps of the plan that page one counts on."""

LOOKS: Final = frozenset({"scan", "demo", "listen"})
"""Runs that looked at the network; an import of records is no look."""

CLOCK: Final = "Times: the middle case of those in which a critical system falls, and the range of eight in ten. They rest on the published growth of real worms and on few cases."
NO_CLOCK: Final = "How long each takes to the first critical system is not assessed."


class Number(Struct, frozen=True):
    """One of the three numbers, never bare: with its unit, its range and what it means."""

    label: str
    value: str
    of: str
    sure: str


class Source(Struct, frozen=True):
    """A data source and its age."""

    name: str
    dated: str
    age: str
    old: bool


class Attacker(Struct, frozen=True):
    """An adversary of the model, and how far and how fast it comes."""

    name: str
    worst: str
    """The device through which it comes furthest."""
    score: int
    odds: str
    """Of the intrusions, the share in which any critical system falls."""
    time: str
    """How soon the first of them falls, with its range."""


class Headline(Struct, frozen=True):
    """Page one."""

    sentence: str
    stable: str
    numbers: tuple[Number, ...]
    losses: Shape
    pivots: tuple[tuple[Line, Shape], ...]
    """Each with its score and range, drawn."""
    counts: tuple[tuple[str, str, str], ...]
    """Support code, number of devices, what it means."""
    attackers: tuple[Attacker, ...]
    clock: str
    """How to read the times, or that nobody has worked them out."""
    trend: tuple[str, ...]
    safety_title: str
    safety: str
    limits: tuple[str, ...]
    more_limits: int
    sources: tuple[Source, ...]
    more_sources: int
    old: int
    """Sources older than they may be."""


def headline(found: Assessment) -> Headline:
    """Say in one minute what a board must know."""
    title, _, _ = words.SAFETY.get(found.sector, words.SAFETY["office"])
    return Headline(
        sentence=_sentence(found),
        stable=_stable(found),
        numbers=_numbers(found),
        losses=_losses(found),
        pivots=tuple(
            (
                line(one),
                charts.score_line(one.risk.score, one.risk.interval, name=f"l-{one.device.id}"),
            )
            for one in found.devices[:5]
        ),
        counts=tuple(_counts(found)),
        attackers=tuple(_attackers(found)),
        clock=CLOCK if found.network.pace else NO_CLOCK,
        trend=_trend(found),
        safety_title=title,
        safety=_safety(found),
        limits=tuple(capital(short(limit, 240)) for limit in found.limits[:MOST])
        or ("No limits were recorded, which is itself a gap.",),
        more_limits=max(len(found.limits) - MOST, 0),
        sources=_sources(found)[:MOST_SOURCES],
        more_sources=max(len(found.sources) - MOST_SOURCES, 0),
        old=sum(freshness.over(one, found.now.date()) for one in found.sources),
    )


def _sentence(found: Assessment) -> str:
    if not found.devices:
        return "No device was seen, so nothing can be said about this network."
    top = found.devices[0]
    if top.risk.band is Band.LOW:
        return (
            f"No device stands out as a way through the network: the highest pivot score is {top.risk.score} of 100. "
            "This says what was seen, not that the network is secure."
        )
    return f"{_who(top)} {_stands(top)}. {_reaches(top)}."


def _who(of: Judged) -> str:
    kind = words.kind(of.device.kind)
    article = "An" if kind[0] in "aeiou" else "A"
    subject = f" on {short(runs(of.age.subject))}" if of.age.subject else ""
    support = {
        Support.UNSUPPORTED: f", unsupported since {day(of.age.ends)}," if of.age.ends else ", unsupported,",
        Support.UNKNOWN: ", whose support could not be told,",
        Support.SUPPORTED: ", still supported,",
    }[of.age.support]
    return f"{article} {kind}{subject}{support}"


def _stands(of: Judged) -> str:
    name, zones = short(of.device.name, 40), of.device.zones
    if len(zones) > 1 and of.device.role is Role.NONE:
        return f"joins {listing(zones)} ({name})"
    return f"stands in {listing(zones)} ({name})" if zones else f"stands outside every known zone ({name})"


def _reaches(of: Judged) -> str:
    weight = f"other equipment worth {amount(of.risk.blast)} ordinary PCs"
    if of.risk.critical > 0:
        return f"Whoever takes it can reach {percent(of.risk.critical)} of the critical systems and {weight}"
    return f"Whoever takes it can reach {weight}, but no critical system that we know of"


def _stable(found: Assessment) -> str:
    if not found.devices:
        return ""
    top = found.devices[0].risk
    return (
        f"It is among the ten worst in {percent(top.top_ten)} of the draws in which every judgement is halved or doubled. "
        f"Its pivot score is {top.score} of 100 ({span(top.interval)}); grade {top.grade}: "
        f"{words.RISK_GRADES.get(top.grade, 'grade without a description')}."
    )


def _numbers(found: Assessment) -> tuple[Number, ...]:
    network = found.network
    share = network.expected_loss / network.total_weight if network.total_weight else 0.0
    return (
        Number(
            "Expected loss from one foothold",
            amount(network.expected_loss),
            f"of {amount(network.total_weight)} ordinary-PC units in all ({percent(share)})",
            f"range {span(network.interval)}",
        ),
        _after(found),
        Number(
            "Critical systems reached per foothold",
            amount(network.critical_reached),
            f"of {amount_or_whole(network.critical_assets)} marked critical",
            "an average over all footholds; no interval was worked out",
        ),
    )


def _planned(found: Assessment) -> Point | None:
    """The loss after the first steps of the plan; None without a plan."""
    return found.plan.curve[min(STEPS, len(found.plan.steps))] if found.plan.steps else None


def _after(found: Assessment) -> Number:
    """What is left when the first steps of the plan are done: simulated, so that it agrees with the plan itself."""
    loss, point = found.network.expected_loss, _planned(found)
    if point is None:
        after, label = found.network.after_top_fixes, "The same after the five best fixes"
        sure = "no interval was worked out for this number"
    else:
        after, label = point.loss, f"The same after {_first(point)} of the plan"
        within = between(amount_or_whole(point.interval.lo), amount_or_whole(point.interval.hi))
        sure = f"simulated together; {within} in {percent(point.interval.level)} of samples"
    saved = 1 - after / loss if loss else 0.0
    return Number(label, amount(after), f"which saves {percent(max(saved, 0.0))}", sure)


def _first(point: Point) -> str:
    return "the first step" if point.steps == 1 else f"the first {point.steps} steps"


def _losses(found: Assessment) -> Shape:
    """The loss now, and what the first steps of the plan leave of it."""
    network, point = found.network, _planned(found)
    after, steps = (network.after_top_fixes, 5) if point is None else (point.loss, point.steps)
    label = f"After {plural(steps, 'fix' if point is None else 'step', 'fixes' if point is None else None)}"
    return charts.losses(network.expected_loss, after, network.total_weight, label=label, name="losses")


def _counts(found: Assessment) -> list[tuple[str, str, str]]:
    def count(support: Support) -> int:
        return sum(judged.age.support is support for judged in found.devices)

    order = (Support.UNSUPPORTED, Support.UNKNOWN, Support.SUPPORTED)
    return [(support.value, f"{count(support):,}", words.SUPPORT_MEANS[support]) for support in order]


def _attackers(found: Assessment) -> Iterator[Attacker]:
    """For each adversary of the model the device that serves it best, and its time; the doors may differ."""
    paces = {one.adversary: one for one in found.network.pace}
    for name, word in words.ADVERSARIES.items():
        scored = [
            (one.risk.by_adversary[name], one) for one in found.devices if name in one.risk.by_adversary
        ]
        if scored:
            score, best = max(scored, key=lambda pair: (pair[0], pair[1].risk.score))
            odds, time = _time(paces[name]) if name in paces else ("not assessed", "not assessed")
            yield Attacker(word, short(best.device.name, 40), score, odds, time)


def _time(of: Pace) -> tuple[str, str]:
    """How often any critical system falls, and how soon the first of them."""
    if of.hours is None:
        return "none", "none falls"
    ends = [duration(of.interval.lo), duration(of.interval.hi)] if of.interval else []
    spread = f" ({' to '.join(ends)})" if len(set(ends)) > 1 else ""
    return percent(of.probability), f"{duration(of.hours)}{spread}"


def _trend(found: Assessment) -> tuple[str, ...]:
    """What moved since the run before, as far as it was compared; else what the last run met for the first time."""
    if found.since is not None and len(found.since.trend) > 1:
        old, new = found.since.trend[-2:]
        return (
            f"Expected loss {amount(old.loss)} on {day(old.at)}, {amount(new.loss)} now.",
            f"Open findings {old.findings:,} then, {new.findings:,} now.",
        )
    looks = [run for run in found.runs if run.command in LOOKS]
    if len(looks) < 2:
        return ("This is the first look at this network: there is nothing to compare it with yet.",)
    began = looks[-1].started
    new_ones = sum(one.device.first_seen >= began for one in found.devices)
    quiet = sum(one.device.presence == "silent" for one in found.devices)
    return (
        f"Met for the first time in the last run: {plural(new_ones, 'device')}.",
        f"Known before and silent now: {plural(quiet, 'device')}.",
    )


def _safety(found: Assessment) -> str:
    _, what, kinds = words.SAFETY.get(found.sector, words.SAFETY["office"])
    those = [judged for judged in found.devices if judged.device.kind in kinds]
    if not those:
        return f"No {what} were recognised. They may still be there: see what was not looked at."
    gone = sum(judged.age.support is Support.UNSUPPORTED for judged in those)
    unknown = sum(judged.age.support is Support.UNKNOWN for judged in those)
    exposed = sum(bool(judged.exposures) for judged in those)
    return (
        f"Of {len(those):,} {what}, {_none(gone)} {'is' if gone < 2 else 'are'} unsupported, "
        f"{_none(unknown)} could not be told, and {_none(exposed)} can be attacked over the network in a known way."
    )


def _none(count: int) -> str:
    return f"{count:,}" if count else "none"


def _sources(found: Assessment) -> tuple[Source, ...]:
    today = found.now.date()
    oldest_first = sorted(found.sources, key=lambda source: (source.dated, source.name))
    return tuple(
        Source(
            words.source(source.name),
            day(source.dated),
            age(source.dated, today),
            freshness.over(source, today),
        )
        for source in oldest_first
    )
