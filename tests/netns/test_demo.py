"""The demo as a newcomer runs it: real packets in namespaces, under the real profile of each zone."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime

import msgspec
import pytest

from scanner.cli.stopping import beating
from scanner.lab import mark, paperwork
from scanner.lab.actor import Tally
from scanner.lab.paperwork import Expected
from scanner.lab.run import possible, up
from scanner.model.kinds import Kind, Profile
from scanner.wire.audit import entries, verify
from scanner.wire.breaker import Breaker, Level, Trip

STALEHOST = [sys.executable, "-m", "scanner"]


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """One demo with names, versions and addresses of its own."""
    if why := possible():
        pytest.skip(f"no network namespaces: {why}")
    output = tmp_path_factory.mktemp("demo")
    seed = str(int.from_bytes(os.urandom(2), "big"))
    started = time.monotonic()
    words = [*STALEHOST, "demo", "-o", str(output), "--seed", seed]
    done = subprocess.run(words, check=True, capture_output=True, timeout=280)
    (output / "said").write_bytes(done.stdout)
    (output / "took").write_text(f"seed {seed}: {time.monotonic() - started:.0f} s")
    return output


def test_every_knowable_device_has_its_kind_and_support(demo):
    truth = msgspec.json.decode((demo / "truth.json").read_bytes(), type=list[Expected])
    report = json.loads((demo / "report.json").read_text())
    found = mark.read("\n".join(map(json.dumps, report["devices"])).encode())

    marks = mark.mark(truth, found)

    assert () == marks.grave, (demo / "took").read_text()
    assert marks.called >= 0.9 * marks.unsupported >= 15


def test_the_laptop_on_two_legs_is_the_top_pivot(demo):
    first = json.loads((demo / "report.json").read_text())["devices"][0]
    assert ("laptop", ["management", "office"]) == (first["kind"], first["zones"])


def test_the_plan_names_that_laptop_first_with_what_cutting_it_off_saves(demo):
    report = json.loads((demo / "report.json").read_text())
    first = report["plan"]["steps"][0]

    assert [report["devices"][0]["id"]] == first["devices"]
    assert first["action"] in {"isolate", "unplug"}
    assert first["interval"]["lo"] > 0.25 * report["plan"]["loss"]
    # the command prints the very plan that the report shows
    said = " ".join(_stalehost(demo, "plan", "--now", report["engagement"]["judged"]).stdout.split())
    assert f"1. saves {first['saves']:.0f} " in said
    assert report["devices"][0]["names"][0] in said.partition(" 2. saves")[0]


def test_the_laptop_that_is_off_is_known_from_lease_directory_and_switch(demo):
    devices = json.loads((demo / "report.json").read_text())["devices"]
    away = [one for one in devices if one["presence"] == "dormant" and one["kind"] == "laptop"]
    assert 1 == len(away)
    assert {"import:ad-csv", "import:dhcp-isc"} == {*away[0]["inventories"]}
    said = _stalehost(demo, "show", away[0]["names"][0]).stdout
    assert re.search(
        r"last seen \d{4}-\d\d-\d\d on SW-OFF-2 port GigabitEthernet1/0/23 \(outpatients, room 2\.14\)", said
    )
    assert "unsupported since" in said


def test_nothing_reached_what_must_not_be_touched(demo):
    """A zero counts only beside its yield: the same run made thousands of connections elsewhere."""
    tallies = msgspec.json.decode((demo / "tally.json").read_bytes(), type=list[Tally])

    assert sum(sum(tally.connections.values()) for tally in tallies) > 100
    assert not any(tally.recorded for tally in tallies)


def test_the_breaker_trips_for_the_one_analyser_that_cannot_stand_being_looked_at(demo):
    tallies = {one.device: one for one in _read_as(demo / "tally.json", list[Tally])}
    truth = {one.id: one for one in _read_as(demo / "truth.json", list[Expected])}
    (address,) = truth["analyser-gas"].addresses
    trips = _trips(demo)

    assert {"analyser-gas": {"tcp/80": 1}} == {
        name: tally.connections for name, tally in tallies.items() if tally.died
    }
    assert [(address, "segment", "lab-analyser")] == [(t.address, t.level, t.kind) for t in trips]
    begun = [one for one in _audited(demo, "open") if one["cidr"] == trips[0].cidr]
    assert [] == [one for one in begun if datetime.fromisoformat(one["at"]) > trips[0].at]
    # the zero counts beside what was begun there before, and elsewhere after
    assert len(begun) >= 20
    others = [one for one in _audited(demo, "open") if one["cidr"] != trips[0].cidr]
    assert [one for one in others if datetime.fromisoformat(one["at"]) > trips[0].at]


def test_the_trip_is_in_the_report_and_in_what_show_and_the_demo_say(demo):
    (trip,) = _trips(demo)
    report = json.loads((demo / "report.json").read_text())

    (finding,) = (one for one in report["findings"] if one["title"].startswith("Could not stand"))
    named = [one["addresses"] for one in report["devices"] if one["id"] in finding["devices"]]
    assert [[trip.address]] == named
    assert trip.why in finding["title"]
    assert "Could not stand being looked at" in (demo / "report.html").read_text()
    assert "breaker.trip" in _stalehost(demo, "show", trip.address).stdout
    breaker, harm = (demo / "said").read_text().splitlines()[-2:]
    assert breaker.startswith(
        f"breaker: {trip.address} (lab-analyser): {trip.why}, so the segment {trip.cidr}"
    )
    assert f"harm budget: {len(_audited(demo, 'open')):,} connections to " in harm


def test_a_finding_makes_the_exit_status_one_where_the_caller_asks_for_it(demo):
    assert 0 == _stalehost(demo, "findings").returncode
    assert 1 == _stalehost(demo, "findings", "--fail-at", "low", check=False).returncode


def test_only_a_named_person_with_a_reason_lets_the_next_scan_go_on(tmp_path):
    """The laboratory alone, stopped by an earlier run's trip: nothing is begun there before `resume`, and then it is."""
    with up("hospital", 5, tmp_path, datetime.now(UTC)) as lab:
        _narrow(tmp_path, "laboratory")
        address = next(one for one in lab.truth() if one.id == "analyser-gas").addresses[0]
        _trip(tmp_path, address, "10.20.70.0/28")
        _scan(lab)
        held = _audited(tmp_path, "open")
        said = _stalehost(tmp_path, "resume", "--by", "J. Doe", "--reason", "restarted, laboratory says fine")
        _scan(lab)
        after = _audited(tmp_path, "open")

    assert [] == held
    assert f"{address} (lab-analyser, 10.20.70.0/28): it fell silent; had stopped the segment" in said.stdout
    assert len(after) >= 20
    assert ["J. Doe"] == [line["by"] for line in _audited(tmp_path, "resume")]


