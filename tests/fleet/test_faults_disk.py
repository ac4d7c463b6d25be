"""Disks that are full, really: a sensor's and the centre's. What was kept is safe, it is said, and it goes on with room."""

import random
import shutil
import signal
import subprocess
import sys

import pytest

from scanner.errors import StoreError
from scanner.fleet import batch, ingest
from scanner.fleet.outbox import ROOM, Outbox
from scanner.fleet.post import Post
from scanner.store import faults
from scanner.store.store import open_store
from tests.fleet.processes import NOW, Ground, disk, end, fill, may_mount, until, with_disk
from tests.fleet.test_ingest import change as seen
from tests.fleet.test_ingest import push
from tests.fleet.test_outbox import Centre


@pytest.fixture(autouse=True)
def _may_mount():
    may_mount()


def test_a_sensor_whose_disk_runs_full_keeps_what_it_had_begins_nothing_and_goes_on_with_room(
    fleet, tmp_path
):
    ground, left = Ground(fleet, tmp_path), fleet.enrol("left")
    folder = tmp_path / "left"
    folder.mkdir()
    fleet.job(chunk="10.20.0.0/24")
    try:
        process = ground.start(left, before=with_disk(folder, ROOM + (2 << 20)))
        ground.leave(0)
        until(lambda: len(list(disk(process, folder).glob("*.batch"))) == 1, ground.err)
        fill(disk(process, folder))
        ground.leave(1, 2, 3)
        # it says so, ends the chunk, hands in what it had kept, and asks no device while there is no room for the answer
        until(lambda: "No space left on device; what was kept before is safe" in ground.err.read_text())
        until(
            lambda: "No space left on device; nothing is begun until 8 MiB are free" in ground.err.read_text()
        )
        assert (["doing"], 1) == (ground.status(), ground.batches())
        ground.pass_(31)
        assert [(True,)] == ground.rescue()
        said = ground.err.read_text().count("nothing is begun")
        until(lambda: ground.err.read_text().count("nothing is begun") >= said + 3)
        assert (["todo"], 2) == (ground.status(), len(ground.lines()))
        assert [(1,)] == fleet.rows("SELECT attempts FROM fleet.procrastinate_jobs")
        assert ["v0"] == ground.seen()

        (disk(process, folder) / "ballast").unlink()
        until(ground.ended, ground.err)
    finally:
        ground.close()

    assert ["v0", "v1", "v2", "v3"] == ground.seen()
    # lost once, done once: waiting for room was no try
    assert [(2,)] == fleet.rows("SELECT attempts FROM fleet.procrastinate_jobs")


KEEP = """
import sys
from pathlib import Path
from scanner.errors import StoreError
from scanner.fleet.outbox import Outbox
box, kept = Outbox(Path(sys.argv[1])), 0
for word in sys.stdin:
    try:
        box.put(bytes(int(word)))
        kept += 1
        print("kept", kept, flush=True)
    except StoreError as error:
        print(error, flush=True)
"""


