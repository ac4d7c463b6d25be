"""A plan in a terminal: what to do first reads like a sentence, and nothing a device said acts on the terminal."""

import pytest

from scanner.model.plan import Answer, Plan, Point, Step
from scanner.model.verdict import Interval
from scanner.report import planned

RANGE = Interval(lo=1.0, hi=2.0, level=0.95)


def step(text, saves, alone):
    return Step(action="deny", text=text, devices=(), cost=4.0, saves=saves, interval=RANGE, alone=alone)


def point(steps, loss, what):
    return Point(steps=steps, cost=4.0 * steps, loss=loss, interval=RANGE, what=what)


def made(*steps, spared=0, ends="noise"):
    curve = (point(0, 100.0, "Do nothing"), point(1, 50.0, "x"), point(2, 25.0, "y"))
    return Plan(
        loss=100.0, after=25.0, saved=RANGE, cost=8.0, steps=steps, curve=curve, front=curve, ends=ends, spared=spared
    )  # fmt: skip


def test_steps_say_what_they_save_and_what_they_need():
    said = "\n".join(planned.plan(made(step("first", 50.0, 80.0), step("second", 25.0, 1.0), spared=2)))

    assert "saves 75%" in said
    assert "  1. saves 50 (50%), cost 4: first" in said
    assert "alone it would save 80: the steps before it save the rest already" in said
    assert "alone it would save 1.0: it counts once the steps before it are done" in said
    assert "2 devices may be changed by the maker only" in said
    assert "what is left saves nothing for sure" in said
    assert "the first 2 steps" in said


def test_bars_are_as_long_as_what_is_lost():
    bars = [
        line.count("#") for line in planned.plan(made(step("a", 50.0, 50.0), ends="steps")) if "#" in line
    ]

    assert [40, 20, 10] == bars


def test_a_plan_of_a_network_without_loss_divides_by_nothing():
    assert "0%" == planned.share(Plan())
    free = Plan(steps=(step("a", 0.0, 0.0),), curve=(point(0, 0.0, "n"),), loss=1e-12)
    assert any("FIX FIRST" in line for line in planned.plan(free))


def test_a_name_cannot_act_on_the_terminal():
    said = "\n".join(planned.plan(made(step("Unplug \x1b[2J\u202e", 50.0, 50.0))))

    assert "\x1b" not in said
    assert "\u202e" not in said


def test_an_answer_says_what_stands_against_it():
    one = Answer(
        question="patch ct", text="Patch ct", devices=(), cost=10.0, loss=100.0, after=90.0, saves=10.0, interval=RANGE,
        note="only its maker may do that",
    )  # fmt: skip
    said = "\n".join(
        planned.answers([one, Answer(**{f: getattr(one, f) for f in one.__struct_fields__ if f != "note"})])
    )

    assert 2 == said.count("WHAT IF  Patch ct")
    assert 1 == said.count("but: only its maker may do that")
    assert "expected loss 100 -> 90, saves 10 (1.0 to 2.0 in 95% of samples), cost 10" in said


@pytest.mark.parametrize(
    ("told", "want"),
    [
        ("Replace SRV-1 (nas)", "Replace SRV-1 (network storage box)"),
        (
            "Let the switch ports of all 4 of kind modality pass only the servers that they need",
            "Let the switch ports of all 4 imaging devices pass only the servers that they need",
        ),
        ("Deny office -> servers tcp/443", "Deny tcp/443 from office to servers"),
        ("Update PC (7) (thing)", "Update PC (7) (thing)"),
    ],
)
def test_a_step_names_kinds_in_words(told, want):
    assert want == planned.spoken(told)
