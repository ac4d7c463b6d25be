import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.wire.raw.tempo import Tempo


def played(tempo, seconds, late=(0.0,), changes=()):
    """Send whatever may be sent, waking up as late as told; the times of all frames."""
    now, times, turn, changes = 0.0, [], 0, list(changes)
    while now < seconds:
        if changes and now >= changes[0][0]:
            tempo.set(changes.pop(0)[1])
        room = tempo.room(now)
        times += [now] * room
        now += 1e-6 * room
        tempo.mark(now, room)
        now += max(tempo.wait(now), 1e-6) + late[turn % len(late)]
        turn += 1
    return times


@given(rate=st.floats(0.2, 5000), late=st.lists(st.floats(0, 0.02), min_size=1, max_size=5))
def test_no_sliding_second_holds_more_than_the_rate(rate, late):
    times = played(Tempo(rate), min(5.0, 3000 / rate) + 2 / rate, late)
    first = 0
    for last, at in enumerate(times):
        while at - times[first] >= 1:
            first += 1
        assert last - first + 1 <= max(1, rate)


@pytest.mark.parametrize("rate", [0.5, 1, 2, 10, 100, 1000, 5000, 20000])
def test_nearly_all_of_the_rate_is_used(rate):
    seconds = max(4, 10 / rate)
    assert len(played(Tempo(rate), seconds)) >= rate * seconds * 0.9


@pytest.mark.parametrize("rate", [1, 40, 1000, 5000])
def test_a_batch_is_no_longer_than_five_milliseconds(rate):
    assert Tempo(rate).batch <= max(1, rate * 0.005)


def test_a_slower_rate_counts_what_was_sent_before():
    tempo = Tempo(1000)
    tempo.mark(0.0, tempo.room(0.0))
    tempo.set(1)
    assert tempo.wait(0.5) == pytest.approx(0.501, abs=1e-3)
    assert (0, 1) == (tempo.room(0.5), tempo.room(1.01))
    assert tempo.wait(1.01) == 0


@pytest.mark.parametrize("rate", [0, -1])
def test_a_rate_of_nothing_is_refused(rate):
    with pytest.raises(ValueError, match="above 0"):
        Tempo(rate)
