"""The real scan as a job: by this machine's own scope, kept for the centre, and never asked twice."""

import asyncio
import math
import time
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from types import SimpleNamespace

import msgspec
import pytest

from scanner.errors import HostError, ScopeError, StoreError
from scanner.fleet import sensor
from scanner.fleet.lease import Leased
from scanner.fleet.outbox import Outbox
from scanner.fleet.post import Job
from scanner.fleet.scanning import looker, run_chunk
from scanner.knowledge.base import open_base
from scanner.lab.inprocess import InProcess, links
from scanner.lab.sector import load
from scanner.means import Played, means
from scanner.model.kinds import Profile
from scanner.pipeline import begin
from scanner.scope.engagement import find
from scanner.store.store import open_store
from scanner.wire.breaker import Breaker, Level, Trip
from scanner.wire.stop import ABORT

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SERVERS = "10.20.20.0/26"
CHUNK = "10.20.20.0/27"
SECTOR = load("hospital", 7)
TEXT = f"""
[engagement]
name = "A chunk"
owner = "An owner"
authorized_by = "J. Doe"
contact = "1"
reference = "1"
valid_from = 2026-11-20
valid_until = 2026-11-30
sector = "office"

[[network]]
cidr = "{SERVERS}"
zone = "servers"
profile = "lab"

[[network]]
cidr = "10.20.40.0/27"
zone = "ward"
profile = "clinical"
"""


class Site:
    """One machine's engagement folder, and the devices that it meets."""

    def __init__(self, root, text=TEXT):
        self.root, self.now, self.asked, self.then = root, NOW, [], {}
        """`then`: what happens as so many connections have been asked for."""
        root.mkdir(exist_ok=True)
        (root / "scope.toml").write_text(text)
        self.devices = InProcess(SECTOR.devices, NOW)
        self.played = Played(transport=self.connect, sweeper=self.devices, links=links(SECTOR.plan))

    async def connect(self, address, port):
        self.asked.append((address, port))
        if then := self.then.pop(len(self.asked), None):
            await then()
        actor = self.devices._at.get(address)
        if actor and actor.device.behaviour.firewalled:
            raise TimeoutError
        return await self.devices.connect(address, port)

    def folder(self):
        return find(self.root)

    def store(self):
        folder = self.folder()
        return open_store(folder.database, folder.id)

    def look(self, **more):
        return looker(self.folder, clock=lambda: self.now, played=self.played, later=0.0, **more)


class Kept(list):
    """What was kept for the centre; `most` batches are taken, then something happens."""

    def __init__(self, most=10**6, then=None):
        self.most, self.then = most, then

    def __call__(self, run, seen):
        if len(self) >= self.most:
            self.then()
        self.append((run, tuple(seen)))

    @property
    def seen(self):
        return [one for _run, some in self for one in some]

    @property
    def runs(self):
        return [run for run, _seen in self if run is not None]


def texts(seen):
    return {msgspec.json.encode(one, order="sorted") for one in seen}


def job(chunk=CHUNK, scan="scan-1"):
    return Job(id=1, segment="s", args={"scan": scan, "chunk": chunk}, fence=1, until=math.inf)


