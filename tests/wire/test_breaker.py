"""How far one unhealthy device stops the rest, and who may let it go on."""

import sqlite3
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.errors import StoreError
from scanner.model.kinds import Kind, Profile
from scanner.model.net import Address
from scanner.wire.breaker import THRESHOLDS, Breaker, Level, Trip
from scanner.wire.ledger import Ledger

NOW = datetime(2026, 12, 2, 12, tzinfo=UTC)


def trip(last, profile=Profile.CLINICAL, kind=Kind.MODALITY, net=1):
    return Trip(
        level=Level.HOST,
        address=Address(f"10.{net}.0.{last}"),
        cidr=f"10.{net}.0.0/24",
        kind=kind,
        profile=profile,
        why="gone",
        at=NOW,
    )


@pytest.fixture
def path(tmp_path):
    return tmp_path / "ledger.db"


@pytest.fixture
def breaker(path):
    with Breaker(path) as breaker:
        yield breaker


def test_every_profile_has_its_line_of_the_table():
    assert set(Profile) == set(THRESHOLDS)


def test_one_sick_device_on_a_ward_stops_its_kind_and_its_segment(breaker):
    assert Level.SEGMENT is breaker.sick(trip(5), 40).level

    def why(address, cidr, kind):
        return breaker.why_not(Address(address), cidr, kind)

    assert "10.1.0.5 (modality), gone" in why("10.1.0.5", "10.1.0.0/24", Kind.UNKNOWN)
    assert why("10.1.0.6", "10.1.0.0/24", Kind.LAPTOP)
    assert why("10.2.0.6", "10.2.0.0/24", Kind.MODALITY)
    assert why("10.2.0.6", "10.2.0.0/24", Kind.LAPTOP) is None
    assert breaker.stopped is None


def test_an_unknown_kind_is_no_kind_to_stop(breaker):
    breaker.sick(trip(5, kind=Kind.UNKNOWN), 40)
    assert breaker.why_not(Address("10.2.0.6"), "10.2.0.0/24", Kind.UNKNOWN) is None


@pytest.mark.parametrize(
    ("profile", "touched", "levels"),
    [
        (Profile.CLINICAL, 150, [Level.SEGMENT, Level.SCAN]),
        (Profile.OT, 150, [Level.SCAN]),
        (Profile.OFFICE, 1000, [Level.HOST] * 4 + [Level.SCAN]),
        (Profile.OFFICE, 200, [Level.HOST, Level.HOST, Level.SCAN]),
        (Profile.OFFICE, 99, [Level.HOST, Level.SCAN]),
    ],
)
def test_each_profile_stops_as_its_line_says(breaker, profile, touched, levels):
    got = [breaker.sick(trip(last, profile), touched).level for last in range(1, len(levels) + 1)]
    assert levels == got
    assert (breaker.stopped is not None) == (Level.SCAN in levels)
    assert (Level.SCAN in levels) == bool(breaker.why_not(Address("10.9.0.1"), "10.9.0.0/24", Kind.NAS))


def test_a_lab_has_no_breaker_and_a_device_trips_once(breaker):
    assert breaker.sick(trip(5, Profile.LAB), 1) is None
    assert breaker.sick(trip(5), 40) is not None
    assert breaker.sick(trip(5), 40) is None
    assert 1 == len(breaker.trips)


def test_a_scan_that_is_started_again_stays_stopped_until_someone_resumes(path):
    with Ledger(path), Breaker(path) as first:
        kept = first.sick(trip(5, Profile.OT), 9)
    with Breaker(path) as second:
        assert ((kept,), kept) == (second.trips, second.stopped)
        assert (kept,) == second.resume("J. Doe", "replaced its power supply", NOW)
        assert second.why_not(kept.address, kept.cidr, kept.kind) is None
    with Breaker(path) as third:
        assert () == third.trips
    row = sqlite3.connect(path).execute("SELECT resumed_by, reason FROM trips").fetchone()
    assert ("J. Doe", "replaced its power supply") == row


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(
    sick=st.lists(
        st.tuples(st.integers(1, 9), st.sampled_from([Profile.CLINICAL, Profile.OFFICE])), max_size=8
    ),
    kind=st.sampled_from([Kind.MODALITY, Kind.LAPTOP, Kind.UNKNOWN]),
)
def test_what_was_refused_once_stays_refused_while_more_fall_sick(tmp_path_factory, sick, kind):
    with Breaker(tmp_path_factory.mktemp("b") / "l.db") as breaker:
        refused = set()
        for last, profile in sick:
            breaker.sick(trip(last, profile), 1000)
            now = {n for n in range(1, 20) if breaker.why_not(Address(f"10.1.0.{n}"), "10.1.0.0/24", kind)}
            assert refused <= now
            assert last in now
            refused = now


