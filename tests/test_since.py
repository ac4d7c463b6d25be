"""Two runs are judged by one knowledge, and each step between them changes one thing only."""

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner import since as module
from scanner.errors import DataError
from scanner.knowledge.base import open_base
from scanner.model.net import Address, Mac, tcp
from scanner.model.observation import Observation
from scanner.model.presence import Presence
from scanner.model.run import Run
from scanner.model.since import Cause
from scanner.since import Evidence, as_of, between, chosen, days_until

START = datetime(2026, 10, 1, 12, tzinfo=UTC)
WEEK = timedelta(days=7)
SCOPE = """\
[engagement]
name = "n"
owner = "o"
authorized_by = "a"
contact = "c"
reference = "r"
valid_from = 2026-10-01
valid_until = 2026-12-20
sector = "office"
[[network]]
cidr = "10.0.0.0/24"
zone = "office"
profile = "office"
"""


def run(at, command="scan", **more):
    given = {
        "id": f"run-{at:%m%dT%H}", "engagement": "e", "started": at, "ended": at, "command": command,
        "scope": SCOPE, "seed": 1, "parameters": {}, "versions": {"knowledge at the time": "k"},
    }  # fmt: skip
    return Run(**{**given, **more})


def saw(first, last=None, address="10.0.0.9", value="SSH-2.0-OpenSSH_5.3", mac="02:00:00:00:00:09"):
    return Observation(
        source="probe:ssh", first=first, last=last or first, field="ssh.banner", value=value,
        address=Address(address), mac=Mac(mac), port=tcp(22), zone="office", vantage="office",
    )  # fmt: skip


def there(*days):
    return Presence(
        source="probe",
        month="2026-10",
        days=days,
        address=Address("10.0.0.9"),
        mac=Mac("02:00:00:00:00:09"),
        zone="office",
    )


@pytest.mark.parametrize(
    ("days", "last"),
    [
        ((1, 8, 15), datetime(2026, 10, 8, 12, tzinfo=UTC)),  # somebody was there on the very day
        ((1, 5, 15), datetime.combine(date(2026, 10, 5), datetime.max.time(), UTC)),
        ((1, 15), START),
        ((), START),
    ],
)
def test_a_fact_that_was_seen_before_and_after_ends_on_the_last_day_anything_was_seen_there(days, last):
    (one,) = as_of([saw(START, START + 2 * WEEK)], [there(*days)] if days else [], START + WEEK)

    assert last == one.last


def test_what_came_later_is_not_there_and_what_ended_before_stays_as_it_is():
    old = saw(START)

    assert (old,) == as_of([old, saw(START + 2 * WEEK)], [], START + WEEK)


@given(
    st.integers(0, 30),
    st.integers(0, 30),
    st.integers(0, 30),
    st.sets(st.integers(1, 31), min_size=1),
)
def test_no_fact_outlives_the_moment_or_begins_after_it_ends(first, length, at, days):
    moment = START + timedelta(days=at)
    seen = saw(START + timedelta(days=first), START + timedelta(days=first + length))

    for one in as_of([seen], [there(*sorted(days))], moment):
        assert one.first <= one.last <= moment
        assert one.last <= seen.last


def test_days_of_presence_end_with_the_moment():
    assert (there(1, 8),) == days_until([there(1, 8, 9), there(20)], START + WEEK)


def test_the_last_two_looks_are_compared_else_the_last_two_runs():
    runs = [run(START), run(START + WEEK), run(START + 2 * WEEK, "import")]

    assert (runs[0], runs[1]) == chosen(runs)
    assert (runs[1], runs[2]) == chosen(runs[1:])
    assert chosen(runs[:1]) is None


def test_runs_are_named_by_id_or_its_end():
    runs = [run(START), run(START + WEEK, ended=None)]

    assert tuple(runs) == chosen(runs, ("run-1001T12", "08T12"))
    with pytest.raises(DataError, match="name the earlier run first"):
        chosen(runs, ("08T12", "01T12"))
    with pytest.raises(DataError, match="'T12' names 2 runs; there are: run-1001T12, run-1008T12"):
        chosen(runs, ("T12", "08T12"))
    with pytest.raises(DataError, match="none yet"):
        chosen([], ("a", "b"))


@pytest.fixture(scope="module")
def knowledge():
    return open_base()


class Older:
    """Knowledge of another version, which knows the same."""

    def __init__(self, base):
        self._base, self.version = base, "older"

    def __getattr__(self, name):
        return getattr(self._base, name)


@pytest.fixture
def told(knowledge):
    """Three looks; the third met a second device."""
    versions = {"knowledge at the time": knowledge.version}
    runs = tuple(run(START + n * WEEK, versions=versions) for n in range(3))
    log = (saw(START, START + 2 * WEEK), saw(START + 2 * WEEK, address="10.0.0.10", mac="02:00:00:00:00:10"))
    return Evidence(log, (there(1, 8, 15),), runs)


def test_the_same_settings_leave_time_and_network_only(told, knowledge):
    since = between(told, *told.runs[1:], knowledge)

    assert [Cause.TIME, Cause.NETWORK] == [step.because for step in since.steps]
    assert ["new"] == [one.what for one in since.devices]
    assert [one.id for one in told.runs] == [one.run for one in since.trend]
    assert () == since.notes


def test_a_changed_scope_and_older_knowledge_are_steps_of_their_own(told, knowledge):
    last = msgspec.structs.replace(told.runs[2], scope=SCOPE.replace('"n"', '"m"', 1))
    since = between(
        Evidence(told.log, told.kept, (*told.runs[:2], last)), told.runs[1], last, knowledge, Older(knowledge)
    )

    assert [Cause.KNOWLEDGE, Cause.SCOPE, Cause.TIME, Cause.NETWORK] == [step.because for step in since.steps]
    assert all(a.after == b.before for a, b in zip(since.steps, since.steps[1:], strict=False))


def test_knowledge_that_is_not_held_any_more_is_said(told, knowledge):
    old = msgspec.structs.replace(told.runs[1], versions={})

    assert "no longer held" in between(told, old, told.runs[2], knowledge).notes[0]


def test_the_present_may_stand_on_the_later_side(told, knowledge):
    now = module.assess(told.log, told.runs, knowledge, START + 5 * WEEK, told.kept)
    since = between(told, *told.runs[1:], knowledge, current=now)

    assert START + 5 * WEEK == since.after.at