def looked(site, kept, one=None, look=None):
    """Look at a chunk, as `sensor.work` has it done; give the flag."""

    async def main():
        stop = Leased(one or job(), time.monotonic)
        await (look or site.look())(one or job(), stop, kept)
        return stop

    return asyncio.run(main())


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A chunk that was looked at from one end to the other."""
    site, kept = Site(tmp_path_factory.mktemp("whole") / "e"), Kept()
    looked(site, kept)
    with site.store() as store:
        return SimpleNamespace(site=site, kept=kept, log=list(store.log()), runs=store.runs())


def test_what_is_seen_is_kept_for_the_centre_and_stored_here_alike(whole):
    assert len(whole.log) > 50
    assert texts(whole.log) == texts(whole.kept.seen)
    assert [None, NOW] == [run.ended for run in whole.kept.runs]
    assert [whole.kept.runs[-1]] == list(whole.runs)


def test_nothing_outside_of_the_chunk_is_asked(whole):
    assert {True} == {ip_address(address) in ip_network(CHUNK) for address, _port in whole.site.asked}
    assert len({address for address, _port in whole.site.asked}) > 3


def test_the_run_has_the_whole_signed_scope_and_says_what_was_looked_at(whole):
    (run,) = whole.runs
    assert whole.site.folder().scope.text == run.scope
    assert f"this run was told to look at {CHUNK} only" in run.notes


def test_a_sensor_sees_byte_for_byte_what_a_scan_here_sees(whole, tmp_path):
    site = Site(tmp_path / "here")
    folder = site.folder()

    async def here():
        from scanner.fleet.chunk import narrow

        scope = narrow(folder.scope, CHUNK)
        async with means(folder, scope, lambda: NOW, site.played, later=0.0) as using:
            run = begin(folder, scope, "scan", NOW, 1, open_base())
            watch = lambda *_: None
            await run_chunk(folder.scope, CHUNK, store, run, using, clock=lambda: NOW, watch=watch)

    with site.store() as store:
        asyncio.run(here())
        log = list(store.log())

    assert msgspec.json.encode(log) == msgspec.json.encode(whole.log)


def test_a_chunk_that_was_looked_at_whole_is_not_asked_again_when_that_word_was_lost(whole):
    before, kept = list(whole.site.asked), Kept()
    looked(whole.site, kept)

    assert before == whole.site.asked
    assert whole.kept.runs[-1:] == kept.runs


def test_a_chunk_that_was_cut_short_here_goes_on_where_it_stood(tmp_path, whole):
    site = Site(tmp_path / "e")

    async def gone():
        raise HostError("interface leg1 went away")

    site.then[len(whole.site.asked) * 3 // 4] = gone
    with pytest.raises(HostError, match="went away"):
        looked(site, first := Kept())
    with site.store() as store:
        assert texts(store.log()) == texts(first.seen)
        done = {(one.address, one.port) for one in store.log() if one.field == "probe.outcome"}
    assert done
    site.asked.clear()
    looked(site, again := Kept())

    assert not done & set(site.asked)
    with site.store() as store:
        assert [(one.id, one.ended) for one in whole.runs] == [(one.id, one.ended) for one in store.runs()]
    facts = [
        {(one.address, one.port, one.field) for one in some if one.field == "probe.outcome"}
        for some in (whole.log, first.seen + again.seen)
    ]
    assert facts[0] == facts[1]


def test_what_cannot_be_kept_for_the_centre_is_not_in_the_log_here_either(tmp_path):
    site = Site(tmp_path / "e")

    def full():
        raise StoreError("the disk is full")

    with pytest.raises(StoreError, match="the disk is full"):
        looked(site, Kept(most=1, then=full))
    with site.store() as store:
        assert [] == list(store.log())


def test_another_scope_is_another_run(tmp_path, whole):
    site = Site(tmp_path / "e", TEXT.replace("J. Doe", "M. Doe"))
    kept = Kept(most=1, then=lambda: (_ for _ in ()).throw(StoreError("enough")))
    with pytest.raises(StoreError):
        looked(site, kept)

    assert whole.runs[0].id != kept.runs[0].id


@pytest.mark.parametrize(
    ("change", "chunk", "why"),
    [
        ({"now": NOW + timedelta(days=30)}, CHUNK, "counts from 2026-11-20 to 2026-12-01"),
        ({}, "10.99.0.0/24", "in no network of this site's scope file"),
        ({}, "None", "is no network"),
        ({}, "10.20.40.0/27", "ward: clinical and ot are scanned with somebody attending"),
    ],
    ids=["expired", "elsewhere", "nothing", "unattended"],
)
def test_what_this_machine_s_own_scope_forbids_is_refused_in_words(tmp_path, change, chunk, why):
    site, kept = Site(tmp_path / "e"), Kept()
    vars(site).update(change)

    with pytest.raises(ScopeError, match=why):
        looked(site, kept, job(chunk))

    assert [] == site.asked
    assert [] == kept


def test_a_ward_that_nobody_signed_is_refused_though_somebody_attends(tmp_path):
    site = Site(tmp_path / "e")
    beat = tmp_path / "beat"
    beat.touch()
    site.now = datetime.fromtimestamp(beat.stat().st_mtime, UTC)
    (site.root / "scope.toml").write_text(
        TEXT.replace("2026-11-20", f"{site.now:%Y-%m-%d}").replace("2026-11-30", f"{site.now:%Y-%m-%d}")
    )

    with pytest.raises(ScopeError, match="two people must sign"):
        looked(site, Kept(), job("10.20.40.0/27"), site.look(heartbeat=beat))


def test_a_breaker_that_holds_the_scan_forbids_every_chunk(tmp_path):
    site = Site(tmp_path / "e")
    trip = Trip(
        level=Level.SCAN, address="10.20.20.7", cidr=SERVERS, kind="server", profile=Profile.LAB, why="it fell",
        at=NOW,
    )  # fmt: skip
    with Breaker(site.folder().ledger) as breaker:
        breaker._keep(trip)

    with pytest.raises(ScopeError, match="the breaker stopped this scan"):
        looked(site, Kept())


def test_an_abort_ends_this_chunk_and_every_later_one_until_the_sensor_is_started_anew(tmp_path):
    site = Site(tmp_path / "e")
    look = site.look()

    async def abort():
        (site.root / ABORT).write_text("stalehost abort: a patient\n")
        # nothing else is begun meanwhile: the flag is looked at every few hundredths of a second
        await asyncio.sleep(3600)

    site.then[20] = abort
    stop = looked(site, Kept(), look=look)

    assert ("stalehost abort: a patient", False) == (stop.reason, stop.lost)
    assert not (site.root / ABORT).exists()
    site.asked.clear()
    with pytest.raises(ScopeError, match="this sensor was stopped: stalehost abort: a patient"):
        looked(site, Kept(), job("10.20.20.32/27"), look)
    assert [] == site.asked


class Centre:
    """The post of a centre that has one job."""

    def __init__(self, chunk):
        self.job, self.ends, self.batches = job(chunk), [], []

    def fetch(self):
        return self.job

    def push(self, _batch, body, _job=None, _fence=None):
        self.batches.append(body)
        return True

    def hold(self, job):
        return job

    def finish(self, _job, *, done):
        self.ends.append(("finish", done))
        return True

    def fail(self, _job, why):
        self.ends.append(("fail", why))
        return True

    def leave(self, _job):
        self.ends.append(("leave", True))
        return True


def worked(site, centre, look=None):
    return asyncio.run(sensor.work(centre, Outbox(site.root / "outbox"), look or site.look(), time.monotonic))


def test_a_chunk_that_may_not_be_looked_at_ends_as_failed_with_the_reason(tmp_path):
    site, centre = Site(tmp_path / "e"), Centre("10.99.0.0/24")

    assert worked(site, centre)
    ((how, why),) = centre.ends
    assert ("fail", True) == (how, "in no network of this site's scope file" in why)


def test_what_somebody_at_the_site_stopped_does_not_fall_to_the_next_sensor(tmp_path):
    site, centre = Site(tmp_path / "e"), Centre(CHUNK)

    async def look(job, stop, keep):
        stop.set("the breaker: 10.20.20.7")

    assert worked(site, centre, look)
    assert [("fail", "the breaker: 10.20.20.7")] == centre.ends


@pytest.mark.parametrize(("unable", "ends"), [(False, [("leave", True)]), (True, [])])
def test_what_the_centre_took_back_is_given_back_and_what_this_machine_cannot_do_runs_out(
    tmp_path, unable, ends
):
    site, centre = Site(tmp_path / "e"), Centre(CHUNK)

    async def look(job, stop, keep):
        stop.lose("the centre took this chunk back", unable=unable)
        stop.set("Ctrl-C")

    assert worked(site, centre, look)
    assert ends == centre.ends
