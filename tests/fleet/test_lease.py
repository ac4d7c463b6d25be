"""The flag of a chunk that may go to somebody else."""

import time

from scanner.fleet.lease import RAN_OUT, Leased, passed
from scanner.fleet.post import Right


def test_it_ends_by_itself_and_for_good():
    now = [0.0]
    stop = Leased(Right(until=20.0), lambda: now[0])
    assert (False, None) == (bool(stop), stop.reason)
    now[0] = 19.0
    stop.renew(Right(until=39.0))
    now[0] = 38.0
    assert not stop
    now[0] = 39.0

    assert (True, RAN_OUT) == (bool(stop), stop.reason)
    stop.renew(Right(until=99.0))
    assert stop


def test_a_renewal_that_comes_too_late_is_none_even_when_nobody_asked_in_between():
    now = [0.0]
    stop = Leased(Right(until=20.0), lambda: now[0])
    now[0] = 20.5
    stop.renew(Right(until=99.0))

    assert stop


def test_it_can_be_set_like_any_other():
    stop = Leased(Right(until=20.0), lambda: 0.0)
    stop.set("Ctrl-C")

    assert (True, "Ctrl-C") == (bool(stop), stop.reason)


def test_time_that_the_machine_sleeps_through_counts():
    """CLOCK_BOOTTIME is the one that goes on then; the other stands."""
    before = time.clock_gettime(time.CLOCK_BOOTTIME)

    assert before <= passed() <= time.clock_gettime(time.CLOCK_BOOTTIME)
