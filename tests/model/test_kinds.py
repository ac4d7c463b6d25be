"""The closed lists: bands have no gaps, words are the ones that the outside reads, the ladder has one order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.model import kinds
from scanner.model.kinds import Band, Kind, Outcome, Profile, Reach, Support, Touch, band


@pytest.mark.parametrize(
    ("score", "want"),
    [
        (0, Band.LOW), (29, Band.LOW), (29.999, Band.LOW), (30, Band.MEDIUM), (59.9, Band.MEDIUM), (60, Band.HIGH),
        (79, Band.HIGH), (80, Band.CRITICAL), (100, Band.CRITICAL),
    ],
)  # fmt: skip
def test_a_score_falls_in_its_band(score, want):
    assert want is band(score)


@given(st.floats(0, 100), st.floats(0, 100))
def test_a_higher_score_never_falls_in_a_lower_band(one, other):
    low, high = sorted((one, other))
    ranks = [word for _, word in kinds.BANDS]

    assert ranks.index(band(high)) <= ranks.index(band(low))


def test_bands_go_from_the_top_to_nought():
    assert [word for _, word in kinds.BANDS] == list(Band)
    assert sorted((least for least, _ in kinds.BANDS), reverse=True) == [least for least, _ in kinds.BANDS]
    assert 0 == kinds.BANDS[-1][0]


def test_the_touch_ladder_has_one_order():
    assert [Touch.LISTEN, Touch.KNOCK, Touch.GREET, Touch.ASK] == sorted(Touch)


@pytest.mark.parametrize("words", [Kind, Profile, Outcome, Support, Band, Reach])
def test_words_for_the_outside_are_plain_lower_case(words):
    for one in words:
        assert one.value == one.name.lower().replace("_", "-")
