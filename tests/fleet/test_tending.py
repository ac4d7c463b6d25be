"""What the centre does beside its turns: it judges in time, in a process of its own, and ends in order."""

import json
import os
import sys
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from scanner.errors import StoreError
from scanner.fleet import centre, tending
from scanner.fleet.centre import Turn
from scanner.fleet.ingest import Taken
from scanner.fleet.link import connect
from scanner.fleet.restore import Restored
from scanner.fleet.say import Form, Log
from scanner.fleet.tending import Due, EndedError, Judge, Tending

NOW = datetime(2026, 11, 24, tzinfo=UTC)
NOTHING = Turn(clock=0.0, again=0, given_up=0, signed=0, taken=Taken())
SOME = Turn(clock=0.0, again=0, given_up=0, signed=0, taken=Taken(batches=1, seen=2))


@pytest.mark.parametrize(
    ("came", "at", "want"),
    [
        ([], 1000.0, False),
        ([0.0], 19.9, False),
        ([0.0], 20.0, True),
        ([0.0, 15.0], 20.0, False),
        ([0.0, 15.0], 35.0, True),
        ([*range(0, 300, 10)], 299.0, False),
        ([*range(0, 310, 10)], 300.0, True),
    ],
)
def test_it_is_time_when_what_came_has_come_to_rest_or_comes_for_too_long(came, at, want):
    due = Due()
    for one in came:
        due.came(float(one))
    assert (want, bool(came)) == (due.holds(at), due.waits)


def test_what_is_being_judged_is_not_judged_again():
    due = Due()
    due.came(0.0)
    due.judged()
    assert (False, False) == (due.holds(1000.0), due.waits)
    due.came(1000.0)
    assert (False, True) == (due.holds(1010.0), due.holds(1020.0))


def judge(code):
    return Judge([sys.executable, "-c", code], {"PATH": os.environ["PATH"]})


def ended(one):
    one._process.wait()
    return one.over()


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("", ""),
        ("import sys; sys.exit('stalehost: the disk is full')", "the disk is full"),
        ("import sys; sys.stderr.write('one\\ntwo\\n\\n'); sys.exit(2)", "two"),
        ("import sys; sys.exit(3)", "it ended with status 3"),
    ],
)
def test_a_judgement_says_once_how_it_ended(code, why):
    one = judge(code)
    assert not one.busy
    one.begin()
    assert one.busy
    assert why == ended(one)
    assert (None, False) == (one.over(), one.busy)


def test_a_judgement_is_ended_with_the_centre():
    one = judge("import time; time.sleep(1000)")
    one.begin()
    pid = one._process.pid
    one.end()

    assert not one.busy
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    one.end()


class Fake:
    """A judge whose process ends when the test says so."""

    def __init__(self):
        self.begun, self.busy, self.why, self.ended = 0, False, None, False

    def begin(self):
        self.begun, self.busy, self.why = self.begun + 1, True, None

    def over(self):
        why, self.why = self.why, None
        self.busy = self.busy and why is None
        return why

    def end(self):
        self.ended = True


class Centre:
    """The hook, with a clock that the test sets."""

    def __init__(self, fleet, judging, once):
        self.fleet, self.judge, self.at, self.told_to_end = fleet, judging, 0.0, False
        self.lines = []
        where = f"host={fleet.server.run} port={fleet.server.port} user=postgres dbname={fleet.database}"
        self.hook = Tending(
            Log(self.lines.append, Form.JSON, lambda: NOW),
            judging,
            opened=lambda: connect(where),
            now=lambda: NOW,
            clock=lambda: self.at,
            over=lambda: self.told_to_end,
            once=once,
        )

    def turns(self, *said_all, each=1.0):
        for what in said_all:
            self.hook(what)
            self.at += each

    def events(self):
        return [json.loads(line)["event"] for line in self.lines]


@pytest.fixture
def make(fleet):
    return lambda judging=None, *, once=False: Centre(fleet, judging, once)


def test_a_report_is_made_when_what_came_in_rests_and_one_at_a_time(make):
    one = make(Fake())
    one.turns(NOTHING, SOME, *[NOTHING] * 19)
    assert 0 == one.judge.begun
    one.turns(*[NOTHING] * 2)
    assert 1 == one.judge.begun
    one.turns(SOME, *[NOTHING] * 40)
    assert 1 == one.judge.begun
    one.judge.why = ""
    one.turns(NOTHING)
    assert 2 == one.judge.begun
    assert "centre.judged" == one.events()[-1]


