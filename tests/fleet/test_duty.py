"""A sensor on duty: it does what is due, ships what it saw, and outlasts all but its own revocation."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from scanner.errors import AdmissionError, HostError, ScopeError, StoreError
from scanner.fleet import admit, duty
from scanner.fleet.duty import Duty
from scanner.fleet.outbox import Outbox
from scanner.fleet.say import Form, Log
from scanner.model.net import Address
from scanner.model.observation import Observation
from scanner.wire.stop import Stop
from tests.fleet.test_keeping import World

AT = datetime(2026, 11, 1, 8, tzinfo=UTC)
SEEN = Observation(
    source="probe:ssh", first=AT, last=AT, field="ssh.banner", value="x", address=Address("10.20.0.7")
)


class Post:
    """One enrolled sensor on duty, whose time the test makes."""

    def __init__(self, fleet, folder):
        self.fleet = fleet
        self.fleets = World(fleet, folder)
        self.kept = self.fleets.enrol(self.fleets.invited())
        self.lines, self.waits, self.now = [], [], lambda: datetime.now(UTC)
        self.over = None
        self.pausing = lambda _seconds: None

    async def sleep(self, seconds):
        self.waits.append(seconds)
        self.pausing(seconds)
        await asyncio.sleep(0)

    def serve(self, look, kept=None, *, once=True):
        async def go():
            self.over = Stop()
            world = duty.World(
                log=Log(self.lines.append, Form.JSON, lambda: AT), over=self.over, now=self._now,
                clock=lambda: 0.0, sleep=self.sleep, jitter=lambda: 0.5, program="stalehost test",
            )  # fmt: skip
            await Duty(kept or self.kept, look, world).serve(once=once)

        asyncio.run(go())

    def _now(self):
        return self.now()

    def events(self):
        return [json.loads(line)["event"] for line in self.lines]

    def said(self, event):
        return [json.loads(line) for line in self.lines if json.loads(line)["event"] == event]

    def status(self):
        return [
            row[0] for row in self.fleet.rows("SELECT status::text FROM fleet.procrastinate_jobs ORDER BY id")
        ]


@pytest.fixture
def post(fleet, tmp_path):
    return Post(fleet, tmp_path)


async def look(_job, _stop, keep):
    keep(None, [SEEN])


async def never(_job, _stop, _keep):
    raise AssertionError("nothing was due")


def test_it_does_what_is_due_and_ends_when_nothing_is(post):
    for number in range(2):
        post.fleet.job(chunk="10.20.0.0/24", scan=str(number))
    post.serve(look)

    assert ["succeeded"] * 2 == post.status()
    assert [(2,)] == post.fleet.rows("SELECT count(*) FROM fleet.inbox")
    assert [("stalehost test",)] == post.fleet.rows("SELECT program FROM fleet.sensor")
    one = ["sensor.took", "sensor.done"]
    assert ["sensor.started", *one, *one, "sensor.stopped"] == post.events()
    assert "10.20.0.0/24" == post.said("sensor.took")[0]["chunk"]


def test_while_the_centre_is_away_one_line_says_so_and_it_is_tried_less_and_less_often(post):
    def pausing(_seconds):
        if len(post.waits) == 9:
            post.over.set("it was told to end")

    post.pausing = pausing
    away = SimpleNamespace(
        sensor="left", site="st-mary", outbox=post.kept.outbox, root=post.kept.root, opened=refuse
    )
    post.serve(never, away, once=False)

    assert [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0] == post.waits
    assert ["sensor.started", "sensor.away", "sensor.stopped"] == post.events()


def refuse():
    raise StoreError("hospital on db: the database server is away")


def test_a_centre_that_comes_back_is_told_of_once_and_what_waited_is_handed_in(post):
    post.kept.outbox().put(b"{}")
    tries = iter([refuse, refuse])

    def opened():
        return next(tries, post.kept.opened)()

    flaky = SimpleNamespace(
        sensor="left", site="st-mary", outbox=post.kept.outbox, root=post.kept.root, ends=post.kept.ends,
        opened=opened,
    )  # fmt: skip
    post.pausing = lambda seconds: seconds == duty.IDLE_S and post.over.set("Ctrl-C")
    post.serve(never, flaky, once=False)

    assert ["sensor.started", "sensor.away", "sensor.sent", "sensor.back", "sensor.stopped"] == post.events()
    assert [1.0, 2.0, duty.IDLE_S] == post.waits


def test_a_centre_that_lets_in_and_answers_nothing_is_away_all_the_same(post):
    post.fleet.link.execute(
        "REVOKE EXECUTE ON FUNCTION fleet.push(uuid, bigint, bigint, bytea) FROM stalehost_sensor"
    )
    post.kept.outbox().put(b"{}")
    post.pausing = lambda _seconds: len(post.waits) == 4 and post.over.set("Ctrl-C")
    post.serve(never, once=False)

    assert [1.0, 2.0, 4.0, 8.0] == post.waits
    assert ["sensor.started", "sensor.away", "sensor.waiting", "sensor.stopped"] == post.events()


def test_with_once_a_centre_that_is_away_ends_it(post):
    away = SimpleNamespace(
        sensor="left", site="st-mary", outbox=post.kept.outbox, root=post.kept.root, opened=refuse
    )
    with pytest.raises(StoreError, match="away"):
        post.serve(never, away)


def test_a_sensor_that_is_revoked_in_the_middle_ends_with_the_reason_and_keeps_what_it_saw(post):
    post.fleet.job(chunk="10.20.0.0/24")

    async def revoked(_job, _stop, keep):
        keep(None, [SEEN])
        admit.revoke(post.fleet.link, "left", datetime.now(UTC))

    # its connection is ended too; what counts is that the next try is the last
    with pytest.raises(AdmissionError, match="has revoked this sensor"):
        post.serve(revoked, once=False)
    assert 1 == len(Outbox(post.kept.root / "outbox"))


def test_a_chunk_that_this_site_does_not_allow_is_ended_with_the_reason(post):
    post.fleet.job(chunk="10.99.0.0/24")

    async def refused(_job, _stop, _keep):
        raise ScopeError("10.99.0.0/24 is in no network of this site's scope file")

    post.serve(refused)

    assert ["failed"] == post.status()
    assert ["sensor.started", "sensor.took", "sensor.refused", "sensor.stopped"] == post.events()
    assert "in no network" in post.said("sensor.refused")[0]["why"]


@pytest.mark.parametrize("error", [HostError("no such interface"), StoreError("x.db: the disk is full")])
def test_what_this_machine_cannot_do_is_left_to_others(post, error):
    post.fleet.job(chunk="10.20.0.0/24")

    async def cannot(_job, _stop, _keep):
        raise error

    post.serve(cannot)

    assert ["doing"] == post.status()
    assert str(error) == post.said("sensor.left")[0]["why"]
    post.fleet.pass_(31)
    post.fleet.rows("SELECT again FROM fleet.rescue()")
    post.serve(look)
    assert ["succeeded"] == post.status()


def test_told_to_end_it_leaves_its_chunk_to_others_and_hands_in_what_it_saw(post):
    post.fleet.job(chunk="10.20.0.0/24")

    async def long(_job, stop, keep):
        keep(None, [SEEN])
        post.over.set("it was told to end")
        await stop.wait()

    post.serve(long, once=False)

    assert ["doing"] == post.status()
    assert [(1,)] == post.fleet.rows("SELECT count(*) FROM fleet.inbox")
    assert ["sensor.started", "sensor.took", "sensor.left", "sensor.stopped"] == post.events()
    assert "it was told to end" == post.said("sensor.left")[0]["why"]
    # it is for others at the centre's next turn: nobody has to wait for the hold to run out
    assert [(True,)] == post.fleet.rows("SELECT again FROM fleet.rescue()")
    assert ["todo"] == post.status()


def test_to_be_told_to_end_is_no_try_of_the_chunk_however_often(post):
    """Five tries are for chunks that end whoever takes them."""
    post.fleet.job(chunk="10.20.0.0/24")

    async def long(_job, stop, _keep):
        post.over.set("it was told to end")
        await stop.wait()

    for _ in range(7):
        post.serve(long, once=False)
        assert [(True,)] == post.fleet.rows("SELECT again FROM fleet.rescue()")
    assert [("todo", 0)] == post.fleet.rows("SELECT status::text, attempts FROM fleet.procrastinate_jobs")
    post.serve(look)
    assert ["succeeded"] == post.status()


def test_a_blackout_is_told_of_when_it_begins_and_when_it_ends(post):
    post.fleet.link.execute("INSERT INTO fleet.blackout VALUES ('st-mary', 'J. Doe', 'x')")
    post.fleet.job(chunk="10.20.0.0/24")

    def pausing(_seconds):
        if len(post.waits) == 3:
            post.fleet.link.execute("DELETE FROM fleet.blackout")
        if post.events()[-1] == "sensor.done":
            post.over.set("Ctrl-C")

    post.pausing = pausing
    post.serve(look, once=False)

    assert [
        "sensor.started",
        "sensor.dark",
        "sensor.light",
        "sensor.took",
        "sensor.done",
        "sensor.stopped",
    ] == post.events()


def test_the_certificate_is_renewed_on_duty(post):
    post.now = lambda: datetime.now(UTC) + timedelta(days=0 if "sensor.rotated" in post.events() else 61)

    def pausing(_seconds):
        post.fleets.sign()
        if "sensor.rotated" in post.events():
            post.over.set("Ctrl-C")

    post.pausing = pausing
    post.serve(never, once=False)

    assert ["sensor.started", "sensor.rotated", "sensor.stopped"] == post.events()
    assert [(2,)] == post.fleet.rows("SELECT count(*) FROM fleet.certificate")


def test_a_certificate_that_ends_soon_without_a_next_one_is_told_of_once(post):
    post.now = lambda: post.kept.ends() - timedelta(days=6)
    post.pausing = lambda _seconds: len(post.waits) == 3 and post.over.set("Ctrl-C")
    post.serve(never, once=False)
    assert ["sensor.started", "sensor.ending", "sensor.stopped"] == post.events()


def test_requests_that_are_not_answered_cost_no_work(post):
    post.now = lambda: datetime.now(UTC) + timedelta(days=61)
    link, _ = post.kept.opened()
    with link:
        for _ in range(4):
            link.execute("SELECT fleet.rotate('x')")
    post.fleet.job(chunk="10.20.0.0/24")
    post.serve(look)
    assert ["succeeded"] == post.status()


@pytest.mark.parametrize("once", [True, False])
def test_a_full_disk_begins_nothing_and_is_told_of_once(post, monkeypatch, once):
    def full(_outbox):
        raise StoreError("outbox: No space left on device")

    monkeypatch.setattr(Outbox, "ready", full)
    post.fleet.job(chunk="10.20.0.0/24")
    post.pausing = lambda _seconds: len(post.waits) == 3 and post.over.set("Ctrl-C")
    if once:
        with pytest.raises(StoreError, match="No space"):
            post.serve(never)
    else:
        post.serve(never, once=False)

    assert 1 == post.events().count("sensor.disk")
    assert ["todo"] == post.status()