def test_an_outbox_on_a_small_disk_is_whole_up_to_the_last_batch_that_it_said_it_kept(tmp_path):
    folder = tmp_path / "box"
    folder.mkdir()
    script = tmp_path / "keep.py"
    script.write_text(KEEP)
    process = subprocess.Popen(
        [*map(str, with_disk(folder, 1 << 20)), sys.executable, script, folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def put(size):
        process.stdin.write(f"{size}\n")
        process.stdin.flush()
        return process.stdout.readline()

    with process:
        said = [put(120_000) for _ in range(12)]
        whole = sum(line.startswith("kept") for line in said)
        assert 0 < whole < 12
        assert all("No space left on device; what was kept before is safe" in line for line in said[whole:])
        place = disk(process, folder)
        assert whole == len(list(place.iterdir()))
        centre, box = Centre(), Outbox(place)
        assert whole == box.send(centre)
        assert f"kept {whole + 1}\n" == put(120_000)
        end(process)

    assert [120_000] * whole == [len(body) for body in centre.bodies]


@pytest.fixture
def small(ground, make_fleet, tmp_path):
    """A fleet whose database stands on a disk of its own, and that disk."""
    server, folder = ground.server, ground.server.folder / "small"
    folder.mkdir(exist_ok=True)
    server.stop()
    server.inside = with_disk(folder, 32 << 20)
    server.start(ssl="on", ssl_ca_file="ca.pem")
    try:
        server.sql(f"CREATE TABLESPACE small LOCATION '{folder}'")
        fleet = make_fleet("TABLESPACE small")
        place = disk(server.process, folder)
        yield fleet, place
        (place / "ballast").unlink(missing_ok=True)
        fleet.close()
        server.sql(f"DROP DATABASE {fleet.database} WITH (FORCE)", "DROP TABLESPACE small")
    finally:
        server.stop()
        server.inside = []
        server.start(ssl="on", ssl_ca_file="ca.pem")


def noise(size):
    """What no database makes smaller."""
    return random.Random(size).randbytes(size).hex()


def test_a_centre_whose_disk_is_full_refuses_in_words_and_takes_everything_in_once_there_is_room(
    small, tmp_path
):
    fleet, place = small
    ground, left = Ground(fleet, tmp_path), fleet.enrol("left")
    open_store(fleet.server.url(fleet.database), "eng-1").close()
    box = Outbox(tmp_path / "by hand")
    for number in range(3):
        (body,) = batch.bodies(None, [seen(value=f"{number} {noise(100_000)}")])
        box.put(body)
    fill(place)

    with pytest.raises(StoreError, match=faults.FULL):
        box.send(left.post)
    assert (3, 0) == (len(box), ground.batches())
    (place / "ballast").unlink()
    assert (3, 0) == (box.send(left.post), len(box))

    # in the inbox, and no room in the log
    fill(place)
    with open_store(fleet.server.url(fleet.database), "eng-1") as store:
        for _ in range(2):
            with pytest.raises(StoreError, match=faults.FULL):
                ingest.ingest(fleet.link, store, NOW)
        assert [(3,)] == fleet.rows(
            "SELECT count(*)::int FROM fleet.inbox WHERE taken IS NULL AND body IS NOT NULL"
        )
        (place / "ballast").unlink()
        assert ingest.Taken(batches=3, seen=3) == ingest.ingest(fleet.link, store, NOW)
        assert ["0", "1", "2"] == sorted(row.value.split()[0] for row in store.log(everywhere=True))


def test_a_sensor_at_work_outlasts_the_centre_s_full_disk(small, tmp_path):
    fleet, place = small
    ground, left = Ground(fleet, tmp_path), fleet.enrol("left")
    fleet.job(chunk="10.20.0.0/24")
    try:
        ground.start(left)
        ground.leave(0)
        until(lambda: ground.waiting("left") == 1, ground.err)
        # the inbox has no page yet: the first batch needs one
        fill(place)
        ground.leave(1, 2, 3)
        until(lambda: faults.FULL in ground.err.read_text())
        assert (4, 0) == (ground.waiting("left"), ground.batches())
        (place / "ballast").unlink()
        until(lambda: ground.batches() == 4, ground.err)
        until(lambda: ground.waiting("left") == 0, ground.err)
        assert ["v0", "v1", "v2", "v3"] == ground.seen()
    finally:
        ground.close()
    push(left, seen(value="v4"))
    assert ["v0", "v1", "v2", "v3", "v4"] == ground.seen()


def said(server):
    return (server.folder / "log").read_text("utf-8", "replace")


def needed(server):
    """The one segment of the write-ahead log that a server which was shut down needs; the others are there for later."""
    told = subprocess.run(
        [server.home / "pg_controldata", server.data], capture_output=True, text=True, check=True,
        env={"LC_ALL": "C"},
    ).stdout  # fmt: skip
    return told.partition("REDO WAL file:")[2].split()[0]


@pytest.fixture
def walled(ground, make_fleet):
    """A fleet whose server has its write-ahead log on a small disk, which outlives the server; and that disk."""
    server, folder = ground.server, ground.server.folder / "wal"
    folder.mkdir(exist_ok=True)
    server.stop()
    real, kept = server.data / "pg_wal", server.data / "pg_wal.kept"
    holder = subprocess.Popen([*map(str, with_disk(folder, 64 << 20)), "sleep", "280"])
    try:
        until(lambda: disk(holder, folder).is_mount())
        place = disk(holder, folder)
        (place / "archive_status").mkdir(mode=0o700)
        shutil.copy(real / needed(server), place)
        real.rename(kept)
        real.symlink_to(folder)
        server.inside = ["nsenter", "--preserve-credentials", "--user", "--mount", f"--target={holder.pid}"]
        settings = {"ssl": "on", "ssl_ca_file": "ca.pem", "max_wal_size": "32MB", "min_wal_size": "32MB"}
        server.start(**settings)
        fleet = make_fleet()
        yield fleet, place, lambda: server.start(**settings)
        fleet.close()
    finally:
        server.stop()
        if kept.exists():
            real.unlink()
            shutil.copytree(place, real)
            real.chmod(0o700)
            shutil.rmtree(kept)
        end(holder)
        server.inside = []
        server.start(ssl="on", ssl_ca_file="ca.pem")


def test_a_server_that_ends_since_its_write_ahead_log_has_no_room_loses_nothing_and_counts_nothing_twice(
    walled, tmp_path
):
    fleet, place, again = walled
    ground, left, right = Ground(fleet, tmp_path), fleet.enrol("left"), fleet.enrol("right")
    open_store(fleet.server.url(fleet.database), "eng-1").close()
    box = Outbox(tmp_path / "by hand")
    fleet.job(chunk="10.20.0.0/24")
    try:
        ground.start(left)
        ground.leave(0)
        until(lambda: ground.waiting("left") == 1, ground.err)
        fill(place)
        sent, why = 0, None
        while why is None:
            assert sent < 60
            (body,) = batch.bodies(None, [seen(value=f"n{sent} {noise(800_000)}")])
            box.put(body)
            sent += 1
            try:
                box.send(right.post)
            except StoreError as error:
                why = str(error)
        ground.leave(1, 2, 3)
        # the sensor goes on with its chunk for as long as it may, and says that nobody hears it
        until(lambda: len(ground.lines()) == 4, ground.err)
        until(lambda: faults.AWAY in ground.err.read_text() or faults.FULL in ground.err.read_text())
        assert 4 == ground.waiting("left")
        assert len(box) >= 1
        assert faults.AWAY in why or faults.FULL in why
        assert "PANIC:  could not write to file" in said(fleet.server)

        (place / "ballast").unlink()
        fleet.server.stop(signal.SIGQUIT)
        again()
        fleet.reopen()
        until(lambda: ground.waiting("left") == 0, ground.err)
        with fleet.open(right.role, right.stem) as link:
            box.send(Post(link, lambda: 0.0))
        # that the chunk was done could not be said: it is looked at once more
        ground.pass_(31)
        ground.rescue()
        until(ground.ended, ground.err)
        assert [(0,)] == fleet.rows(
            "SELECT count(*)::int FROM (SELECT batch FROM fleet.inbox GROUP BY sensor, batch HAVING count(*) > 1) b"
        )
        assert sorted([*(f"n{number}" for number in range(sent)), "v0", "v1", "v2", "v3"]) == [
            one.split()[0] for one in ground.seen()
        ]
    finally:
        ground.close()
