"""The plan: what to do in which order, what each step saves, and how much is lost after so many steps."""

from typing import Final

from msgspec import Struct

from scanner.model.assessment import Assessment
from scanner.model.device import DeviceId
from scanner.model.plan import Plan, Point, Step
from scanner.report import planned
from scanner.report.charts import WIDTH
from scanner.report.svg import Shape, picture, shape
from scanner.report.text import amount, percent, plural, short
from scanner.report.texts import phrase

NAMED: Final = 8
_HIGH: Final = 220
_LEFT: Final = 70


class Line(Struct, frozen=True, kw_only=True):
    """One step."""

    what: str
    devices: tuple[tuple[DeviceId, str], ...]
    more: int
    cost: str
    saves: str
    share: str
    span: str
    alone: str
    after: str
    cost_value: str
    alone_value: str
    after_value: str
    """The same as plain numbers, for the page to reckon with."""


class Offer(Struct, frozen=True, kw_only=True):
    """One plan of the front: nothing that was tried costs less and loses less."""

    cost: str
    loss: str
    share: str
    what: str


class Planned(Struct, frozen=True, kw_only=True):
    """The plan."""

    lines: tuple[Line, ...]
    loss: str
    """The loss before any step, as a plain number."""
    now: str
    after: str
    share: str
    span: str
    cost: str
    ends: str
    spared: str
    worlds: str
    curve: Shape
    front: tuple[Offer, ...]


def plan(found: Assessment) -> Planned:
    """Show the plan that the judgement holds; without steps where nothing helps or none was made."""
    made = found.plan
    names = {judged.device.id: short(judged.device.name, 40) for judged in found.devices}
    return Planned(
        lines=tuple(
            _line(step, point, made, names) for step, point in zip(made.steps, made.curve[1:], strict=True)
        ),
        loss=_plain(made.loss),
        now=amount(made.loss),
        after=amount(made.after),
        share=planned.share(made),
        span=planned.span(made.saved),
        cost=planned.cost(made.cost),
        ends=planned.ENDS[made.ends],
        spared=plural(made.spared, "device"),
        worlds=plural(made.worlds, "world"),
        curve=curve(made),
        front=tuple(
            Offer(
                cost=planned.cost(point.cost),
                loss=amount(point.loss),
                share=percent(point.loss / made.loss),
                what=planned.spoken(point.what)
                if point.steps < 2
                else phrase("plan.the_first_steps", steps=point.steps),
            )
            for point in made.front
        ),
    )


def _line(step: Step, point: Point, made: Plan, names: dict[DeviceId, str]) -> Line:
    return Line(
        what=planned.spoken(step.text),
        devices=tuple((device, names.get(device, device)) for device in step.devices[:NAMED]),
        more=max(len(step.devices) - NAMED, 0),
        cost=planned.cost(step.cost),
        saves=amount(step.saves),
        share=percent(step.saves / made.loss),
        span=planned.span(step.interval),
        alone=amount(step.alone),
        after=amount(point.loss),
        cost_value=_plain(step.cost),
        alone_value=_plain(step.alone),
        after_value=_plain(point.loss),
    )


def _plain(value: float) -> str:
    """A number as scripts read it."""
    return f"{value:.4f}".rstrip("0").rstrip(".")


def curve(made: Plan) -> Shape:
    """Loss against the number of steps, with its interval: a stair of bars, each with its number."""
    most = max((point.interval.hi for point in made.curve), default=0.0) or 1.0
    wide = (WIDTH - _LEFT) / max(len(made.curve), 1)
    shapes: list[Shape] = []
    for at, point in enumerate(made.curve):
        left, high = _LEFT + at * wide, point.loss / most * _HIGH
        middle = left + wide / 2
        shapes += [
            shape("rect", x=left + 4, y=24 + _HIGH - high, width=max(wide - 8, 2), height=max(high, 1), class_="bar now"),
            shape(
                "line", x1=middle, x2=middle, class_="axis",
                y1=24 + _HIGH - point.interval.hi / most * _HIGH, y2=24 + _HIGH - point.interval.lo / most * _HIGH,
            ),
            shape("text", amount(point.loss), x=middle, y=18 + _HIGH - point.interval.hi / most * _HIGH, class_="value mid"),
            shape("text", str(point.steps), x=middle, y=44 + _HIGH, class_="tick mid"),
        ]  # fmt: skip
    shapes.append(shape("text", phrase("words.steps"), x=0, y=44 + _HIGH, class_="tick start"))
    about = "; ".join(f"{point.steps}: {amount(point.loss)}" for point in made.curve)
    return picture(
        phrase("plan.expected_loss_after_each_step"),
        about or phrase("plan.no_plan"),
        WIDTH,
        _HIGH + 52,
        *shapes,
        name="plan-curve",
    )
