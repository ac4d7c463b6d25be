"""What a sensor gets, for how long, and that two never have the same."""

from uuid import uuid4

import pytest

from scanner.errors import StoreError
from scanner.fleet.post import DEVICE_S, HOLD_S, RATE_S


@pytest.fixture
def pair(fleet):
    return fleet.enrol("left"), fleet.enrol("right")


def test_a_sensor_hears_who_it_is_and_what_it_serves(fleet):
    one = fleet.enrol("left", ("st-mary-radiology", "st-mary-office"))

    said = one.post.beat("stalehost 0.1.0")

    assert ("left", "st-mary", False, ("st-mary-office", "st-mary-radiology")) == (
        said.sensor,
        said.site,
        said.stop,
        said.segments,
    )


def test_a_segment_is_worked_on_by_one_sensor_at_a_time(fleet, pair):
    first, second = fleet.job(chunk=1), fleet.job(chunk=2)
    left, right = pair

    job = left.post.fetch()

    assert (first, {"chunk": 1}, "st-mary-radiology", HOLD_S) == (job.id, job.args, job.segment, job.until)
    assert right.post.fetch() is None
    assert left.post.finish(job, done=True)
    assert second == right.post.fetch().id


def test_a_sensor_never_gets_a_job_of_a_segment_that_it_does_not_serve(fleet, pair):
    fleet.job("st-mary-office")

    assert [None, None] == [one.post.fetch() for one in pair]


def test_a_job_whose_sensor_is_gone_is_done_by_another_and_the_first_can_no_longer_end_it(fleet, pair):
    left, right = pair
    fleet.job()
    old = left.post.fetch()
    fleet.pass_(29)
    assert [] == fleet.rows("SELECT * FROM fleet.rescue()")
    assert left.post.hold(old)
    fleet.pass_(31)

    assert [(old.id, True)] == fleet.rows("SELECT * FROM fleet.rescue()")
    new = right.post.fetch()

    assert (old.id, True) == (new.id, new.fence > old.fence)
    assert (None, False) == (left.post.hold(old), left.post.finish(old, done=True))
    assert right.post.hold(new)
    assert right.post.finish(new, done=True)
    assert [("succeeded",)] == fleet.rows("SELECT status::text FROM fleet.procrastinate_jobs")


def test_a_job_that_outlives_five_sensors_is_given_up(fleet):
    one = fleet.enrol("left")
    job = fleet.job()
    again = []
    for _ in range(5):
        assert one.post.fetch()
        fleet.pass_(31)
        again += fleet.rows("SELECT * FROM fleet.rescue()")

    assert [(job, True)] * 4 + [(job, False)] == again
    assert one.post.fetch() is None


def test_a_device_is_asked_by_one_sensor_at_a_time_until_the_lease_runs_out(fleet, pair):
    left, right = pair
    lease = left.post.lease("02:00:00:00:00:07")

    assert (DEVICE_S, None) == (lease.until, right.post.lease("02:00:00:00:00:07"))
    fleet.pass_(25)
    assert left.post.renew(lease)
    fleet.pass_(25)
    assert right.post.lease("02:00:00:00:00:07") is None
    fleet.pass_(6)

    later = right.post.lease("02:00:00:00:00:07")

    assert later.fence > lease.fence
    assert (None, False, 0) == (
        left.post.renew(lease),
        left.post.release(lease),
        left.post.spend(lease, 1, 12),
    )
    assert right.post.release(later)
    assert left.post.lease("02:00:00:00:00:07").fence > later.fence


def test_all_sensors_together_never_spend_more_than_a_device_s_day(fleet, pair):
    left, right = pair
    lease = left.post.lease("a")
    assert [4, 4] == [left.post.spend(lease, 4, 12) for _ in range(2)]
    left.post.release(lease)

    lease = right.post.lease("a")

    assert [4, 0, 0] == [right.post.spend(lease, wanted, 12) for wanted in (9, 1, -5)]
    assert [(12,)] == fleet.rows("SELECT sum(count) FROM fleet.spent")
    fleet.link.execute("UPDATE fleet.clock SET at = at + 86500")
    lease = left.post.lease("a")
    assert 12 == left.post.spend(lease, 99, 12)


