"""The whole flow on the simulated hospital, played in memory: what the answer must not depend on, and what it must."""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import msgspec
import pytest

from scanner.cli.planning import approve_lab
from scanner.errors import DataError, StoreError
from scanner.knowledge.base import open_base
from scanner.lab import mark, paperwork
from scanner.lab.sector import load
from scanner.model.kinds import Profile
from scanner.model.net import Address, tcp
from scanner.observe.active import load_probes
from scanner.pipeline import assess, begin, probe_once, unfinished
from scanner.report import jsonout
from scanner.report.register import register
from scanner.scope.engagement import find
from scanner.store.store import open_store
from scanner.wire.audit import entries

from .cli.conftest import NOW, Hurry, hospital  # noqa: TID252 - the played hospital is shared with the commands

KNOWLEDGE = open_base()


def scan(root, seed, change=lambda sector: sector, hurry=None):
    """Scan one variant of the hospital in memory; give its assessment and its truth."""
    sector = change(load("hospital", seed))
    paperwork.write(sector, root, NOW)
    approve_lab(root / "scope.toml", NOW)
    folder = find(root, allowed_signers=paperwork.signers(root))
    with open_store(folder.database, folder.id) as store:
        run = begin(folder, folder.scope, "scan", NOW, 1, KNOWLEDGE)
        asyncio.run(hospital(folder, store, run, sector, hurry))
        log, runs = list(store.log()), store.runs()
    truth = msgspec.json.decode((root / "truth.json").read_bytes(), type=list[paperwork.Expected])
    return assess(log, runs, KNOWLEDGE, NOW + timedelta(hours=1)), truth, (log, runs)


def marks(found, truth):
    lines = "\n".join(jsonout.device_lines(found)).encode()
    return mark.mark(truth, mark.read(lines))


@pytest.mark.parametrize("seed", [None, 1, 2, 3])
def test_verdicts_follow_names_versions_and_addresses_as_they_vary(tmp_path, seed):
    found, truth, _ = scan(tmp_path, seed)
    powered = [one for one in truth if one.powered]

    result = marks(found, powered)

    assert () == result.grave
    assert result.called >= 0.9 * result.unsupported >= 15
    top = found.devices[0].device
    assert ("laptop", ("management", "office")) == (top.kind, top.zones)


def test_unplugging_the_second_leg_takes_the_laptop_from_the_top(tmp_path):
    def unplug(sector):
        def cut(device):
            two_legs = len({nic.zone for nic in device.nics}) == 2 and device.kind == "laptop"
            return msgspec.structs.replace(device, nics=device.nics[:1]) if two_legs else device

        return msgspec.structs.replace(sector, devices=tuple(map(cut, sector.devices)))

    for name in ("before", "after"):
        (tmp_path / name).mkdir()
    before, _, _ = scan(tmp_path / "before", 5)
    after, _, _ = scan(tmp_path / "after", 5, unplug)

    laptop = before.devices[0].device
    now_at = next(at for at, one in enumerate(after.devices) if laptop.name in one.device.names)
    assert now_at > 0
    assert after.devices[now_at].risk.score < before.devices[0].risk.score - 5


def test_renaming_every_device_leaves_the_ranking_as_it_is(tmp_path):
    found, _, (log, runs) = scan(tmp_path, 4)
    names = {name for one in found.devices for name in one.device.names}
    renamed = [_renamed(one, {name: f"X{at:03d}" for at, name in enumerate(sorted(names))}) for one in log]

    again = assess(renamed, runs, KNOWLEDGE, NOW + timedelta(hours=1))

    def scores(of):
        return {one.device.legs[0].address: one.risk.score for one in of.devices if one.device.legs}

    assert found.devices[0].device.legs == again.devices[0].device.legs
    was, now = scores(found), scores(again)
    # a name such as LT-... is a small hint of its kind, and a default name a small hint of being forgotten
    assert max(abs(was[address] - now[address]) for address in was) <= 2