def test_a_file_that_is_no_ledger_is_named(tmp_path):
    (tmp_path / "l.db").write_text("nonsense" * 1000)
    with pytest.raises(StoreError, match=r"l\.db"):
        Breaker(tmp_path / "l.db")
    with pytest.raises(StoreError, match="cannot open"):
        Breaker(tmp_path / "none" / "l.db")


def test_a_trip_that_cannot_be_kept_stops_here_and_now(path):
    breaker = Breaker(path)
    breaker.close()
    with pytest.raises(StoreError, match="cannot keep that"):
        breaker.sick(trip(5), 40)
    assert breaker.why_not(Address("10.1.0.5"), "10.1.0.0/24", Kind.NAS)
    with pytest.raises(StoreError, match="cannot keep who"):
        breaker.resume("J. Doe", "x", NOW)


def test_a_trip_is_kept_as_it_was(breaker):
    given = trip(5)
    assert msgspec.structs.replace(given, level=Level.SEGMENT) == breaker.sick(given, 3)


def test_the_history_keeps_every_trip_with_who_resumed_from_it(tmp_path):
    path = tmp_path / "ledger.db"
    with Breaker(path) as breaker:
        breaker.sick(trip(1), 1)
        breaker.resume("J. Doe", "rebooted", NOW)
        breaker.sick(trip(2), 2)

    with Breaker(path) as again:
        told = again.history

    assert [("J. Doe", "rebooted", NOW), (None, None, None)] == [
        (one.resumed_by, one.reason, one.resumed) for one in told
    ]
    assert ["10.1.0.1", "10.1.0.2"] == [one.address for one in told]


def test_a_history_that_cannot_be_read_is_said(tmp_path):
    breaker = Breaker(tmp_path / "ledger.db")
    breaker.close()

    with pytest.raises(StoreError, match="cannot read the trips"):
        _ = breaker.history


def elsewhere(level, address="10.1.0.5", cidr="10.1.0.0/24", kind=Kind.MODALITY):
    return msgspec.structs.replace(
        trip(5), level=level, address=Address(address), cidr=cidr, kind=kind, by="ward-2"
    )


@pytest.mark.parametrize(
    ("level", "held"),
    [
        (Level.HOST, {"10.1.0.5"}),
        (Level.KIND, {"10.1.0.5", "10.2.0.6"}),
        (Level.SEGMENT, {"10.1.0.5", "10.2.0.6", "10.1.0.7"}),
        (Level.SCAN, {"10.1.0.5", "10.2.0.6", "10.1.0.7", "10.3.0.8"}),
    ],
)
def test_what_tripped_on_another_machine_holds_here_as_far_as_it_reaches_there(breaker, level, held):
    """Whose scope file may cut the network otherwise."""
    devices = {
        "10.1.0.5": Kind.UNKNOWN, "10.2.0.6": Kind.MODALITY, "10.1.0.7": Kind.LAPTOP, "10.3.0.8": Kind.LAPTOP,
    }  # fmt: skip

    def stopped():
        return {
            address
            for address, kind in devices.items()
            if breaker.why_not(Address(address), "10.0.0.0/8", kind)
        }

    assert not breaker.holds
    breaker.hear([elsewhere(level)])
    assert (held, True) == (stopped(), breaker.holds)
    why = breaker.why_not(Address("10.1.0.5"), "10.1.0.0/24", Kind.UNKNOWN)
    assert f"the breaker of ward-2 stopped this {level}: 10.1.0.5 (modality), gone" == why
    # it is the other's to resume from; ours knows of no trip
    assert ((), None, ()) == (breaker.trips, breaker.stopped, breaker.resume("Jane", "x", NOW))
    breaker.hear([])
    assert (set(), False) == (stopped(), breaker.holds)


def test_others_are_told_of_a_trip_though_it_could_not_be_kept(path):
    with Breaker(path) as breaker:
        told = []
        breaker.told = told.append
        breaker.sick(trip(5), 40)
        breaker._db.execute("DROP TABLE trips")
        with pytest.raises(StoreError, match="cannot keep that the breaker tripped"):
            breaker.sick(trip(6), 40)

    assert [("10.1.0.5", "segment"), ("10.1.0.6", "scan")] == [(one.address, one.level) for one in told]


def test_a_ledger_that_is_held_or_on_a_full_disk_is_not_called_broken(path, monkeypatch):
    def full(_breaker):
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(Breaker, "_load", full)
    with pytest.raises(StoreError, match="cannot open the ledger for the breaker: database or disk is full"):
        Breaker(path)
