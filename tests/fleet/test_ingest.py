"""From the inbox into the log: once, whole, and no more than a sensor may say."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import msgspec
import pytest

from scanner.errors import StoreError
from scanner.fleet import batch, ingest
from scanner.model.run import Harm
from scanner.store.store import open_store
from tests.store.test_keep import TEXT
from tests.store.test_store import T0, seen
from tests.store.test_store import run as stored

NOW = datetime(2026, 11, 2, tzinfo=UTC)
OURS = "10.20.0.7"


@pytest.fixture
def store(fleet):
    with open_store(fleet.server.url(fleet.database), "eng-1") as one:
        yield one


def run(**facts):
    return msgspec.structs.replace(stored(), **{"scope": TEXT, **facts})


def push(sensor, *rows, of=None):
    (body,) = batch.bodies(of, rows)
    sensor.post.push(uuid4(), body)


def change(**facts):
    return msgspec.structs.replace(seen(address=OURS), **facts)


def test_what_a_sensor_saw_becomes_part_of_the_log_under_its_site(fleet, store):
    one = fleet.enrol("left")
    push(one, seen(address=OURS), change(address=None, source="passive:dhcp"), of=run())

    assert ingest.Taken(batches=1, seen=2) == ingest.ingest(fleet.link, store, NOW)
    assert ingest.Taken() == ingest.ingest(fleet.link, store, NOW)
    assert [] == list(store.log())
    assert {("st-mary", OURS), ("st-mary", None)} == {
        (row.site, row.address) for row in store.log(everywhere=True)
    }
    assert ["st-mary"] == [made.site for made in store.runs(everywhere=True)]
    assert [(None, True)] == fleet.rows("SELECT body, taken IS NOT NULL FROM fleet.inbox")


def test_zones_bear_their_site_as_in_a_bundle_so_that_a_site_counts_as_looked_at_from_inside(fleet, store):
    one = fleet.enrol("left")
    push(one, change(zone="office", vantage="wards"), change(value="true", zone=None, vantage=None))
    ingest.ingest(fleet.link, store, NOW)

    assert {("st-mary/office", "st-mary/wards"), (None, None)} == {
        (row.zone, row.vantage) for row in store.log(everywhere=True)
    }


@pytest.mark.parametrize(
    "lie",
    [
        {"source": "person:J. Doe"},
        {"source": "import:nmap-xml"},
        {"address": "10.99.0.7"},
        {"address": "not an address"},
        {"first": T0 + timedelta(days=1)},
    ],
    ids=str,
)
def test_what_a_sensor_may_not_say_is_dropped_and_counted(fleet, store, lie):
    one = fleet.enrol("left")
    push(one, change(**lie), change(value="true"))

    assert ingest.Taken(batches=1, seen=1, dropped=1) == ingest.ingest(fleet.link, store, NOW)
    assert ["true"] == [row.value for row in store.log(everywhere=True)]


def test_what_is_from_later_waits_until_the_clock_has_come_that_far_and_holds_up_nobody(fleet, store):
    one = fleet.enrol("left")
    push(one, change(last=NOW + timedelta(hours=6), value="later"))
    push(one, change(value="true"))

    assert ingest.Taken(batches=1, seen=1, ahead=1) == ingest.ingest(fleet.link, store, NOW, most=2)
    assert ingest.Taken() == ingest.ingest(fleet.link, store, NOW + timedelta(hours=4))
    assert ingest.Taken(batches=1, seen=1) == ingest.ingest(fleet.link, store, NOW + timedelta(hours=5))
    assert ["later", "true"] == sorted(row.value for row in store.log(everywhere=True))


def test_a_sensor_cannot_speak_for_another_site(fleet, store):
    one = fleet.enrol("left")
    push(one, change(site="st-jude"), of=run(site="st-jude"))
    ingest.ingest(fleet.link, store, NOW)

    assert ["st-mary"] == [row.site for row in store.log(everywhere=True)]
    assert ["st-mary"] == [made.site for made in store.runs(everywhere=True)]


@pytest.mark.parametrize(
    "lie",
    [
        {"scope": "no scope file"},
        {"harm": (Harm(address="the printer"),)},
    ],
    ids=["scope", "address"],
)
def test_a_run_by_which_nothing_could_be_judged_is_dropped_and_what_was_seen_stays(fleet, store, lie):
    one = fleet.enrol("left")
    push(one, change(), of=run(**lie))

    assert ingest.Taken(batches=1, seen=1, dropped=1) == ingest.ingest(fleet.link, store, NOW)
    assert () == store.runs(everywhere=True)


@pytest.mark.parametrize(
    ("of", "seen"),
    [({"started": datetime(2026, 11, 1)}, {}), ({}, {"last": datetime(2026, 11, 1)})],  # noqa: DTZ001 - that is the lie
    ids=["run", "seen"],
)
def test_a_time_without_a_time_zone_stops_nobody(fleet, store, of, seen):
    one = fleet.enrol("left")
    push(one, change(**seen), of=run(**of))
    push(one, change())

    assert ingest.Taken(batches=1, seen=1, refused=1) == ingest.ingest(fleet.link, store, NOW)


def test_no_sensor_can_write_over_a_run_that_is_not_its_own_nor_decide_anything(fleet, store):
    ours = run(notes=("made here",))
    store.save(ours)
    one = fleet.enrol("left")
    push(one, of=run(parameters={"rho": 9.0}))
    ingest.ingest(fleet.link, store, NOW)

    theirs = next(one for one in store.runs(everywhere=True) if one.site)
    assert (ours,) == store.runs()
    assert ("st-mary/run-1", {}, ()) == (theirs.id, theirs.parameters, theirs.decisions)


def test_a_batch_that_cannot_be_read_holds_up_nobody_and_stays_with_its_reason(fleet, store):
    one = fleet.enrol("left")
    one.post.push(uuid4(), b"hello")
    push(one, change())

    assert ingest.Taken(batches=1, seen=1, refused=1) == ingest.ingest(fleet.link, store, NOW)
    ((body, why),) = fleet.rows("SELECT body, refused FROM fleet.inbox WHERE refused IS NOT NULL")
    assert b"hello" == body
    assert "cannot be read" in why


def test_a_centre_that_dies_before_it_marks_a_batch_takes_it_again_and_it_counts_once(fleet, store):
    one = fleet.enrol("left")
    push(one, change(), of=run())
    fleet.link.execute(
        "CREATE FUNCTION deed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'dead'; END $$"
    )
    fleet.link.execute(
        "CREATE TRIGGER deed BEFORE UPDATE ON fleet.inbox FOR EACH ROW EXECUTE FUNCTION deed()"
    )
    with pytest.raises(StoreError, match="dead"):
        ingest.ingest(fleet.link, store, NOW)
    assert 1 == len(list(store.log(everywhere=True)))
    fleet.link.execute("DROP TRIGGER deed ON fleet.inbox")

    assert ingest.Taken(batches=1, seen=1) == ingest.ingest(fleet.link, store, NOW)
    assert 1 == len(list(store.log(everywhere=True)))


def test_a_store_that_is_full_leaves_the_batch_where_it_is(fleet, store, monkeypatch):
    one = fleet.enrol("left")
    push(one, change())

    def full(_rows):
        raise StoreError("full")

    with monkeypatch.context() as patched:
        patched.setattr(store, "append", full)
        with pytest.raises(StoreError, match="full"):
            ingest.ingest(fleet.link, store, NOW)

    assert ingest.Taken(batches=1, seen=1) == ingest.ingest(fleet.link, store, NOW)
