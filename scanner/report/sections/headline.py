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
    in_zones,
    percent,
    plural,
    short,
    span,
)
from scanner.report.texts import phrase

MOST: Final = 4
"""Limits named on the first page at most; the later pages hold all."""

MOST_SOURCES: Final = 3
"""Data sources named there at most, oldest first."""

STEPS: Final = 5
"""Steps of the plan that page one counts on."""

LOOKS: Final = frozenset({"scan", "demo", "listen"})
"""Runs that looked at the network; an import of records is no look."""


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
    title = words.SAFETY_TITLES[_sector(found)]
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
        clock=phrase("headline.clock" if found.network.pace else "headline.no_clock"),
        trend=_trend(found),
        safety_title=title,
        safety=_safety(found),
        limits=tuple(capital(short(limit, 240)) for limit in found.limits[:MOST])
        or (phrase("headline.no_limits_were_recorded_which_is_itself_a"),),
        more_limits=max(len(found.limits) - MOST, 0),
        sources=_sources(found)[:MOST_SOURCES],
        more_sources=max(len(found.sources) - MOST_SOURCES, 0),
        old=sum(freshness.over(one, found.now.date()) for one in found.sources),
    )


def _sentence(found: Assessment) -> str:
    if not found.devices:
        return phrase("headline.no_device_was_seen_so_nothing_can_be_said")
    top = found.devices[0]
    if top.risk.band is Band.LOW:
        return phrase("headline.no_device_stands_out_as_a_way_through_the", score=top.risk.score)
    return f"{_who(top)} {_stands(top)}. {_reaches(top)}."


def _who(of: Judged) -> str:
    kind = words.kind(of.device.kind)
    named = phrase("headline.an" if kind[0] in "aeiou" else "headline.a", kind=kind)
    subject = phrase("headline.on", subject=short(runs(of.age.subject))) if of.age.subject else ""
    support = {
        Support.UNSUPPORTED: phrase("headline.unsupported_since", ends=day(of.age.ends))
        if of.age.ends
        else phrase("headline.unsupported"),
        Support.UNKNOWN: phrase("headline.whose_support_could_not_be_told"),
        Support.SUPPORTED: phrase("headline.still_supported"),
    }[of.age.support]
    return f"{named}{subject}{support}"


def _stands(of: Judged) -> str:
    name, zones = short(of.device.name, 40), of.device.zones
    if len(zones) > 1 and of.device.role is Role.NONE:
        return phrase("headline.joins", zones=in_zones(zones), name=name)
    return (
        phrase("headline.stands_in", zones=in_zones(zones), name=name)
        if zones
        else phrase("headline.stands_outside_every_known_zone", name=name)
    )


def _reaches(of: Judged) -> str:
    weight = phrase("headline.other_equipment_worth_ordinary_pcs", blast=amount(of.risk.blast))
    if of.risk.critical > 0:
        return phrase(
            "headline.whoever_takes_it_can_reach_of_the_critical",
            critical=percent(of.risk.critical),
            weight=weight,
        )
    return phrase("headline.whoever_takes_it_can_reach_but_no_critical", weight=weight)


def _stable(found: Assessment) -> str:
    if not found.devices:
        return ""
    top = found.devices[0].risk
    return phrase(
        "headline.it_is_among_the_ten_worst_in_of_the",
        top_ten=percent(top.top_ten),
        score=top.score,
        interval=span(top.interval),
        grade=top.grade,
        means=words.RISK_GRADES.get(top.grade, phrase("headline.grade_without_a_description")),
    )


def _numbers(found: Assessment) -> tuple[Number, ...]:
    network = found.network
    share = network.expected_loss / network.total_weight if network.total_weight else 0.0
    return (
        Number(
            phrase("headline.expected_loss_from_one_foothold"),
            amount(network.expected_loss),
            phrase(
                "headline.of_ordinary_pc_units_in_all",
                total_weight=amount(network.total_weight),
                share=percent(share),
            ),
            phrase("headline.range", interval=span(network.interval)),
        ),
        _after(found),
        Number(
            phrase("headline.critical_systems_reached_per_foothold"),
            amount(network.critical_reached),
            phrase("headline.of_marked_critical", critical_assets=amount_or_whole(network.critical_assets)),
            phrase("headline.an_average_over_all_footholds_no_interval"),
        ),
    )


