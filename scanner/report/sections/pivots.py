"""The devices that would carry an intruder furthest, each with the points that make up its score."""

from typing import Final

from msgspec import Struct

from scanner.model.assessment import Assessment, Judged
from scanner.report import charts, words
from scanner.report.cites import Ref, refs
from scanner.report.line import Line, line
from scanner.report.monday import Step, steps
from scanner.report.svg import Shape
from scanner.report.text import amount, percent, short, span

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
        Reason(why.points, why.text, why.removes or "nothing known removes it", refs(of, why.evidence))
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
        bar=charts.why_bar(risk.why, risk.score, name=f"w-{of.device.id}"),
        reasons=reasons(of),
        total=sum(why.points for why in risk.why),
        reach=_reach(of),
        sure=f"{span(risk.interval)}; among the ten worst in {percent(risk.top_ten)} of draws; grade {risk.grade}",
        adversaries=adversaries(of),
        best=steps(of)[0],
        fix=f"Hardening it removes {amount(risk.fix_value)} units of expected loss.",
    )


def _reach(of: Judged) -> str:
    where = short(of.device.name, 48)
    return (
        f"{where} falls with a chance of {percent(of.risk.compromised)} once an intruder is somewhere inside; "
        f"then equipment worth {amount(of.risk.blast)} ordinary PCs and {percent(of.risk.critical)} of the critical systems follow."
    )