def _read_as(path, form):
    return msgspec.json.decode(path.read_bytes(), type=form)


def _trips(root):
    with Breaker(root / "ledger.db") as breaker:
        return breaker.trips


def _audited(root, event):
    return [line for line in entries(root / "audit.jsonl") if line["event"] == event]


def _stalehost(root, *words, check=True):
    of = ["-s", str(root / "scope.toml"), "--allowed-signers", str(paperwork.signers(root))]
    return subprocess.run([*STALEHOST, *words, *of], check=check, capture_output=True, text=True)


def _trip(root, address, cidr):
    sick = Trip(
        level=Level.HOST,
        address=address,
        cidr=cidr,
        kind=Kind.LAB_ANALYSER,
        profile=Profile.CLINICAL,
        why="it fell silent",
        at=datetime.now(UTC),
    )
    with Breaker(root / "ledger.db") as breaker:
        assert Level.SEGMENT is breaker.sick(sick, 10).level


def _narrow(root, zone):
    """Leave one network in the scope file, and have it signed and approved."""
    head, *tables = (root / "scope.toml").read_text().split("\n[[")
    kept = [one for one in tables if one.startswith("network") and f'"{zone}"' in one]
    kept += [one for one in tables if one.startswith("known")]
    text = "\n[[".join((head, *kept))
    (root / "scope.toml").write_text(text)
    paperwork._sign(root, text)
    _stalehost(root, "scan", "--dry-run", "--approve-by", "a test")


def _scan(lab):
    sign = lab.folder / "heartbeat"
    of = ["-s", str(lab.scope), "--allowed-signers", str(lab.signers)]
    words = [*STALEHOST, "scan", "--yes", "--heartbeat", str(sign), "--lab-clock", "20", *of]
    with beating(sign):
        scan = lab.enter(words, stderr=subprocess.PIPE)
        said = scan.communicate(timeout=120)[1].decode()
    assert 0 == scan.returncode, said


def test_the_audit_is_whole(demo):
    assert verify(demo / "audit.jsonl") is None


def test_ctrl_c_ends_in_order_and_keeps_what_was_seen(tmp_path):
    with up("hospital", 3, tmp_path, datetime.now(UTC)) as lab:
        of = ["-s", str(lab.scope), "--allowed-signers", str(lab.signers)]
        approve = [*STALEHOST, "scan", "--dry-run", "--approve-by", "a test", *of]
        subprocess.run(approve, check=True, capture_output=True)
        heartbeat = tmp_path / "heartbeat"
        heartbeat.touch()
        words = [*STALEHOST, "scan", "--yes", "--heartbeat", str(heartbeat), *of]
        scan = subprocess.Popen(lab.command(words), stderr=subprocess.PIPE, start_new_session=True)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and b'"event":"send"' not in _read(tmp_path / "audit.jsonl"):
            time.sleep(0.2)
        time.sleep(1.5)
        # a terminal sends it to the whole group, the raw helpers among them
        os.killpg(scan.pid, signal.SIGINT)
        said = scan.communicate(timeout=20)[1].decode()

    assert 130 == scan.returncode, said
    assert "what was seen so far is stored" in said
    listed = subprocess.run(
        [*STALEHOST, "devices", "--json", "-s", str(tmp_path / "scope.toml")], capture_output=True, check=True
    )
    assert len(listed.stdout.splitlines()) > 5


def _read(path):
    return path.read_bytes() if path.exists() else b""
