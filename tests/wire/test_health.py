"""Signs in, verdict out."""

import itertools
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.model.kinds import Outcome
from scanner.model.net import tcp
from scanner.wire.health import BASELINE, LOST, MORE, RESETS, TIMES, Health

SMB = tcp(445)
SECONDS = st.floats(0.0001, 5)


def timed(*seconds):
    health = Health()
    for number, one in enumerate(seconds):
        health.connect(tcp(1000 + number), Outcome.CLOSED, one)
    return health.verdict


@given(st.lists(SECONDS, max_size=BASELINE))
def test_while_the_baseline_is_taken_no_answer_is_slow(seconds):
    assert timed(*seconds) is None


@given(st.lists(SECONDS, min_size=BASELINE, max_size=BASELINE), st.lists(SECONDS, max_size=12))
def test_two_slow_answers_in_a_row_are_a_sign_and_nothing_less_is(first, later):
    usual = statistics.median(first)
    slow = [one > max(TIMES * usual, usual + MORE) for one in later]
    want = any(a and b for a, b in itertools.pairwise(slow))
    assert want == (timed(*first, *later) is not None)


def test_the_verdict_says_how_slow():
    assert "it takes 900 ms to answer in place of 2 ms" == timed(0.001, 0.002, 0.003, 0.9, 0.9)


@pytest.mark.parametrize("later", [Outcome.CLOSED, Outcome.SILENT, Outcome.RESET, Outcome.UNREACHABLE])
def test_a_port_that_was_open_and_is_not_any_more_is_a_sign(later):
    health = Health()
    assert health.connect(SMB, Outcome.OK, None) is None
    assert health.connect(tcp(22), later, None) is None
    assert f"tcp/445 was open and is now {later}" == health.connect(SMB, later, None)


@given(st.lists(st.sampled_from([Outcome.OK, Outcome.RESET, Outcome.SILENT]), max_size=20))
def test_resets_in_a_row_are_a_sign_only_of_a_device_that_had_ended_a_connection_in_order(ends):
    health = Health()
    for end in ends:
        health.end(end)
    runs = [(end, len(list(same))) for end, same in itertools.groupby(ends)]
    want = any(end is Outcome.RESET and count >= RESETS for end, count in runs[1:])
    assert want == (health.verdict is not None)


@given(st.lists(st.tuples(st.floats(0.1, 8), st.booleans()), max_size=25))
def test_a_device_is_lost_when_no_answer_came_for_ten_seconds(asks):
    health, at, missing, want = Health(), 0.0, None, False
    for wait, answered in asks:
        at += wait
        health.arp(at, answered=answered)
        missing = None if answered else (at if missing is None else missing)
        want |= missing is not None and at - missing >= LOST
        assert health.missed == (missing is not None)
        assert want == (health.verdict is not None)


def test_the_first_verdict_stays():
    health = Health()
    health.connect(SMB, Outcome.OK, None)
    first = health.connect(SMB, Outcome.SILENT, None)
    health.arp(0, answered=False)
    health.arp(20, answered=False)
    assert first == health.verdict == health.end(Outcome.OK)


def test_what_is_overheard_is_a_verdict_at_once_and_the_first_stays():
    health = Health()

    assert "overheard: ARP storm" == health.sign("ARP storm")
    assert "overheard: ARP storm" == health.sign("fell silent")