def test_shares_of_a_rate_are_never_more_than_the_rate_together(fleet, pair):
    left, right = pair
    left.post.beat("x")

    first = left.post.share("st-mary-radiology", 40)
    assert (6.0, RATE_S) == (first.rate, first.until)
    right.post.beat("x")
    assert right.post.share("st-mary-radiology", 40) is None
    # it shrinks only once nobody can be using the larger one any more
    assert 3.0 == left.post.share("st-mary-radiology", 40).rate
    assert right.post.share("st-mary-radiology", 40) is None
    fleet.pass_(13)

    assert [3.0, 3.0] == [one.post.share("st-mary-radiology", 40).rate for one in pair]
    assert [(6.0,)] == [(float(total),) for (total,) in fleet.rows("SELECT sum(share) FROM fleet.rate_lease")]


def test_a_segment_that_is_not_served_has_no_share(fleet, pair):
    assert pair[0].post.share("st-mary-office", 1) is None
    assert pair[0].post.share("st-mary-radiology", 0) is None


def test_what_was_seen_is_taken_once_and_kept_even_when_the_job_has_gone(fleet, pair):
    left, right = pair
    fleet.job()
    old, batch = left.post.fetch(), uuid4()

    assert [True, False] == [left.post.push(batch, b"one", old.id, old.fence) for _ in range(2)]
    fleet.pass_(31)
    fleet.rows("SELECT * FROM fleet.rescue()")
    new = right.post.fetch()
    assert left.post.push(uuid4(), b"two", old.id, old.fence)
    # another sensor's batch may have the same number
    assert right.post.push(batch, b"three", new.id, new.fence)
    assert right.post.push(uuid4(), b"heard")

    assert [(b"one", False), (b"two", True), (b"three", False), (b"heard", False)] == fleet.rows(
        "SELECT body, late FROM fleet.inbox ORDER BY id"
    )


def test_a_sensor_cannot_fill_the_centre_s_disk(fleet):
    one = fleet.enrol("left")
    with pytest.raises(StoreError, match="4 MiB"):
        one.post.push(uuid4(), bytes(4 * 1024 * 1024 + 1))
    fleet.link.execute(
        "INSERT INTO fleet.inbox (sensor, batch, late, body)"
        " SELECT 'left', gen_random_uuid(), false, '' FROM generate_series(1, 256)"
    )
    with pytest.raises(StoreError, match="not taken in"):
        one.post.push(uuid4(), b"more")


@pytest.mark.parametrize("site", ["", "st-mary"])
def test_in_a_blackout_nothing_is_given_and_what_was_given_ends(fleet, site):
    one = fleet.enrol("left")
    fleet.job()
    fleet.job("st-mary-office")
    lease, job = one.post.lease("a"), one.post.fetch()
    fleet.link.execute("INSERT INTO fleet.blackout VALUES (%s, 'J. Doe', 'operation running')", (site,))

    assert one.post.beat("x").stop
    assert [None] * 5 == [
        one.post.fetch(), one.post.hold(job), one.post.lease("b"), one.post.renew(lease),
        one.post.share("st-mary-radiology", 1),
    ]  # fmt: skip
    assert 0 == one.post.spend(lease, 1, 12)
    assert one.post.push(uuid4(), b"seen before", job.id, job.fence)


def test_the_clock_of_the_leases_goes_forward_only_and_never_in_leaps(fleet):
    assert [(5.0,), (5.0,), (5.5,)] == [
        fleet.rows("SELECT fleet.tick(%s)", seconds)[0] for seconds in (9_000_000.0, -60.0, 0.5)
    ]


def test_a_right_ends_by_the_sensor_s_own_clock_before_the_centre_gives_it_away():
    from scanner.fleet.post import Right

    right = Right(until=20.0)

    assert (True, False) == (right.holds(19.9), right.holds(20.0))
    assert HOLD_S < 30 > DEVICE_S
    assert RATE_S < 10