def _renamed(one, names):
    """The observation with every host name in it replaced, in whatever case it was said."""
    if one.field not in ("ntlm.names", "dhcp.lease") or not isinstance(one.value, dict):
        return one
    low = {old.lower(): new for old, new in names.items()}
    value = {
        key: low.get(str(part).lower(), part) if isinstance(part, str) else part
        for key, part in one.value.items()
    }
    return msgspec.structs.replace(one, value=value)


def test_the_order_of_the_log_never_matters(tmp_path):
    found, _, (log, runs) = scan(tmp_path, 6)
    shuffled = list(log)
    random.Random(1).shuffle(shuffled)

    again = assess(shuffled, runs, KNOWLEDGE, NOW + timedelta(hours=1))

    assert jsonout.assessment(found) == jsonout.assessment(again)


def test_an_empty_log_is_no_assessment():
    with pytest.raises(DataError, match="nothing has been seen"):
        assess([], (), KNOWLEDGE, datetime(2026, 1, 1, tzinfo=UTC))


def test_stopping_keeps_what_was_seen_and_ends_the_run(tmp_path):
    class Stops(Hurry):
        """Presses Ctrl-C after five seconds of the hospital's time."""

        async def sleep(self, seconds):
            await super().sleep(seconds)
            if self.seconds > 5:
                self.scan.cancel()

    stops = Stops()

    async def interrupted():
        stops.scan = asyncio.current_task()
        await hospital(folder, store, run, sector, stops)

    sector = load("hospital", 1)
    paperwork.write(sector, tmp_path, NOW)
    approve_lab(tmp_path / "scope.toml", NOW)
    folder = find(tmp_path, allowed_signers=paperwork.signers(tmp_path))
    with open_store(folder.database, folder.id) as store:
        run = begin(folder, folder.scope, "scan", NOW, 1, KNOWLEDGE)
        with pytest.raises(asyncio.CancelledError):
            asyncio.run(interrupted())

        (kept,) = store.runs()
        assert kept.ended == NOW
        assert len(list(store.log())) > 20


def test_a_scan_that_was_killed_goes_on_and_asks_nothing_twice(tmp_path):
    class Kill(Hurry):
        """Ends it in its middle."""

        async def sleep(self, seconds):
            await super().sleep(seconds)
            if self.seconds > 60:
                self.scan.cancel()

    async def cut():
        kill.scan = asyncio.current_task()
        await hospital(folder, store, run, sector, kill)

    def opened():
        return [(one["to"], one["port"]) for one in entries(folder.audit) if one.get("event") == "open"]

    kill, sector = Kill(), load("hospital", 8)
    paperwork.write(sector, tmp_path, NOW)
    approve_lab(tmp_path / "scope.toml", NOW)
    folder = find(tmp_path, allowed_signers=paperwork.signers(tmp_path))
    with open_store(folder.database, folder.id) as store:
        run = begin(folder, folder.scope, "scan", NOW, 1, KNOWLEDGE)
        with pytest.raises(DataError, match="nothing to resume"):
            unfinished(store, folder.scope)
        with pytest.raises(asyncio.CancelledError):
            asyncio.run(cut())
        store.save(msgspec.structs.replace(store.runs()[0], ended=None))
        first, log = opened(), list(store.log())
        done = {(one.address, one.port) for one in log if (one.field, one.value) == ("port.state", "closed")}

        asyncio.run(hospital(folder, store, unfinished(store, folder.scope), sector))
        second = opened()[len(first) :]
        found = assess(list(store.log()), store.runs(), KNOWLEDGE, NOW + timedelta(hours=1))

        assert len(first) > 50 < len(second)
        assert done
        assert not done & set(second)
        assert [run.id] == [one.id for one in store.runs()]
        with pytest.raises(DataError, match="nothing to resume"):
            unfinished(store, folder.scope)
    (tmp_path / "whole").mkdir()
    whole, _, _ = scan(tmp_path / "whole", 8)
    assert {leg.address for one in whole.devices for leg in one.device.legs} == {
        leg.address for one in found.devices for leg in one.device.legs
    }


