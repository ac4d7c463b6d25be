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
from scanner.model.since import Cause, Moved, State, Visit
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
    with pytest.raises(DataError, match="'T13' names no run; there are: run-1001T12, run-1008T12"):
        chosen(runs, ("T13", "08T12"))
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


def at_site(site, *those):
    zone = "office" if site is None else f"{site}/office"
    return [
        msgspec.structs.replace(one, site=site, **({"zone": zone} if hasattr(one, "zone") else {}))
        for one in those
    ]


def visit(site, *weeks, **more):
    return [run(START + week * WEEK, id=f"{site}/run-{week}", site=site, **more) for week in weeks]


def test_sites_that_look_on_days_of_their_own_are_compared_by_the_last_look_at_each():
    """North looked in weeks 1 and 5, south in 2 and 6: what both looks before the last ones showed stands by week 2."""
    runs = [*visit("north", 1, 5), *visit("south", 2, 6)]

    assert ("south/run-2", "south/run-6") == tuple(one.id for one in chosen(runs))
    # east came in week 4 for the first time, and is no reason to move the earlier side
    assert "south/run-2" == chosen([*runs, *visit("east", 4)])[0].id
    # a site that rests does not hold the others back
    assert ("north/run-5", "north/run-6") == tuple(
        one.id for one in chosen([*visit("north", 1, 5, 6), *visit("south", 2, 3)])
    )
    assert chosen([*visit("north", 1), *visit("south", 2)]) is not None
    assert module.looks([*visit("north", 1), *visit("south", 2)]) is None


def of_sites():
    """South was looked at twice, north before that and no more, east since then alone; head office only reads bundles."""
    log = [
        *at_site("north", saw(START)),
        *at_site("south", saw(START), saw(START + 9 * WEEK, value="SSH-2.0-OpenSSH_9.6")),
        *at_site("east", saw(START + 8 * WEEK)),
    ]
    kept = [
        *at_site("north", there(1)),
        *at_site("south", there(1), msgspec.structs.replace(there(3), month="2026-12")),
        *at_site("east", msgspec.structs.replace(there(26), month="2026-11")),
    ]
    runs = [*visit("north", 0), *visit("south", 0, 9), *visit("east", 8), run(START, "import", id="run-0")]
    return Evidence(tuple(log), tuple(kept), tuple(sorted(runs, key=lambda one: (one.started, one.id))))


@pytest.fixture(scope="module")
def apart():
    told = of_sites()
    return between(told, *chosen(told.runs), open_base())


def test_a_site_that_was_not_looked_at_is_said_to_be_so_and_one_that_is_new_is_new(apart):
    assert [
        ("east", Visit.NEW, None, START + 8 * WEEK),
        ("north", Visit.NOT_LOOKED, START, None),
        ("south", Visit.LOOKED, START, START + 9 * WEEK),
    ] == [(one.site, one.state, one.before, one.after) for one in apart.sites]
    away = (
        "Not looked at this time: north (last on 2026-10-01). What is known of it is from before: nothing there counts as"
        " gone, fixed or fallen silent."
    )
    assert [away, "New since then: east. All that was found there is new."] == list(apart.notes[-2:])


def test_nothing_of_a_site_that_was_not_looked_at_is_gone_or_quiet_or_fixed(apart):
    """All three sites have the same address and the same card; north fell silent because nobody looked."""
    told = [(one.what, one.after) for one in apart.devices]

    assert [Moved.NEW] == [what for what, _ in told]
    assert not {State.GONE, State.FIXED} & {one.state for one in apart.findings if one.devices_after == 0}


def test_the_trend_says_how_many_sites_stand_in_each_point(apart):
    assert [2, 3] == [one.sites for one in apart.trend]


def test_a_point_of_the_trend_is_a_round_of_the_sites():
    runs = [*visit("north", 1, 3, 5, 7), *visit("south", 2, 4, 6)]
    before, after = chosen(runs)

    assert ("north/run-5", "north/run-7") == (before.id, after.id)
    assert ["north/run-1", "north/run-3"] == [one.id for one in module._rounds(runs, before)]


def test_a_fact_of_one_site_never_ends_on_a_day_of_another():
    north, south = at_site("north", saw(START, START + 2 * WEEK)), at_site("south", there(1, 8, 15))

    assert START == as_of(north, south, START + WEEK)[0].last


def test_with_one_site_nothing_is_said_of_sites():
    told = Evidence((saw(START),), (there(1),), (run(START), run(START + WEEK)))
    found = between(told, *chosen(told.runs), open_base())

    assert ((), [1, 1]) == (found.sites, [one.sites for one in found.trend])


def test_each_site_is_judged_by_its_own_later_scope_before_time_passes():
    """South's new scope makes its device weigh more; north's stays, and is not judged by that of south."""
    told = of_sites()
    heavier = SCOPE + '[[critical]]\nname = "archive"\naddress = "10.0.0.9"\nweight = 70\n'
    runs = tuple(
        msgspec.structs.replace(one, scope=heavier) if one.id == "south/run-9" else one for one in told.runs
    )
    renewed = module._under(module._upto(Evidence(told.log, told.kept, runs), START), runs)

    assert {"north/run-0": SCOPE, "south/run-0": heavier, "run-0": SCOPE} == {
        one.id: one.scope for one in renewed.runs
    }