def _planned(found: Assessment) -> Point | None:
    """The loss after the first steps of the plan; None without a plan."""
    return found.plan.curve[min(STEPS, len(found.plan.steps))] if found.plan.steps else None


def _after(found: Assessment) -> Number:
    """What is left when the first steps of the plan are done: simulated, so that it agrees with the plan itself."""
    loss, point = found.network.expected_loss, _planned(found)
    if point is None:
        after, label = found.network.after_top_fixes, phrase("headline.the_same_after_the_five_best_fixes")
        sure = phrase("headline.no_interval_was_worked_out_for_this_number")
    else:
        after, label = point.loss, phrase("headline.the_same_after_of_the_plan", point=_first(point))
        within = between(amount_or_whole(point.interval.lo), amount_or_whole(point.interval.hi))
        sure = phrase(
            "headline.simulated_together_in_of_samples", within=within, level=percent(point.interval.level)
        )
    saved = 1 - after / loss if loss else 0.0
    return Number(label, amount(after), phrase("headline.which_saves", saved=percent(max(saved, 0.0))), sure)


def _first(point: Point) -> str:
    return (
        phrase("headline.the_first_step")
        if point.steps == 1
        else phrase("headline.the_first_steps", steps=point.steps)
    )


def _losses(found: Assessment) -> Shape:
    """The loss now, and what the first steps of the plan leave of it."""
    network, point = found.network, _planned(found)
    after, steps = (network.after_top_fixes, 5) if point is None else (point.loss, point.steps)
    label = phrase("headline.after", steps=plural(steps, "fix" if point is None else "step"))
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
            odds, time = (
                _time(paces[name])
                if name in paces
                else (phrase("headline.not_assessed"), phrase("headline.not_assessed"))
            )
            yield Attacker(word, short(best.device.name, 40), score, odds, time)


def _time(of: Pace) -> tuple[str, str]:
    """How often any critical system falls, and how soon the first of them."""
    if of.hours is None:
        return phrase("words.none"), phrase("headline.none_falls")
    ends = [duration(of.interval.lo), duration(of.interval.hi)] if of.interval else []
    spread = f" ({' to '.join(ends)})" if len(set(ends)) > 1 else ""
    return percent(of.probability), f"{duration(of.hours)}{spread}"


def _trend(found: Assessment) -> tuple[str, ...]:
    """What moved since the run before, as far as it was compared; else what the last run met for the first time."""
    if found.since is not None and len(found.since.trend) > 1:
        old, new = found.since.trend[-2:]
        return (
            phrase(
                "headline.expected_loss_on_now",
                loss=amount(old.loss),
                at=day(old.at),
                new_loss=amount(new.loss),
            ),
            phrase("headline.open_findings_then_now", findings=old.findings, new_findings=new.findings),
        )
    looks = [run for run in found.runs if run.command in LOOKS]
    if len(looks) < 2:
        return (phrase("headline.this_is_the_first_look_at_this_network"),)
    began = looks[-1].started
    new_ones = sum(one.device.first_seen >= began for one in found.devices)
    quiet = sum(one.device.presence == "silent" for one in found.devices)
    return (
        phrase("headline.met_for_the_first_time_in_the_last_run", devices=plural(new_ones, "device")),
        phrase("headline.known_before_and_silent_now", devices=plural(quiet, "device")),
    )


def _safety(found: Assessment) -> str:
    what, kinds = words.SAFETY_DEVICES[_sector(found)], words.SAFETY[_sector(found)]
    those = [judged for judged in found.devices if judged.device.kind in kinds]
    if not those:
        return phrase("headline.no_were_recognised_they_may_still_be_there", what=what)
    gone = sum(judged.age.support is Support.UNSUPPORTED for judged in those)
    unknown = sum(judged.age.support is Support.UNKNOWN for judged in those)
    exposed = sum(bool(judged.exposures) for judged in those)
    return phrase(
        "headline.of_unsupported_could_not_be_told_and_can_be",
        those=len(those),
        what=what,
        phrase=phrase("headline.so_many_are", count=max(gone, 1), shown=_none(gone)),
        unknown=_none(unknown),
        exposed=_none(exposed),
    )


def _sector(found: Assessment) -> str:
    return found.sector if found.sector in words.SAFETY else "office"


def _none(count: int) -> str:
    return f"{count:,}" if count else phrase("words.none")


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
