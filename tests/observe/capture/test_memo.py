import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scanner.observe.capture.memo import Memo, Told


class Widened:
    """A span that keeps when it was told."""

    def __init__(self):
        self.last = 0.0

    def widen(self, time):
        self.last = max(self.last, time)


def numbers(*values):
    return np.array(values, np.uint64)


@given(st.lists(st.lists(st.integers(1, 12), max_size=8), max_size=6))
def test_what_was_entered_is_known_from_the_next_batch_on_and_its_last_time_is_kept(batches):
    memo, spans, last, now = Memo(), {}, {}, 0.0
    for batch in batches:
        times = np.arange(len(batch)) + now
        before = memo.meet(numbers(*batch), times).tolist()
        assert [at for at, number in enumerate(batch) if number not in spans] == before
        for at in before:
            if not memo.again(batch[at], times.item(at)):
                spans[batch[at]] = Widened()
                memo.enter(batch[at], Told(times.item(at), (spans[batch[at]],)))
        last |= dict(zip(batch, times.tolist(), strict=True))
        now += 100
    memo.settle()
    assert last == {number: span.last for number, span in spans.items()}
    assert len(spans) == len(memo)


def test_an_older_time_changes_nothing_and_what_was_forgotten_is_met_anew():
    memo, span = Memo(), Widened()
    memo.enter(7, Told(50.0, (span,)))
    assert [] == memo.meet(numbers(7), np.array([20.0])).tolist()
    memo.settle()
    memo.clear()
    assert (50.0, 0, [0]) == (span.last, len(memo), memo.meet(numbers(7), np.array([60.0])).tolist())


def test_what_was_met_earlier_than_it_was_read_begins_then():
    told = Told(5.0, ())
    for time in (7.0, 3.0, 4.0):
        told.meet(time)
    assert (3.0, 7.0) == (told.first, told.last)
