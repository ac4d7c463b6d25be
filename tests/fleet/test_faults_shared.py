"""Two sensors of one site as real processes: a breaker that trips at one holds for both, and a device's day is one."""

import json
import subprocess
import sys

import pytest

from tests.fleet.processes import HERE, end, until

SEGMENT = "st-mary-radiology"
NET = "10.20.0.0/24"


class Sensor:
    """A sensor at work; a word to it gives its answer."""

    def __init__(self, fleet, one, folder, profile="clinical"):
        self.ledger = folder / f"{one.name}.ledger"
        words = (fleet.where(one.role, one.stem), self.ledger, SEGMENT, profile)
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "shared_process.py"), *map(str, words)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=HERE.parents[1],
        )  # fmt: skip
        assert "ready" == self.answer()

    def answer(self):
        return json.loads(self.process.stdout.readline())

    def __call__(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        return self.answer()

    def over(self):
        """End it in order."""
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture
def sensors(fleet, tmp_path):
    """Start sensors by name; the same name again is the same machine."""
    known, running = {}, []

    def start(name, **more):
        if name not in known:
            known[name] = fleet.enrol(name)
            known[name].post.beat("test")
        running.append(Sensor(fleet, known[name], tmp_path, **more))
        return running[-1]

    yield start
    for one in running:
        end(one.process)
        one.process.stdin.close()
        one.process.stdout.close()


def open_trips(fleet):
    return fleet.rows("SELECT sensor, address, level FROM fleet.trip WHERE resumed IS NULL ORDER BY id")


def test_a_breaker_that_trips_at_one_sensor_holds_for_the_others_of_its_site(fleet, sensors):
    left, right = sensors("left"), sensors("right")
    assert (None, None) == (left("ask", "10.20.0.7"), right("ask", "10.20.0.8"))

    assert "segment" == left("sick", "10.20.0.7")

    # the device itself goes to nobody before it was told how it fared; with it the news is there
    why = "the breaker of left stopped this segment: 10.20.0.7 (unknown), it fell silent"
    assert [why, why] == [right("ask", "10.20.0.7"), right("ask", "10.20.0.9")]
    # a sensor that begins only now hears of it before it asks anybody, as does one that was started anew
    right.over()
    assert [why, why] == [sensors("right")("ask", "10.20.0.9"), sensors("third")("ask", "10.20.0.8")]
    assert [("left", "10.20.0.7", "segment")] == open_trips(fleet)


def test_the_next_device_that_another_sensor_gets_brings_the_news(fleet, sensors):
    """Not only by the look each second: the answer that gives a device says that there is a trip."""
    left, right = sensors("left"), sensors("right")
    left("sick", "10.20.0.7")
    until(lambda: open_trips(fleet))

    assert right("ask", "10.20.0.9").startswith("the breaker of left stopped this segment")


def test_a_sensor_goes_on_once_a_named_person_let_the_other_go_on(fleet, sensors):
    left, right = sensors("left"), sensors("right")
    left("sick", "10.20.0.7")
    until(lambda: open_trips(fleet))
    assert right("ask", "10.20.0.9")

    # as `stalehost resume` at the site, while the sensor is at rest; it tells of it with its next chunk
    assert 1 == left("resume", "Jane")
    left.over()
    assert open_trips(fleet)
    left = sensors("left")

    until(lambda: right("ask", "10.20.0.9") is None)
    assert left("ask", "10.20.0.7") is None
    assert [("Jane", "it was a loose plug")] == fleet.rows("SELECT resumed_by, reason FROM fleet.trip")


def test_for_a_sensor_that_is_lost_somebody_at_the_centre_lets_the_others_go_on(fleet, sensors):
    left, right = sensors("left"), sensors("right")
    left("sick", "10.20.0.7")
    until(lambda: open_trips(fleet))
    assert right("ask", "10.20.0.9")
    end(left.process)

    assert [(1,)] == fleet.rows("SELECT fleet.go_on('st-mary', 'J. Doe', 'the sensor was stolen')")

    until(lambda: right("ask", "10.20.0.9") is None)
    # its own breaker holds all the same, and does not stop the others again
    assert "segment" in sensors("left")("ask", "10.20.0.9")
    assert [] == open_trips(fleet)


def test_a_trip_that_stops_the_whole_scan_stops_it_at_every_sensor_of_the_site(fleet, sensors):
    left, right = sensors("left"), sensors("right")
    assert ["segment", "scan"] == [left("sick", "10.20.0.7"), left("sick", "10.20.0.8")]

    until(lambda: right("stopped"))
    assert "the breaker of left: 10.20.0.8 (unknown): it fell silent" == right("stopped")


def test_a_device_that_tripped_goes_to_nobody_until_the_centre_knows_why(fleet, sensors):
    left, right = sensors("left"), sensors("right")
    fleet.link.execute("REVOKE EXECUTE ON FUNCTION fleet.trip FROM stalehost_sensor")
    try:
        left("sick", "10.20.0.7")
        left.over()
        assert [("10.20.0.7",)] == fleet.rows("SELECT device_key FROM fleet.probe_lease")
    finally:
        fleet.link.execute("GRANT EXECUTE ON FUNCTION fleet.trip TO stalehost_sensor")
    sensors("left")

    until(lambda: open_trips(fleet))
    fleet.pass_(31)
    assert right("ask", "10.20.0.7").startswith("the breaker of left stopped this segment")


def spent(fleet, address):
    """What all sensors together may have sent to an address."""
    ((count,),) = fleet.rows(
        "SELECT (SELECT coalesce(sum(count), 0) FROM fleet.spent WHERE device_key = %s)"
        " + (SELECT coalesce(sum(count), 0) FROM fleet.swept WHERE range >>= %s::inet)",
        address,
        address,
    )
    return int(count)


def test_whoever_takes_over_the_chunk_of_a_dead_sensor_sweeps_within_what_is_left_of_the_day(fleet, sensors):
    left = sensors("left")
    assert [NET] == left("sweep", 5, 12, NET)
    end(left.process)
    right = sensors("right")

    # 5 may have been sent though nobody told of an answer, and 5 more are; a third round would be 15
    assert [[NET], []] == [right("sweep", 5, 12, NET) for _ in range(2)]
    assert [["10.20.0.0/25"], []] == [right("sweep", 2, 12, "10.20.0.0/25") for _ in range(2)]
    assert (12, 10) == (spent(fleet, "10.20.0.7"), spent(fleet, "10.20.0.200"))


def test_frames_and_connections_of_all_sensors_come_from_one_day(fleet, sensors):
    left, right = sensors("left"), sensors("right")
    asked = [left("ask", "10.20.0.7") for _ in range(8)]
    assert [None] * 8 == asked
    until(lambda: fleet.rows("SELECT 1 FROM fleet.probe_lease") == [])

    # who has had 8 is left out of a sweep with 5, and the others are asked
    borne = right("sweep", 5, 12, NET, "10.20.1.9")
    assert 13 > spent(fleet, "10.20.0.7") >= 8
    assert "10.20.1.9" in borne
    assert NET not in borne
    assert not any(one == "10.20.0.7/32" for one in borne)
    assert 255 == sum(2 ** (32 - int(one.partition("/")[2])) for one in borne if "/" in one)
    assert (5, 5) == (spent(fleet, "10.20.0.8"), spent(fleet, "10.20.1.9"))

    # and who was swept has so many connections less
    had = [left("ask", "10.20.0.8") for _ in range(8)]
    assert [None] * 7 + ["has had its 12 connections of the last 24 hours, from all sensors together"] == had
    until(lambda: fleet.rows("SELECT 1 FROM fleet.probe_lease") == [])
    fleet.link.execute("UPDATE fleet.clock SET at = at + 86401")
    assert left("ask", "10.20.0.8") is None


def test_a_sweep_waits_for_a_centre_that_is_away_and_sends_nothing_meanwhile(fleet, sensors):
    left = sensors("left")
    fleet.link.execute("REVOKE EXECUTE ON FUNCTION fleet.sweep FROM stalehost_sensor")
    try:
        left.process.stdin.write(f"sweep 5 12 {NET}\n")
        left.process.stdin.flush()
        # it is asked over and over, by connections of its own
        until(
            lambda: fleet.rows("SELECT count(*) > 0 FROM pg_stat_activity WHERE usename <> 'postgres'")[0][0]
        )
        assert 0 == spent(fleet, "10.20.0.7")
    finally:
        fleet.link.execute("GRANT EXECUTE ON FUNCTION fleet.sweep TO stalehost_sensor")

    assert [NET] == left.answer()
    assert 5 == spent(fleet, "10.20.0.7")
