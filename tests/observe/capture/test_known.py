import numpy as np

from scanner.observe.capture.known import Known

FAR = np.uint64(1 << 60)


def numbers(*values):
    return np.array([FAR * np.uint64(value) + np.uint64(1) for value in values], np.uint64)


def test_what_was_entered_is_known_with_the_time_of_its_last_meeting():
    known = Known(4)
    one, other = numbers(1, 2)
    known.enter(int(one), 5.0)

    assert [1] == known.meet(numbers(1, 2, 1), np.array([6.0, 7.0, 8.0])).tolist()
    assert (8.0, None) == (known.last(int(one)), known.last(int(other)))
    assert [True, False] == known.holds(numbers(1, 2)).tolist()


def test_what_is_forgotten_is_met_anew():
    known = Known(4)
    known.enter(int(numbers(1)[0]), 5.0)
    known.forget(numbers(1, 2))
    assert [False] == known.holds(numbers(1)).tolist()


def test_many_are_entered_at_once_and_none_at_all():
    known = Known(4)
    known.enter_all([], 1.0)
    known.enter_all(numbers(1, 3).tolist(), 5.0)
    assert ([True, False, True], 5.0) == (
        known.holds(numbers(1, 2, 3)).tolist(),
        known.last(int(numbers(3)[0])),
    )


def test_who_pushes_out_another_hears_of_it():
    known = Known(4)
    one, other = int(numbers(1)[0]), int(numbers(1)[0]) + 2
    assert [(0, 0.0), (one, 5.0)] == [known.enter(one, 5.0), known.enter(other, 6.0)]


def test_one_may_push_out_another_but_is_never_taken_for_it():
    known = Known(4)
    one, other = numbers(3)[0], numbers(3)[0] + np.uint64(2)
    known.enter(int(one), 1.0)
    known.enter(int(other), 2.0)
    assert (None, 2.0) == (known.last(int(one)), known.last(int(other)))


def test_strangers_are_told_once_each_where_they_came_first_with_their_times():
    known = Known()
    known.enter(7 << 60, 1.0)
    numbers = np.array([5 << 60, 7 << 60, 3 << 60, 5 << 60, 3 << 60], np.uint64)

    assert [(0, 1.0, 4.0), (2, 2.5, 3.0)] == known.strangers(numbers, np.array([4.0, 2.0, 3.0, 1.0, 2.5]))
    assert 2.0 == known.last(7 << 60)
    assert [] == known.strangers(numbers[:0], np.zeros(0))
