"""The rule over edition hypotheses, on made-up ones."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.age import support
from scanner.model.kinds import Support
from scanner.model.knowledge import Branch, Confidence

UN, OK = Support.UNSUPPORTED, Support.SUPPORTED


def branch(edition="standard", ends=None, *, opened=False, confidence=Confidence.HIGH):
    return Branch(
        product="acme:os",
        branch="1",
        edition=edition,
        label=f"AcmeOS 1 {edition}",
        released=date(2000, 1, 1),
        ends=ends,
        open_ended=opened,
        source="made up",
        confidence=confidence,
    )


PAST, FUTURE = date(2020, 1, 1), date(2030, 1, 1)
UNVERIFIED = Confidence.UNVERIFIED


@pytest.mark.parametrize(
    ("one", "young", "old"),
    [
        (branch(ends=PAST), True, True),
        (branch(ends=FUTURE), False, False),
        (branch(opened=True), False, None),
        (branch(), None, None),
    ],
)
def test_only_that_no_end_was_named_is_doubted_in_an_old_table(one, young, old):
    today = date(2026, 11, 23)

    assert (young, old) == (support.ended(one, today), support.ended(one, today, late=True))


def test_the_longest_end_is_told_where_every_end_is_known():
    assert FUTURE == support.longest([branch(ends=PAST), branch(ends=FUTURE)])
    assert support.longest([branch(ends=PAST), branch()]) is None
    assert support.longest([]) is None


def test_doubtful_dates_make_a_lesser_grade():
    doubtful = [branch(ends=PAST), branch(ends=PAST, confidence=Confidence.MEDIUM)]

    assert ["E4", "E3", "E2", "E1", "E1"] == [
        support.grade(doubtful[:1], guessed=False, system=True),
        support.grade(doubtful, guessed=False, system=True),
        support.grade(doubtful, guessed=False, system=False),
        support.grade(doubtful, guessed=True, system=True),
        support.grade([], guessed=False, system=True),
    ]


DAYS = st.dates(date(1995, 1, 1), date(2040, 1, 1))
EDITIONS = st.lists(
    st.builds(
        branch,
        edition=st.sampled_from(["standard", "esu", "ltsc"]),
        ends=st.none() | DAYS,
        confidence=st.sampled_from(list(Confidence)),
    ),
    max_size=6,
)


@given(editions=EDITIONS, today=DAYS, more=st.integers(0, 9000), confidence=st.sampled_from(list(Confidence)))
def test_an_edition_that_still_runs_never_leaves_a_device_unsupported(editions, today, more, confidence):
    running = branch("running", today + timedelta(days=more), confidence=confidence)

    assert support.verdict([*editions, running], today) is not UN


@given(editions=EDITIONS, today=DAYS, ago=st.integers(1, 9000))
def test_an_edition_that_has_ended_never_leaves_a_device_supported(editions, today, ago):
    over = branch("over", today - timedelta(days=ago))

    assert support.verdict([*editions, over], today) is not OK


@given(editions=EDITIONS, today=DAYS)
def test_the_verdict_does_not_depend_on_order(editions, today):
    assert support.verdict(editions, today) == support.verdict(editions[::-1], today)
