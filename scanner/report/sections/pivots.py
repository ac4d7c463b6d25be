"""The devices that would carry an intruder furthest, each with the points that make up its score."""

from typing import Final

from msgspec import Struct

from scanner.model.assessment import Assessment, Judged
from scanner.report import charts, words
from scanner.report.cites import Ref, refs
from scanner.report.line import Line, line
from scanner.report.monday import Step, steps
from scanner.report.svg import Shape
from scanner.report.text import amount, in_zones, percent, short, span
from scanner.report.texts import phrase

MOST: Final = 10


class Reason(Struct, frozen=True):
    """One line of the explanation."""

    points: int
    text: str
    removes: str
    refs: tuple[Ref, ...]


class Pivot(Struct, frozen=True):
    """One dangerous device, explained."""

    line: Line
    where: str
    """Its zones, within a sentence."""
    bar: Shape
    reasons: tuple[Reason, ...]
    total: int
    reach: str
    sure: str
    adversaries: tuple[tuple[str, int], ...]
    best: Step
    fix: str


class Pivots(Struct, frozen=True):
    """The ten worst."""

    pivots: tuple[Pivot, ...]
    left: int
    """How many devices stand below these."""


def pivots(found: Assessment) -> Pivots:
    """Explain the ten highest scores."""
    return Pivots(tuple(_pivot(judged) for judged in found.devices[:MOST]), max(len(found.devices) - MOST, 0))


def reasons(of: Judged) -> tuple[Reason, ...]:
    """The lines whose points sum to the score, with their evidence and what would take them away."""
    return tuple(
        Reason(
            why.points,
            why.text,
            why.removes or phrase("pivots.nothing_known_removes_it"),
            refs(of, why.evidence),
        )
        for why in of.risk.why
    )


def adversaries(of: Judged) -> tuple[tuple[str, int], ...]:
    """The score under each adversary, in the catalogue's order and words."""
    known = [name for name in words.ADVERSARIES if name in of.risk.by_adversary]
    others = sorted(set(of.risk.by_adversary) - set(known))
    return tuple(
        (words.ADVERSARIES.get(name, name), of.risk.by_adversary[name]) for name in (*known, *others)
    )


def _pivot(of: Judged) -> Pivot:
    risk = of.risk
    return Pivot(
        line=line(of),
        where=in_zones(of.device.zones) if of.device.zones else phrase("fixes.no_known_zone"),
        bar=charts.why_bar(risk.why, risk.score, name=f"w-{of.device.id}"),
        reasons=reasons(of),
        total=sum(why.points for why in risk.why),
        reach=_reach(of),
        sure=phrase(
            "pivots.among_the_ten_worst_in_of_draws_grade",
            interval=span(risk.interval),
            top_ten=percent(risk.top_ten),
            grade=risk.grade,
        ),
        adversaries=adversaries(of),
        best=steps(of)[0],
        fix=phrase("pivots.hardening_it_removes_units_of_expected_loss", fix_value=amount(risk.fix_value)),
    )


def _reach(of: Judged) -> str:
    where = short(of.device.name, 48)
    return phrase(
        "pivots.falls_with_a_chance_of_once_an_intruder_is",
        where=where,
        compromised=percent(of.risk.compromised),
        blast=amount(of.risk.blast),
        critical=percent(of.risk.critical),
    )