def test_a_scan_is_not_resumed_under_another_scope(tmp_path):
    paperwork.write(load("hospital", 8), tmp_path, NOW)
    folder = find(tmp_path, allowed_signers=paperwork.signers(tmp_path))
    with open_store(folder.database, folder.id) as store:
        store.save(begin(folder, folder.scope, "scan", NOW, 1, KNOWLEDGE))

        with pytest.raises(DataError, match="the scope file has changed"):
            unfinished(store, msgspec.structs.replace(folder.scope, text="another"))


def test_a_disk_that_fills_up_during_a_scan_is_said_in_one_line(tmp_path, monkeypatch):
    sector = load("hospital", 1)
    paperwork.write(sector, tmp_path, NOW)
    approve_lab(tmp_path / "scope.toml", NOW)
    folder = find(tmp_path, allowed_signers=paperwork.signers(tmp_path))
    with open_store(folder.database, folder.id) as store:
        run = begin(folder, folder.scope, "scan", NOW, 1, KNOWLEDGE)

        def full(_batch):
            raise StoreError("the disk is full")

        monkeypatch.setattr(store, "append", full)
        with pytest.raises(StoreError, match="the disk is full"):
            asyncio.run(hospital(folder, store, run, sector))
        # it did not come to its end, and says so: with room it goes on, and is not taken for a whole one
        (ended,) = store.runs()
        assert "stopped early: the disk is full" in ended.notes
        assert unfinished(store, folder.scope).ended is None


def test_a_device_that_dies_on_a_ward_stops_the_ward_and_becomes_a_finding(tmp_path):
    """One monitor console that dies of its first connection; the rest of its ward is left alone from then on."""

    class Dies(Hurry):
        async def sleep(self, seconds):
            await super().sleep(seconds)
            for actor in {*self.devices._at.values()}:
                if actor.device.id == "patient-monitor-console" and actor.tally.connections:
                    self.devices._down.add(actor.device.id)

    sector, hurry = load("hospital", 8), Dies()
    # the laboratory's analyser would be the second one, and stop the whole scan
    steady = tuple(one for one in sector.devices if one.behaviour.conversations is None)
    sector = msgspec.structs.replace(sector, devices=steady)
    found, _, (log, runs) = scan(tmp_path, 8, lambda _: sector, hurry)

    (trip,) = [one for one in log if one.field == "breaker.trip"]
    console = next(one for one in sector.devices if one.id == "patient-monitor-console")
    assert (console.nics[0].address, "ward", "segment") == (trip.address, trip.zone, trip.value["level"])
    assert "ARP" in trip.value["why"]
    [finding] = [one for one in register(found) if one.cause.startswith("breaker:")]
    assert trip.value["why"] in finding.title
    assert runs[-1].ended is not None


def test_a_probe_gets_as_many_connections_as_the_device_bears(tmp_path):
    """An office's printer is looked at as on a ward, also by one probe on one port."""
    played = load("hospital", 7)
    paperwork.write(played, tmp_path, NOW)
    scope = find(tmp_path, allowed_signers=paperwork.signers(tmp_path)).scope
    office = next(one for one in scope.networks if one.profile is Profile.OFFICE)
    tls, told = load_probes()["tls"], []

    class AskedError(Exception):
        """The connection was told how many it may be."""

    class Conn:
        def allow(self, count, _name):
            told.append(count)
            raise AskedError

    class Dial:
        care = None

        async def open(self, *_):
            return Conn()

    class Careful:
        def profile(self, _address, _network):
            return Profile.CLINICAL

    address = Address(str(office.cidr[9]))
    for care in (None, Careful()):
        using = SimpleNamespace(dialer=Dial())
        using.dialer.care = care
        with pytest.raises(AskedError):
            asyncio.run(probe_once(scope, tls, address, tcp(443), using, lambda: NOW))

    assert [tls.connections[Profile.OFFICE], tls.connections[Profile.CLINICAL]] == told
    assert told[1] < told[0]
