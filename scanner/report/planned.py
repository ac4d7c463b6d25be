"""The plan and the answers to what-ifs as plain text for a terminal."""

import re
import textwrap
from collections.abc import Iterator, Sequence
from typing import Final

from scanner.model.kinds import Kind
from scanner.model.plan import Answer, Plan, Point, Step
from scanner.model.verdict import Interval
from scanner.report import text, words

_WIDTH: Final = 110
_BAR: Final = 40
_CODES: Final = "|".join(Kind)
_GROUP: Final = re.compile(rf"\ball ([0-9]+) of kind ({_CODES})\b")
_ONE: Final = re.compile(rf"\(({_CODES})\)")
_DENY: Final = re.compile(r"^Deny (.+?) -> (.+?) (\S+)$")
ENDS: Final = {
    "steps": "It ends here because no more steps were asked for.",
    "budget": "It ends here because nothing else fits the budget.",
    "noise": "It ends here because what is left saves nothing for sure (95% of the sampling error).",
    "nothing": "It ends here because nothing else that is known of saves anything.",
}
"""Why a plan ends, by its word."""
UNITS: Final = (
    "Loss is the expected weight that one foothold costs, in PCs' worth. Cost 1 is one simple rule or setting: a judgement,"
    " see the cost.* parameters."
)


def plan(made: Plan) -> Iterator[str]:
    """Every step with what it saves, the whole with its interval, the curve, and what cheaper plans would leave."""
    if not made.steps:
        yield f"Nothing that is known of would lower the expected loss of {text.amount(made.loss)}."
        return
    yield (
        f"FIX FIRST  {text.plural(len(made.steps), 'step')}, cost {cost(made.cost)}: expected loss"
        f" {text.amount(made.loss)} -> {text.amount(made.after)}, saves {share(made)}"
    )
    yield from _wrapped(f"together they save {span(made.saved)}; simulated together, not added up", "  ")
    yield ""
    for number, step in enumerate(made.steps, 1):
        yield from _step(number, step, made)
    yield ""
    yield "LOSS AFTER EACH STEP"
    yield from (_bar(point, made.loss) for point in made.curve)
    yield ""
    yield "BEST FOR ITS COST  (no other plan tried costs less and loses less)"
    for point in made.front:
        head = f"  cost {cost(point.cost):>6}  loss {text.amount(point.loss):>8}  "
        what = spoken(point.what) if point.steps < 2 else f"the first {point.steps} steps"
        yield text.visible(head + text.short(what, _WIDTH - len(head)))
    yield ""
    yield from _wrapped(ENDS[made.ends], "")
    if made.spared:
        yield from _wrapped(
            f"{text.plural(made.spared, 'device')} may be changed by the maker only; for those the plan has walls, no patches.",
            "",
        )
    yield from _wrapped(UNITS, "")


def answers(found: Sequence[Answer]) -> Iterator[str]:
    """What each what-if would save."""
    for one in found:
        yield from _wrapped(f"WHAT IF  {one.text}", "", "         ")
        yield (
            f"  expected loss {text.amount(one.loss)} -> {text.amount(one.after)}, saves {text.amount(one.saves)}"
            f" ({span(one.interval)}), cost {cost(one.cost)}"
        )
        if one.note:
            yield from _wrapped(f"but: {one.note}", "  ")
    yield from _wrapped(UNITS, "")


def spoken(told: str) -> str:
    """A step's text with the kinds of devices in words and not by their codes: `(nas)`, `all 4 of kind camera`."""
    told = _GROUP.sub(lambda found: f"all {found[1]} {words.kind(Kind(found[2]), int(found[1]))}", told)
    told = _ONE.sub(lambda found: f"({words.kind(Kind(found[1]))})", told)
    return _DENY.sub(r"Deny \3 from \1 to \2", told)


def cost(value: float) -> str:
    """A cost, whole where it is."""
    return f"{value:,.1f}".removesuffix(".0")


def share(made: Plan) -> str:
    """What the plan saves, as a share of the loss."""
    return text.percent((made.loss - made.after) / made.loss) if made.loss > 0 else text.percent(0.0)


def span(of: Interval) -> str:
    """The sampling interval of a saving."""
    return f"{text.between(text.amount(of.lo), text.amount(of.hi))} in {text.percent(of.level)} of samples"


def _step(number: int, step: Step, made: Plan) -> Iterator[str]:
    head = f"{number:>3}. saves {text.amount(step.saves)} ({text.percent(step.saves / made.loss)}), cost {cost(step.cost)}: "
    yield from _wrapped(head + spoken(step.text), "", "     ")
    if step.alone < 0.8 * step.saves:
        yield f"     alone it would save {text.amount(step.alone)}: it counts once the steps before it are done"
    elif step.alone > 1.25 * step.saves:
        yield f"     alone it would save {text.amount(step.alone)}: the steps before it save the rest already"


def _bar(point: Point, most: float) -> str:
    long = round(_BAR * point.loss / most) if most > 0 else 0
    return f"  {point.steps:>3}  {'#' * long:<{_BAR}}  {text.amount(point.loss):>8}  cost {cost(point.cost)}"


def _wrapped(line: str, first: str, rest: str | None = None) -> list[str]:
    return textwrap.wrap(
        text.visible(line),
        _WIDTH,
        initial_indent=first,
        subsequent_indent=rest or first + "  ",
        break_long_words=False,
    )
