"""Real sensor processes and a real server: stopped, revived, killed, cut off. Nothing is lost, nothing done twice."""

import signal

import pytest

from tests.fleet.processes import PATIENCE, Ground, stopped, until


@pytest.fixture
def ground_of(fleet, tmp_path):
    one = Ground(fleet, tmp_path)
    try:
        yield one
    finally:
        one.close()


def test_a_sensor_that_was_stopped_and_revived_sends_nothing_more_for_a_chunk_that_went_to_another(
    fleet, ground_of
):
    ground, left, right = ground_of, fleet.enrol("left"), fleet.enrol("right")
    fleet.job(chunk="10.20.0.0/24")
    first = ground.start(left)
    ground.leave(0, 1)
    until(lambda: len(ground.lines()) == 2)
    with stopped(first):
        ground.pass_(31)
        assert [(True,)] == fleet.rows("SELECT again FROM fleet.rescue()")
        ground.start(right)
        until(lambda: len(ground.lines()) == 4)
    ground.leave(2, 3)
    until(lambda: ground.status() == ["succeeded"])
    # the first has noticed: what it kept on its disk is handed in
    until(lambda: fleet.rows("SELECT count(*) FROM fleet.inbox") == [(6,)])

    who = [name for name, _fence, _number in ground.lines()]
    assert ["left"] * 2 + ["right"] * 4 == who
    assert ["v0", "v1", "v2", "v3"] == ground.seen()
    assert [(True, 2), (False, 4)] == fleet.rows(
        "SELECT late, count(*)::int FROM fleet.inbox GROUP BY 1 ORDER BY 1 DESC"
    )


def test_a_sensor_that_is_killed_in_the_middle_loses_nothing_that_it_saw(fleet, ground_of):
    ground, left = ground_of, fleet.enrol("left")
    fleet.job(chunk="10.20.0.0/24")
    first = ground.start(left)
    ground.leave(0, 1)
    until(lambda: len(list((ground.folder / "left").glob("*.batch"))) == 2)
    first.send_signal(signal.SIGKILL)
    first.wait(PATIENCE)
    ground.start(left)
    until(lambda: fleet.rows("SELECT count(*) FROM fleet.inbox") == [(2,)])
    assert ["v0", "v1"] == ground.seen()
    fleet.pass_(31)
    fleet.rows("SELECT again FROM fleet.rescue()")
    ground.leave(2, 3)
    until(lambda: ground.status() == ["succeeded"])

    assert ["v0", "v1", "v2", "v3"] == ground.seen()


def test_while_the_database_is_away_what_is_seen_waits_on_disk(fleet, ground_of):
    ground, left = ground_of, fleet.enrol("left")
    fleet.job(chunk="10.20.0.0/24")
    ground.start(left)
    ground.leave(0)
    until(lambda: len(ground.lines()) == 1)
    fleet.server.stop(signal.SIGQUIT)
    try:
        ground.leave(1, 2, 3)
        until(lambda: len(list((ground.folder / "left").glob("*.batch"))) == 4)
    finally:
        fleet.server.start(ssl="on", ssl_ca_file="ca.pem")
    fleet.reopen()
    until(lambda: fleet.rows("SELECT count(*) FROM fleet.inbox") == [(4,)])

    assert ["v0", "v1", "v2", "v3"] == ground.seen()
    # it could not say that it was done: the chunk is done again, and the log is the same
    fleet.pass_(31)
    fleet.rows("SELECT again FROM fleet.rescue()")
    until(lambda: ground.status() == ["succeeded"])
    assert ["v0", "v1", "v2", "v3"] == ground.seen()
