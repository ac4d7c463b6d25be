"""The centre's turns, and that there is one centre."""

from datetime import UTC, datetime

import pytest

from scanner.errors import StoreError
from scanner.fleet import admit, authority, centre
from scanner.fleet.link import connect
from scanner.store.store import open_store
from tests.fleet.test_ingest import OURS, push
from tests.store.test_store import run, seen

NOW = datetime(2026, 11, 2, tzinfo=UTC)


@pytest.fixture
def store(fleet):
    with open_store(fleet.server.url(fleet.database), "eng-1") as one:
        yield one


def where(fleet):
    return f"host={fleet.server.run} port={fleet.server.port} user=postgres dbname={fleet.database}"


def test_an_order_is_given_once_and_reaches_those_who_serve(fleet):
    fleet.link.execute("UPDATE fleet.segment SET cidr = '10.20.4.0/22' WHERE zone = 'radiology'")
    one = fleet.enrol("left")

    assert [5, 0, 5] == [centre.order(fleet.link, scan, "st-mary") for scan in ("scan-1", "scan-1", "scan-2")]
    job = one.post.fetch()
    assert {"scan": "scan-1", "chunk": "10.20.4.0/24"} == job.args
    assert [(job.id,)] == fleet.rows(
        "SELECT job FROM fleet.chunk WHERE cidr = '10.20.4.0/24' AND scan = 'scan-1'"
    )


def test_a_turn_does_all_that_waits(fleet, store):
    one = fleet.enrol("left")
    centre.order(fleet.link, "scan-1", "st-mary")
    assert one.post.fetch()
    fleet.pass_(28)
    push(one, seen(address=OURS), of=run())
    code = admit.invite(fleet.link, "right", "st-mary", [])
    with fleet.enrolling() as door:
        door.execute("SELECT fleet.enrol(%s, %s)", (code, authority.ask().certificate.decode()))

    done = centre.turn(fleet.link, store, fleet.ca, NOW, 4.0)
    later = centre.turn(fleet.link, store, None, NOW, 4.0)

    assert (32.0, 1, 0, 1, 1) == (done.clock, done.again, done.given_up, done.signed, done.taken.seen)
    assert (36.0, 0, 0, 0, 0) == (later.clock, later.again, later.given_up, later.signed, later.taken.seen)


def test_there_is_one_centre_and_the_next_takes_over_when_it_is_gone(fleet):
    with connect(where(fleet)) as first, connect(where(fleet)) as second:
        centre.alone(first)
        with pytest.raises(StoreError, match="another centre"):
            centre.alone(second)
        first.close()
        # the server notices the end of a connection when it reads it
        while fleet.rows("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted"):
            pass
        centre.alone(second)


class EndOfTestError(Exception):
    """Ends the loop."""


def test_a_database_that_went_away_is_found_again_and_the_time_between_does_not_count(fleet, store):
    clock, heard = [0.0], []

    def sleep(_seconds):
        clock[0] += 1.0
        if len(heard) == 2:
            clock[0] += 3600.0
            fleet.rows(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
            )

    def told(what):
        heard.append(what)
        if len(heard) == 5:
            raise EndOfTestError

    with pytest.raises(EndOfTestError):
        centre.serve(
            where(fleet), store, None, now=lambda: NOW, clock=lambda: clock[0], sleep=sleep, told=told
        )

    assert [centre.Turn, centre.Turn, StoreError, centre.Turn, centre.Turn] == [type(one) for one in heard]
    assert [0.0, 1.0, 1.0, 2.0] == [one.clock for one in heard if isinstance(one, centre.Turn)]
