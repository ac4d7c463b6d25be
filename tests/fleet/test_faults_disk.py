"""Disks that are full, really: a sensor's and the centre's. What was kept is safe, it is said, and it goes on with room."""

import random
import shutil
import signal
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from scanner.errors import StoreError
from scanner.fleet import batch, ingest
from scanner.fleet.outbox import ROOM, Outbox
from scanner.fleet.post import Post
from scanner.model.kinds import Profile
from scanner.scope.engagement import find
from scanner.scope.profile import LIMITS
from scanner.store import faults
from scanner.store.store import open_store
from scanner.wire.audit import entries
from scanner.wire.ledger import Ledger
from tests.fleet import processes
from tests.fleet.processes import NOW, Ground, disk, end, fill, until, with_disk
from tests.fleet.test_ingest import change as seen
from tests.fleet.test_ingest import push
from tests.fleet.test_outbox import Centre
from tests.fleet.test_scanning import Kept, job, looked
from tests.fleet.test_scanning import Site as Here


@pytest.fixture(autouse=True)
def _may_mount():
    if subprocess.run([*processes.ROOM, "true"], capture_output=True, check=False).returncode:
        pytest.skip("needs a mount namespace: user namespaces are off on this machine")


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
        until(lambda: ground.status() == ["succeeded"], ground.err)
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


SCOPE = """
[engagement]
name = "A disk"
owner = "An owner"
authorized_by = "J. Doe"
contact = "1"
reference = "1"
valid_from = {}
valid_until = {}
sector = "office"

[[network]]
cidr = "10.20.0.0/16"
zone = "servers"
profile = "office"
"""
CHUNK = "10.20.20.0/27"
FILES = {
    "ledger.db": "database or disk is full",
    "audit.jsonl": "cannot write the audit",
    "stalehost.db": faults.FULL,
    "outbox": "No space left on device",
}
"""What a sensor writes to, and what it says when that does not take it."""


def scope():
    today = datetime.now(UTC).date()
    return SCOPE.format(today - timedelta(days=1), today + timedelta(days=5))


class Site:
    """A sensor that scans played devices, with one of its files on a small disk."""

    def __init__(self, fleet, folder, name):
        self.fleet, self.root, self.small, self.name = fleet, folder / "site", folder / "small", name
        self.sent, self.err = folder / "sent", folder / "err"
        for one in (self.root, self.small):
            one.mkdir()
        (self.root / "scope.toml").write_text(scope())
        if name != "outbox":
            (self.root / name).symlink_to(self.small / name)
        fleet.link.execute("UPDATE fleet.segment SET cidr = '10.20.0.0/16' WHERE id = 'st-mary-radiology'")
        self.job = fleet.job(chunk=CHUNK, scan="scan-1")
        left = fleet.enrol("left")
        box = (self.small if name == "outbox" else self.root) / "outbox"
        words = (fleet.where(left.role, left.stem), self.root, box, self.sent, 60)
        before = with_disk(self.small, ROOM + (4 << 20))
        self.process = processes.spawn("full_process.py", *words, said=self.err, before=before)

    @property
    def disk(self):
        return disk(self.process, self.small)

    def say(self, what):
        self.sent.with_name(f"sent.{what}").touch()

    def left(self):
        return Counter(line.split()[0] for line in self.sent.read_text().splitlines())

    def complaints(self):
        return self.err.read_text().splitlines()

    def again(self):
        """Whatever it was at is for anybody again: it is the only one."""
        self.fleet.pass_(31)
        return self.fleet.rows("SELECT again FROM fleet.rescue()")

    def path(self, name):
        return self.disk / name if name == self.name else self.root / name

    def copied(self, name):
        """A database as it is now: SQLite looks for its other files beside where a link leads, in our own namespace."""
        place = self.root.with_name("copied")
        place.mkdir(exist_ok=True)
        for one in self.path(name).parent.glob(f"{name}*"):
            shutil.copy(one, place)
        return place / name

    def taken(self):
        with open_store(self.fleet.server.url(self.fleet.database), "eng-1") as store:
            ingest.ingest(self.fleet.link, store, datetime.now(UTC))
            return {facts(one) for one in store.log(everywhere=True)}

    def close(self):
        self.say("end")
        end(self.process)


