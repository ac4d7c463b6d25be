"""What-ifs: understood as written, answered on the same worlds, and refused in one line that says what is possible."""

import msgspec
import pytest

from scanner.errors import DataError
from scanner.model.kinds import Kind
from scanner.risk.plan.whatif import answer, read


def ask(stages, on, *asked):
    known = {actor.device.id for actor in on.cast}
    questions = [read(one) for one in asked]
    meant = [(one, one.device if one.device in known else None) for one in questions]
    return answer(on, stages.loss(on), meant)


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("isolate pc 7", ("isolate", "pc 7", "", "", ())),
        ("  PATCH   pc7 ", ("patch", "pc7", "", "", ())),
        ("deny a -> b tcp/445", ("deny", "", "a", "b", ("tcp/445",))),
        ("deny a→b tcp/445,udp/53", ("deny", "", "a", "b", ("tcp/445", "udp/53"))),
        ("deny a -> b", ("deny", "", "a", "b", ())),
        ("deny a -> b everything", ("deny", "", "a", "b", ())),
        ("unplug pc7 from b", ("unplug", "pc7", "b", "", ())),
    ],
)
def test_a_question_is_taken_apart(text, want):
    found = read(text)

    assert want == (found.verb, found.device, found.source, found.target, found.ports)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "nothing is asked"),
        ("isolate " + "x" * 600, "nothing is asked"),
        ("isolat pc7", "did you mean 'isolate'?"),
        ("burn pc7", "'burn' is no action"),
        ("remove", "remove what?"),
        ("deny a b", "an arrow between them"),
        ("deny a -> b -> c", "an arrow between them"),
        ("deny a ->", "an arrow between them"),
        ("deny a -> b 445", "'445' is not a port such as tcp/445"),
        ("unplug pc7", "from which zone?"),
    ],
)
def test_what_is_no_question_is_told_what_is_possible(text, told):
    with pytest.raises(DataError) as refused:
        read(text)

    assert told in str(refused.value)
    assert "deny ZONE -> ZONE" in str(refused.value)


def test_walls_removals_and_pulled_legs_save_what_leads_through_them(stages):
    on = stages.bridged(1)
    isolated, removed, pulled, every = ask(stages, on, "isolate x0", "remove x0", "unplug x0 from ward")

    assert 0 < pulled.saves <= isolated.saves <= removed.saves <= every.saves
    assert ("x0",) == isolated.devices
    assert "isolate x0; remove x0; unplug x0 from ward" == every.question
    # numpy's floats would be refused here
    assert msgspec.json.encode(every)


def test_mending_both_of_two_bridges_saves_more_than_each(stages):
    one, other, both = ask(stages, stages.bridged(2), "isolate x0", "isolate x1")

    assert both.saves > 1.3 * (one.saves + other.saves)


def test_an_answer_names_what_stands_against_it(stages):
    make = stages.make
    network = [
        stages.camera("m", "x", kind=Kind.MODALITY), make.plain("s", "x", kind=Kind.SERVER), make.plain("p", "y"),
        stages.camera("c", "y"),
    ]  # fmt: skip
    on = stages.of(network, "x", "y", segments=[("x", "y", ["tcp/23"], "declared")])
    asked = (
        "patch m",
        "isolate s",
        "patch p",
        "unplug p from x",
        "deny x -> x",
        "deny x -> y tcp/80",
        "deny y -> x",
        "patch c",
    )
    notes = [one.note for one in ask(stages, on, *asked)]

    assert "only its maker may do that" in notes[0]
    assert "others work with it" in notes[1]
    assert "nothing that was found on it" in notes[2]
    assert "it has no leg in x" == notes[3]
    assert "without passing a rule" in notes[4]
    assert "nothing that was found weak listens there" in notes[5]
    assert "nothing that was found weak listens there" in notes[6]
    assert ["", ""] == notes[7:]


def test_a_denied_port_is_worth_what_came_through_it(stages):
    network = [stages.camera("a", "x"), stages.camera("b", "y")]
    on = stages.of(network, "x", "y", segments=[("x", "y", ["tcp/23"], "declared")])
    [denied] = ask(stages, on, "deny x -> y tcp/23")

    assert 0.343 == pytest.approx(denied.saves, abs=0.06)
    assert denied.after == pytest.approx(1.0, abs=0.06)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("isolate nobody", "no device 'nobody'"),
        ("deny x -> yy", "did you mean 'y'?"),
        ("deny q -> y", "zones are: x, y"),
    ],
)
def test_names_that_are_not_there_are_told_so(stages, asked, told):
    on = stages.of([stages.camera("a", "x"), stages.camera("b", "y")], "x", "y")

    with pytest.raises(DataError) as refused:
        ask(stages, on, asked)

    assert told in str(refused.value)


def test_an_empty_network_answers_nothing_saved(stages):
    [one] = ask(stages, stages.of([], "x", "y"), "deny x -> y")

    assert 0.0 == one.saves
