"""Learning from later truth in closed form."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import DataError
from scanner.risk.calibrate import (
    Case,
    Learnt,
    learn,
    load,
    moved,
    of,
    parameters,
    plain,
    read,
    scores,
    written,
)
from scanner.risk.exposure import weaknesses
from scanner.risk.parameters import resolve


def case(present, predicted=0.6, grade="E3", exposure="x"):
    return Case(exposure=exposure, grade=grade, predicted=predicted, present=present)


def test_a_prior_counts_as_the_cases_that_its_grade_is_worth():
    (got,) = learn([case(present=True)] * 6)

    assert (0.6, 6, 6) == (got.prior, got.cases, got.found)
    assert (0.6 * 12 + 6) / (12 + 6) == pytest.approx(got.mean)


def test_learning_twice_is_learning_once_from_both():
    first, second = [case(present=True)] * 3, [case(present=False)] * 5

    assert learn([*first, *second]) == learn(second, learn(first))


def test_rows_and_grades_are_learnt_apart():
    got = learn([case(present=True), case(present=False, grade="E2"), case(present=True, exposure="a")])

    assert [("a", "E3"), ("x", "E2"), ("x", "E3")] == [(one.exposure, one.grade) for one in got]


def test_what_was_learnt_moves_the_odds_so_that_the_prior_becomes_the_mean():
    (got,) = learn([case(present=False)] * 12)
    values = resolve(parameters([got]))

    assert got.mean == pytest.approx(moved(0.6, "x", "E3", values))
    assert 0.6 == pytest.approx(plain(got.mean, "x", "E3", values))
    assert 0.4 == moved(0.4, "other", "E3", values)


def test_a_judgement_uses_what_was_learnt(make):
    device, age, _ = make.windows7("w", "z")
    (before,) = [
        w.finding
        for w in weaknesses(device, age, make.known, make.now, resolve({}))
        if w.fact.id == "ms17-010"
    ]
    row = Learnt(exposure="ms17-010", grade=before.grade, prior=before.present, cases=100, found=0)

    values = resolve(parameters([row]))
    (after,) = [
        w.finding for w in weaknesses(device, age, make.known, make.now, values) if w.fact.id == "ms17-010"
    ]

    assert row.mean == pytest.approx(after.present, abs=1e-6)
    assert after.present < before.present


def test_scores_are_what_their_formulas_say():
    got = scores(
        [
            case(present=True, predicted=0.9),
            case(present=False, predicted=0.3),
            case(present=True, predicted=1.0),
        ]
    )

    assert (0.1**2 + 0.3**2) / 3 == pytest.approx(got.brier)
    assert (-math.log(0.9) - math.log(0.7)) / 3 == pytest.approx(got.log)
    assert [(0.2, 1, 0.0), (0.8, 2, 1.0)] == [(one.low, one.cases, one.found) for one in got.table]


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=1, max_size=30))
def test_scores_are_finite_and_tables_whole(told):
    got = scores([case(present=present, predicted=odds) for present, odds in told])

    assert 0 <= got.brier <= 1
    assert math.isfinite(got.log)
    assert len(told) == sum(one.cases for one in got.table)


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=1, max_size=30))
def test_what_is_written_is_read_back(told):
    learnt = learn([case(present=present, predicted=odds) for present, odds in told])

    assert (3, learnt) == load(written(learnt, 3), "f")
    assert parameters(learnt) == of(written(learnt, 3))


def test_without_a_file_nothing_was_learnt():
    assert {} == of("")


def test_a_list_of_truths_is_read_with_its_lines():
    got = read("\ufeffDevice,Exposure,Present\nw1,ms17-010,yes\n w2 , telnet ,No\n", "t.csv")

    assert [("w1", "ms17-010", True, 2), ("w2", "telnet", False, 3)] == [
        (one.device, one.exposure, one.present, one.line) for one in got
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "t.csv:1: no column 'device'"),
        ("device,exposure\n", "t.csv:1: no column 'present'"),
        ("device,exposure,present\n", "no line of truth"),
        ("device,exposure,present\na,b,perhaps\n", "t.csv:2: present is 'perhaps'"),
        ("device,exposure,present\na,b\n", "t.csv:2: present is ''"),
        ("device,exposure,present\n,b,yes\n", "t.csv:2: a device and an exposure are needed"),
    ],
)
def test_a_bad_list_names_its_line(text, told):
    with pytest.raises(DataError, match=told.replace(".", r"\.")):
        read(text, "t.csv")


@pytest.mark.parametrize(
    "text",
    [
        "version = 1\n[[learnt]]\n", "not toml", "", "version = []\n",
        'version = 1\n[[learnt]]\nexposure = "x"\ngrade = "E9"\nprior = 0.5\ncases = 1\nfound = 1\n',
        'version = 1\n[[learnt]]\nexposure = "x"\ngrade = "E4"\nprior = 1.5\ncases = 1\nfound = 1\n',
        'version = 1\n[[learnt]]\nexposure = "x"\ngrade = "E4"\nprior = 0.5\ncases = 1\nfound = 2\n',
    ],
)  # fmt: skip
def test_a_spoilt_calibration_is_refused(text):
    with pytest.raises(DataError, match="calibration"):
        load(text, "calibration.toml")


def test_no_truth_about_anything_predicted_has_no_score():
    with pytest.raises(DataError, match="no line of the truth"):
        scores([])


@pytest.mark.parametrize("factor", [0.0, -1.0, math.inf, math.nan])
def test_a_learnt_factor_that_is_no_number_above_0_is_refused(factor):
    with pytest.raises(DataError, match="above 0"):
        resolve({"learnt.x.E4": factor})
