"""The centre's runs: one for each scan of a site, ended once nothing more comes."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import msgspec
import pytest

from scanner.fleet import batch, centre, ingest
from scanner.model.run import Harm
from scanner.store.store import open_store
from tests.store.test_keep import TEXT
from tests.store.test_store import run as stored

NOW = datetime(2026, 11, 2, tzinfo=UTC)
BOTH = ("st-mary-radiology", "st-mary-office")


@pytest.fixture
def store(fleet):
    with open_store(fleet.server.url(fleet.database), "eng-1") as one:
        yield one


def tell(sensor, job, ended=None, **facts):
    """The run of a job, as its sensor tells it."""
    run = msgspec.structs.replace(
        stored(), id="whatever", scope=TEXT, notes=(), started=NOW - timedelta(hours=2), ended=ended, **facts
    )
    (body,) = batch.bodies(run, ())
    sensor.post.push(uuid4(), body, job.id, job.fence)


def taken(fleet, store):
    ingest.ingest(fleet.link, store, NOW)
    return store.runs(everywhere=True)


def test_chunks_of_one_scan_at_one_site_are_one_run(fleet, store):
    left, right = fleet.enrol("left", BOTH), fleet.enrol("right", BOTH)
    assert 2 == centre.order(fleet.link, "scan-1", "st-mary")
    one, two = left.post.fetch(), right.post.fetch()
    tell(left, one)
    tell(right, two)
    (begun,) = taken(fleet, store)
    for sensor, job in ((left, one), (right, two)):
        address = job.args["chunk"].replace("0/24", "7")
        tell(sensor, job, NOW - timedelta(hours=1), harm=(Harm(address=address, initiations=2),), frames=3)
        assert sensor.post.finish(job, done=True)
    (ended,) = taken(fleet, store)

    assert ("scan-1@st-mary", "st-mary", None, ()) == (begun.id, begun.site, begun.ended, begun.harm)
    assert begun.notes[0].startswith("2 of 2 parts were not looked at to their end (not yet)")
    assert (begun.id, NOW - timedelta(hours=1), (), 6) == (ended.id, ended.ended, ended.notes, ended.frames)
    assert {("10.20.0.7", 2), ("10.20.1.7", 2)} == {(row.address, row.initiations) for row in ended.harm}
    assert [] == fleet.rows("SELECT * FROM fleet.unended")


def test_a_run_ends_with_the_last_word_on_its_chunks_though_nothing_more_is_told(fleet, store):
    left = fleet.enrol("left", BOTH)
    centre.order(fleet.link, "scan-1", "st-mary")
    job = left.post.fetch()
    tell(left, job, NOW - timedelta(hours=1))
    assert left.post.finish(job, done=True)
    assert [None] == [one.ended for one in taken(fleet, store)]
    other = left.post.fetch()
    assert left.post.fail(other, "a patient was being moved")

    (run,) = taken(fleet, store)

    assert NOW - timedelta(hours=1) == run.ended
    assert (
        f"1 of 2 parts were not looked at to their end (a patient was being moved): {other.args['chunk']}",
    ) == run.notes
    assert "a patient was being moved" == run.stopped


def test_what_an_old_holder_tells_late_still_counts(fleet, store):
    left = fleet.enrol("left", BOTH[:1])
    right = fleet.enrol("right", BOTH[:1])
    centre.order(fleet.link, "scan-1", "st-mary")
    job = left.post.fetch()
    fleet.pass_(31)
    fleet.link.execute("SELECT * FROM fleet.rescue()").fetchall()
    again = right.post.fetch()
    assert job.id == again.id
    address = Harm(address="10.20.0.7", initiations=1)
    tell(right, again, NOW - timedelta(hours=1), harm=(address,))
    assert right.post.finish(again, done=True)
    fleet.link.execute("DELETE FROM fleet.chunk WHERE job IS DISTINCT FROM %s", (job.id,))
    assert [1] == [row.initiations for one in taken(fleet, store) for row in one.harm]
    tell(left, job, NOW - timedelta(hours=1), harm=(address,))

    assert [2] == [row.initiations for one in taken(fleet, store) for row in one.harm]


def test_a_sensor_speaks_for_no_chunk_of_another_site(fleet, store):
    fleet.link.execute("INSERT INTO fleet.site VALUES ('st-jude', 'eng-1')")
    fleet.link.execute("INSERT INTO fleet.segment VALUES ('jude', 'st-jude', '10.30.0.0/24', 'z', 1)")
    centre.order(fleet.link, "scan-1", "st-jude")
    ((job,),) = fleet.rows("SELECT job FROM fleet.chunk")
    left = fleet.enrol("left")
    (body,) = batch.bodies(msgspec.structs.replace(stored(), scope=TEXT), ())
    left.post.push(uuid4(), body, job, 1)

    assert ["st-mary/run-1"] == [one.id for one in taken(fleet, store)]
    assert [] == fleet.rows("SELECT * FROM fleet.told")


def test_the_end_of_a_run_is_never_written_over_by_its_start_whichever_comes_in_last(fleet, store):
    """As where a clock jumped, and one batch had to wait; or two processes of one sensor hand in side by side."""
    left = fleet.enrol("left")
    hours = [NOW - timedelta(hours=1), None, NOW - timedelta(minutes=30), NOW - timedelta(hours=1)]
    found = []
    for ended in hours:
        run = msgspec.structs.replace(
            stored(), scope=TEXT, notes=(), started=NOW - timedelta(hours=2), ended=ended
        )
        (body,) = batch.bodies(run, ())
        left.post.push(uuid4(), body)
        (one,) = taken(fleet, store)
        found.append(one.ended)

    assert [hours[0], hours[0], hours[2], hours[2]] == found
