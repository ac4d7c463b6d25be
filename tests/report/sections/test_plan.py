"""The section, the picture and the terminal tell one plan, with its whole and not a sum."""

import msgspec
import pytest

from scanner.model.plan import Plan, Point, Step
from scanner.model.verdict import Interval
from scanner.report import planned
from scanner.report.sections.plan import NAMED, plan
from scanner.report.svg import draw


def between(lo, hi):
    return Interval(lo=lo, hi=hi, level=0.95)


@pytest.fixture
def made(hospital):
    """Three steps: one that is worth more alone, one that needs the first, one on a crowd."""
    ids = [judged.device.id for judged in hospital.devices]
    steps = [("unplug", ids[:1], 60.0, 60.0), ("deny", [], 20.0, 5.0), ("campaign", ids[:12], 10.0, 40.0)]
    losses = [120.0, 60.0, 40.0, 30.0]
    return Plan(
        loss=120.0, after=30.0, saved=between(88, 92), cost=7.5, ends="budget", spared=1, worlds=4096, budget=8.0,
        steps=tuple(
            Step(action=sort, text=f"Do {sort} <b>", devices=tuple(who), cost=2.5, saves=saves, alone=alone,
                 interval=between(saves - 1, saves + 1))
            for sort, who, saves, alone in steps
        ),
        curve=tuple(
            Point(steps=at, cost=2.5 * at, loss=loss, interval=between(loss - 2, loss + 2), what=f"step {at}")
            for at, loss in enumerate(losses)
        ),
        front=(
            Point(steps=1, cost=2.5, loss=60.0, interval=between(58, 62), what="Do unplug"),
            Point(steps=3, cost=7.5, loss=30.0, interval=between(28, 32), what="Do campaign"),
        ),
    )  # fmt: skip


def test_the_whole_is_told_with_its_interval(hospital, made):
    view = plan(msgspec.structs.replace(hospital, plan=made))

    assert ("120", "30", "75%", "88 to 92 in 95% of samples", "7.5") == (
        view.now, view.after, view.share, view.span, view.cost,
    )  # fmt: skip
    assert ["60", "40", "30"] == [line.after for line in view.lines]
    assert [0, 0, 12 - NAMED] == [line.more for line in view.lines]
    assert ["Do unplug", "The first 3 steps"] == [one.what for one in view.front]


def test_the_picture_has_the_numbers_of_the_table(hospital, made):
    picture = str(draw(plan(msgspec.structs.replace(hospital, plan=made)).curve))

    for number in ("120", "60", "40", "30"):
        assert f">{number}<" in picture
    assert "0: 120; 1: 60; 2: 40; 3: 30" in picture


def test_no_plan_is_no_picture_and_one_sentence(hospital):
    view = plan(hospital)

    assert ((), ()) == (view.lines, view.front)
    assert "No plan." in str(draw(view.curve))
    assert ["Nothing that is known of would lower the expected loss of 0.0."] == list(planned.plan(Plan()))
