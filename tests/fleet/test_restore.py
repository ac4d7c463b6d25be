"""A database that is older than what sensors remember gives nothing away twice."""

import pytest

from scanner.errors import StoreError
from scanner.fleet import restore


def fence(fleet):
    return fleet.rows("SELECT last_value FROM fleet.fence")[0][0]


def moved(fleet):
    """As if this database had been read in from a dump: it stands somewhere else than it says."""
    fleet.link.execute("UPDATE fleet.home SET at = 'elsewhere'")


def test_a_database_that_stands_where_it_stood_is_left_as_it_is(fleet):
    before = fleet.rows("SELECT at, opens, rest FROM fleet.home"), fence(fleet)

    assert restore.settle(fleet.link) is None

    assert before == (fleet.rows("SELECT at, opens, rest FROM fleet.home"), fence(fleet))


def test_a_restored_one_refuses_sensors_until_a_centre_has_taken_it_into_use(fleet):
    sensor = fleet.enrol("one")
    moved(fleet)

    with pytest.raises(StoreError, match="this database was restored"):
        sensor.post.beat("x")


def test_it_gives_nothing_until_what_was_given_has_run_out(fleet):
    sensor = fleet.enrol("one")
    moved(fleet)

    restore.settle(fleet.link)
    fleet.pass_(29)
    with pytest.raises(StoreError, match="this database was restored"):
        sensor.post.beat("x")
    fleet.pass_(1)

    assert sensor.post.beat("x").stop


def test_nothing_is_sent_until_every_budget_has_begun_anew(fleet):
    sensor = fleet.enrol("one")
    fleet.job()
    moved(fleet)

    restore.settle(fleet.link)
    fleet.pass_(86_399)
    resting = sensor.post.fetch(), sensor.post.lease("a"), sensor.post.share("st-mary-radiology", 1.0)
    fleet.pass_(1)

    assert (None, None, None) == resting
    assert sensor.post.fetch() is not None
    assert sensor.post.lease("a") is not None


def test_no_fence_is_given_twice_however_often_one_backup_is_restored(fleet):
    """The same older state, taken into use again and again."""
    fleet.link.execute("SELECT nextval('fleet.fence') FROM generate_series(1, 10)")
    seen = set()
    for _ in range(5):
        fleet.link.execute("SELECT setval('fleet.fence', 10)")
        moved(fleet)
        first = restore.settle(fleet.link).fence
        given = {fleet.rows("SELECT nextval('fleet.fence')")[0][0] for _ in range(3)}
        assert first == min(given)
        assert not given & seen
        seen |= given

    assert min(seen) > 2**60


def test_fences_never_fall_though_the_server_s_clock_was_set_back(fleet):
    fleet.link.execute("SELECT setval('fleet.fence', 1::bigint << 62)")
    moved(fleet)

    assert restore.settle(fleet.link).fence > 2**62


def test_whoever_knows_that_nothing_was_sent_ends_the_rest_by_name(fleet):
    sensor = fleet.enrol("one")
    moved(fleet)
    restore.settle(fleet.link)
    fleet.pass_(30)

    assert [(True,)] == fleet.rows("SELECT fleet.no_rest('J. Doe', 'moved by plan')")
    assert [(False,)] == fleet.rows("SELECT fleet.no_rest('J. Doe', 'moved by plan')")

    assert not sensor.post.beat("x").stop
    assert [("J. Doe", "moved by plan")] == fleet.rows("SELECT by, reason FROM fleet.rested")