def test_what_was_not_judged_before_the_last_centre_ended_is_judged_by_the_next(make, fleet):
    left = fleet.enrol("left")
    left.post.push(uuid4(), b"{}")
    fleet.link.execute("UPDATE fleet.inbox SET taken = clock_timestamp()")
    one = make(Fake())
    one.turns(*[NOTHING] * 21)
    assert 1 == one.judge.begun
    fleet.link.execute("UPDATE fleet.judged SET at = clock_timestamp()")
    other = make(Fake())
    other.turns(*[NOTHING] * 30)
    assert 0 == other.judge.begun


def test_a_judgement_that_fails_is_said_and_kept_and_the_turns_go_on(make, fleet):
    one = make(Fake())
    one.turns(SOME, *[NOTHING] * 21)
    one.judge.why = "the disk is full"
    one.turns(*[NOTHING] * 30)

    assert ["centre.taken", "centre.unjudged"] == one.events()
    assert 1 == one.judge.begun
    assert [("the disk is full",)] == fleet.rows("SELECT why FROM fleet.judged")


def test_with_once_it_ends_when_nothing_is_left_and_all_is_judged(make, fleet):
    fleet.enrol("left")
    centre.order(fleet.link, "scan-1", "st-mary")
    one = make(Fake(), once=True)
    one.turns(NOTHING, SOME, NOTHING)
    assert 0 == one.judge.begun
    fleet.link.execute("UPDATE fleet.procrastinate_jobs SET status = 'succeeded'")
    one.turns(NOTHING, NOTHING)
    assert 1 == one.judge.begun
    one.judge.why = ""
    with pytest.raises(EndedError):
        one.turns(NOTHING)
    assert "centre.judged" == one.events()[-1]


def test_with_once_it_is_said_for_whom_it_waits_until_somebody_is_at_work(make, fleet):
    sensor = fleet.enrol("slow", ("st-mary-radiology", "st-mary-office"))
    centre.order(fleet.link, "scan-1", "st-mary")
    one = make(once=True)
    one.turns(NOTHING, NOTHING)
    sensor.post.beat("x")
    one.turns(NOTHING)
    fleet.pass_(40)
    one.turns(NOTHING, NOTHING)

    assert 2 * [("centre.waiting", "st-mary-office st-mary-radiology")] == [
        (said["event"], said["segments"]) for said in map(json.loads, one.lines)
    ]


@pytest.mark.parametrize(
    "waits",
    [
        "INSERT INTO fleet.inbox (sensor, batch, late, body) VALUES ('left', gen_random_uuid(), false, 'x')",
        "INSERT INTO fleet.request (sensor, csr) VALUES ('left', 'x')",
    ],
)
def test_with_once_batches_and_requests_are_waited_for(make, fleet, waits):
    fleet.enrol("left")
    fleet.link.execute(waits)
    one = make(once=True)
    one.turns(NOTHING, NOTHING)
    fleet.link.execute("UPDATE fleet.inbox SET refused = 'x'")
    fleet.link.execute("UPDATE fleet.request SET refused = 'x' WHERE certificate IS NULL")
    with pytest.raises(EndedError):
        one.turns(NOTHING)


def test_with_once_what_fails_ends_it(make):
    one = make(Fake(), once=True)
    with pytest.raises(StoreError, match="another centre"):
        one.turns(StoreError("another centre is at work"))
    one.turns(SOME, NOTHING)
    one.judge.why = "the disk is full"
    with pytest.raises(StoreError, match="judging failed: the disk is full"):
        one.turns(NOTHING)


def test_a_database_that_is_away_and_one_that_was_restored_are_only_told(make):
    one = make(Fake())
    one.turns(StoreError("away"), StoreError("away"), Restored(7), NOTHING)
    assert ["centre.away", "centre.back", "centre.restored"] == one.events()


def test_told_to_end_it_ends_and_so_does_what_it_began(make):
    one = make(Fake())
    one.told_to_end = True
    with pytest.raises(EndedError):
        one.turns(NOTHING)
    one.hook.end()
    assert one.judge.ended
    make().hook.end()


def test_the_words_that_judge_hold_no_url(tmp_path):
    words = tending.words("python", tmp_path, tmp_path / "x.html")
    assert ("fleet", "report") == words[3:5]
    assert not [word for word in words if "://" in word]
