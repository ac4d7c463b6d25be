"""A row gives back the observation that it was made of."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from scanner.store.rows import cells, merged, observation, text
from tests.store.test_store import T0, seen

VALUES = st.text(st.characters(exclude_categories=["Cs"])) | st.dictionaries(
    st.text(st.characters(exclude_categories=["Cs"])), st.none() | st.booleans() | st.integers(-99, 99)
)


@given(VALUES, st.integers(-9999, 9999))
def test_there_and_back(value, minutes):
    one = seen(value=value, minutes=minutes)

    assert one == observation(cells(one))


def test_repeats_of_one_batch_are_one_row_with_the_whole_interval():
    (row,) = merged([cells(seen(minutes=5)), cells(seen(minutes=1)), cells(seen(minutes=9))])

    assert (text(T0 + timedelta(minutes=1)), text(T0 + timedelta(minutes=9))) == (row["first"], row["last"])
