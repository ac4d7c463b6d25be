"""A sensor with the real scan, one of whose files lies on a disk that is full, really: nothing is sent that is not booked."""

import shutil
from collections import Counter
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from scanner.fleet import ingest
from scanner.fleet.outbox import ROOM
from scanner.model.kinds import Profile
from scanner.scope.engagement import find
from scanner.scope.profile import LIMITS
from scanner.store import faults
from scanner.store.store import open_store
from scanner.wire.audit import entries
from scanner.wire.ledger import Ledger
from tests.fleet import processes
from tests.fleet.processes import disk, end, fill, may_mount, until, with_disk
from tests.fleet.test_scanning import Kept, job, looked
from tests.fleet.test_scanning import Site as Here


@pytest.fixture(autouse=True)
def _may_mount():
    may_mount()


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