def facts(one):
    """What was seen, but for ports that nobody has, of which each run asks others."""
    return None if (one.field, one.value) == ("port.state", "closed") else (one.address, one.port, one.field)


@pytest.mark.parametrize("name", FILES)
def test_a_sensor_one_of_whose_files_lies_on_a_full_disk_sends_nothing_that_is_not_booked_and_goes_on(
    fleet, tmp_path, undisturbed, name
):
    """The ledger of budgets, the audit, its own log, the outbox: really full, in the middle of a chunk."""
    site = Site(fleet, tmp_path, name)
    try:
        until(site.sent.with_name("sent.held").exists, site.err)
        fill(site.disk)
        site.say("go")
        until(site.complaints, site.err)
        # what it had been at has ended; from here on nothing leaves, however often it is tried
        before = site.left()
        assert [(True,)] == site.again()
        heard = len(site.complaints())
        until(lambda: len(site.complaints()) > heard, site.err)
        assert before == site.left()
        assert [] == [one for one in site.complaints() if FILES[name] not in one]

        (site.disk / "ballast").unlink()
        site.again()
        until(lambda: done(fleet), site.err)
        until(lambda: not list((site.path("outbox")).glob("*.batch")), site.err)

        now = datetime.now(UTC)
        with Ledger(site.copied("ledger.db")) as ledger:
            booked = {address: ledger.spent(address, now) for address in site.left()}
        assert all(booked[address] >= count for address, count in site.left().items())
        opened = Counter(one["to"] for one in entries(site.path("audit.jsonl")) if one["event"] == "open")
        assert all(opened[address] >= count for address, count in site.left().items())
        with open_store(site.copied("stalehost.db"), find(site.root).id) as store:
            assert {facts(one) for one in store.log()} <= site.taken()
            assert [True] == [run.ended is not None for run in store.runs()]
        # all that an undisturbed look sees
        assert undisturbed == site.taken() - {None}
    finally:
        site.close()


def done(fleet):
    return fleet.rows("SELECT status::text FROM fleet.procrastinate_jobs") == [("succeeded",)]


@pytest.fixture
def undisturbed(tmp_path, monkeypatch):
    """What a look at the same chunk sees with room on every disk."""
    monkeypatch.setitem(
        LIMITS, Profile.OFFICE, msgspec.structs.replace(LIMITS[Profile.OFFICE], gap=0, rate_host=2000.0)
    )
    here, kept = Here(tmp_path / "other", scope()), Kept()
    here.now = datetime.now(UTC)
    looked(here, kept, job(CHUNK))
    return {facts(one) for one in kept.seen} - {None}


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


@pytest.fixture
def walled(ground, make_fleet):
    """A fleet whose server has its write-ahead log on a small disk, which outlives the server; and that disk."""
    server, folder = ground.server, ground.server.folder / "wal"
    folder.mkdir(exist_ok=True)
    server.stop()
    real, kept = server.data / "pg_wal", server.data / "pg_wal.kept"
    real.rename(kept)
    real.symlink_to(folder)
    holder = subprocess.Popen([*map(str, with_disk(folder, 64 << 20)), "sleep", "280"])
    until(lambda: disk(holder, folder).is_mount())
    place = disk(holder, folder)
    shutil.copytree(kept, place, dirs_exist_ok=True)
    server.inside = ["nsenter", "--preserve-credentials", "--user", "--mount", f"--target={holder.pid}"]
    settings = {"ssl": "on", "ssl_ca_file": "ca.pem", "max_wal_size": "32MB", "min_wal_size": "32MB"}
    server.start(**settings)
    fleet = make_fleet()
    try:
        yield fleet, place, lambda: server.start(**settings)
        fleet.close()
    finally:
        server.stop()
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
        until(lambda: ground.status() == ["succeeded"], ground.err)
        assert [(0,)] == fleet.rows(
            "SELECT count(*)::int FROM (SELECT batch FROM fleet.inbox GROUP BY sensor, batch HAVING count(*) > 1) b"
        )
        assert sorted([*(f"n{number}" for number in range(sent)), "v0", "v1", "v2", "v3"]) == [
            one.split()[0] for one in ground.seen()
        ]
    finally:
        ground.close()
