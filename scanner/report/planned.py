"""The plan and the answers to what-ifs as plain text for a terminal."""

import re
import textwrap
from collections.abc import Iterator, Sequence
from typing import Final

from scanner.model.kinds import Kind
from scanner.model.plan import Answer, Plan, Point, Step
from scanner.model.verdict import Interval
from scanner.report import text, words
from scanner.report.texts import Named, phrase

_WIDTH: Final = 110
_BAR: Final = 40
_CODES: Final = "|".join(Kind)
_GROUP: Final = re.compile(rf"\ball ([0-9]+) of kind ({_CODES})\b")
_ONE: Final = re.compile(rf"\(({_CODES})\)")
_DENY: Final = re.compile(r"^Deny (.+?) -> (.+?) (\S+)$")
ENDS: Final = Named("ends", ("steps", "budget", "noise", "nothing"))
"""Why a plan ends, by its word."""


def plan(made: Plan) -> Iterator[str]:
    """Every step with what it saves, the whole with its interval, the curve, and what cheaper plans would leave."""
    if not made.steps:
        yield phrase("planned.nothing_that_is_known_of_would_lower_the", loss=text.amount(made.loss))
        return
    yield (
        phrase(
            "planned.fix_first_cost_expected_loss_saves",
            steps=text.plural(len(made.steps), "step"),
            cost=cost(made.cost),
            loss=text.amount(made.loss),
            after=text.amount(made.after),
            made=share(made),
        )
    )
    yield from _wrapped(
        phrase("planned.together_they_save_simulated_together_not", saved=span(made.saved)), "  "
    )
    yield ""
    for number, step in enumerate(made.steps, 1):
        yield from _step(number, step, made)
    yield ""
    yield "LOSS AFTER EACH STEP"
    yield from (_bar(point, made.loss) for point in made.curve)
    yield ""
    yield phrase("planned.best_for_its_cost_no_other_plan_tried_costs")
    for point in made.front:
        head = phrase("planned.cost_loss", cost=cost(point.cost), loss=text.amount(point.loss))
        what = spoken(point.what) if point.steps < 2 else phrase("planned.the_first_steps", steps=point.steps)
        yield text.visible(head + text.short(what, _WIDTH - len(head)))
    yield ""
    yield from _wrapped(ENDS[made.ends], "")
    if made.spared:
        yield from _wrapped(
            phrase(
                "planned.may_be_changed_by_the_maker_only_for_those",
                devices=text.plural(made.spared, "device"),
            ),
            "",
        )
    yield from _wrapped(phrase("planned.units"), "")


def answers(found: Sequence[Answer]) -> Iterator[str]:
    """What each what-if would save."""
    for one in found:
        yield from _wrapped(f"WHAT IF  {one.text}", "", "         ")
        yield (
            phrase(
                "planned.expected_loss_saves_cost",
                loss=text.amount(one.loss),
                after=text.amount(one.after),
                saves=text.amount(one.saves),
                interval=span(one.interval),
                cost=cost(one.cost),
            )
        )
        if one.note:
            yield from _wrapped(phrase("planned.but", note=one.note), "  ")
    yield from _wrapped(phrase("planned.units"), "")


def spoken(told: str) -> str:
    """A step's text with the kinds of devices in words and not by their codes: `(nas)`, `all 4 of kind camera`."""
    told = _GROUP.sub(
        lambda found: phrase(
            "planned.all_of_kind", count=found[1], kind=words.kind(Kind(found[2]), int(found[1]))
        ),
        told,
    )
    told = _ONE.sub(lambda found: f"({words.kind(Kind(found[1]))})", told)
    return _DENY.sub(
        lambda found: phrase("planned.deny", source=found[1], target=found[2], gate=found[3]), told
    )


def cost(value: float) -> str:
    """A cost, whole where it is."""
    return f"{value:,.1f}".removesuffix(".0")


def share(made: Plan) -> str:
    """What the plan saves, as a share of the loss."""
    return text.percent((made.loss - made.after) / made.loss) if made.loss > 0 else text.percent(0.0)


def span(of: Interval) -> str:
    """The sampling interval of a saving."""
    return phrase(
        "planned.in_of_samples",
        lo=text.between(text.amount(of.lo), text.amount(of.hi)),
        level=text.percent(of.level),
    )


def _step(number: int, step: Step, made: Plan) -> Iterator[str]:
    head = phrase(
        "planned.saves_cost",
        number=number,
        saves=text.amount(step.saves),
        saves_2=text.percent(step.saves / made.loss),
        cost=cost(step.cost),
    )
    yield from _wrapped(head + spoken(step.text), "", "     ")
    if step.alone < 0.8 * step.saves:
        yield phrase("planned.alone_it_would_save_it_counts_once_the", alone=text.amount(step.alone))
    elif step.alone > 1.25 * step.saves:
        yield phrase("planned.alone_it_would_save_the_steps_before_it", alone=text.amount(step.alone))


def _bar(point: Point, most: float) -> str:
    long = round(_BAR * point.loss / most) if most > 0 else 0
    return f"  {point.steps:>3}  {'#' * long:<{_BAR}}  {text.amount(point.loss):>8}  {phrase('planned.cost', cost=cost(point.cost))}"


def _wrapped(line: str, first: str, rest: str | None = None) -> list[str]:
    return textwrap.wrap(
        text.visible(line),
        _WIDTH,
        initial_indent=first,
        subsequent_indent=rest or first + "  ",
        break_long_words=False,
    )
