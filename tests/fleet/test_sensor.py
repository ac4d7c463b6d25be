"""Real sensor processes and a real server: stopped, revived, killed, cut off. Nothing is lost, nothing done twice."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scanner.fleet import ingest
from scanner.store.store import open_store

NOW = datetime(2026, 11, 2, tzinfo=UTC)
PATIENCE = 45.0


def until(holds, said=None):
    """Wait for what must come; how long it takes says nothing."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, f"it did not happen: {said.read_text() if said else None}"
        time.sleep(0.005)


class Ground:
    """Sensor processes around one fleet; every send needs leave."""

    def __init__(self, fleet, folder, sends=4):
        self.fleet, self.folder, self.sends = fleet, folder, sends
        self.sent, self.running = folder / "sent", []

    def start(self, one):
        clock = self.folder / f"{one.name}.clock"
        clock.write_text(clock.read_text() if clock.exists() else "0")
        words = (
            self.fleet.where(one.role, one.stem),
            self.folder / one.name,
            self.sent,
            clock,
            one.name,
            self.sends,
        )
        script = Path(__file__).with_name("sensor_process.py")
        with (self.folder / "err").open("a") as said:
            process = subprocess.Popen(
                [sys.executable, script, *map(str, words)],
                stderr=said,
                env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
            )
        self.running.append(process)
        return process

    def leave(self, *numbers):
        for number in numbers:
            Path(f"{self.sent}.leave-{number}").touch()

    def lines(self):
        return [line.split() for line in self.sent.read_text().splitlines()] if self.sent.exists() else []

    def pass_(self, seconds):
        """Time goes by for the centre and for every sensor's clock; a stopped process' clock goes on too."""
        for clock in self.folder.glob("*.clock"):
            fresh = clock.with_suffix(".new")
            fresh.write_text(str(float(clock.read_text()) + seconds))
            fresh.rename(clock)
        self.fleet.pass_(seconds)

    def status(self):
        return [
            row[0] for row in self.fleet.rows("SELECT status::text FROM fleet.procrastinate_jobs ORDER BY id")
        ]

    def seen(self):
        """The values of the log, as often as they are in it."""
        with open_store(self.fleet.server.url(self.fleet.database), "eng-1") as store:
            ingest.ingest(self.fleet.link, store, NOW)
            return sorted(row.value for row in store.log(everywhere=True))

    def close(self):
        Path(f"{self.sent}.end").touch()
        for process in self.running:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.wait(PATIENCE)


@pytest.fixture
def ground_of(fleet, tmp_path):
    one = Ground(fleet, tmp_path)
    try:
        yield one
    finally:
        one.close()


@contextmanager
def stopped(process):
    process.send_signal(signal.SIGSTOP)
    until(lambda: " T " in Path(f"/proc/{process.pid}/stat").read_text())
    yield
    process.send_signal(signal.SIGCONT)


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
