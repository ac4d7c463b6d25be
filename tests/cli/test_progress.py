"""How far a run has come, and how long it may still take."""

import pytest

from scanner.cli.progress import Left, watched


def left(*told):
    said = Left()
    return [said.told(at, done, total) for at, done, total in told][-1]


@pytest.mark.parametrize(
    ("told", "want"),
    [
        ([(0, 0, 100)], "time left unknown"),
        ([(0, 0, 100), (1, 50, 100)], "time left unknown"),
        ([(0, 0, 100), (10, 50, 100)], "about 10 seconds left"),
        ([(0, 0, 1000), (10, 50, 1000)], "about 3 minutes left"),
        ([(0, 0, 65536), (10, 50, 65536)], "about 3.6 hours left"),
        ([(0, 0, 0), (10, 50, 0)], "time left unknown"),
        # slower now than at first: the last minute counts
        ([(0, 0, 1000), (10, 800, 1000), (80, 810, 1000), (90, 820, 1000), (139, 830, 1000)], "about 8 minutes left"),
        # a second pass counts from its own beginning
        ([(0, 0, 100), (10, 100, 100), (11, 5, 20)], "time left unknown"),
        ([(0, 50, 100), (10, 50, 100)], "time left unknown"),
    ],
)  # fmt: skip
def test_the_time_left_follows_the_rate_of_the_last_minute(told, want):
    assert want == left(*told)


def test_without_a_terminal_a_word_is_said_at_once_and_a_count_rarely(capsys):
    with watched() as watch:
        watch("ward", "waiting for its window until Sat", 0, 0)
        watch("ward", "who is there", 5, 100)

    assert "ward: waiting for its window until Sat\n" == capsys.readouterr().err
