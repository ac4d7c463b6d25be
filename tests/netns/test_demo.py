"""The demo as a newcomer runs it: real packets in namespaces, under the real profile of each zone."""

import json
import os
import signal
import subprocess
import sys
import time

import msgspec
import pytest

from scanner.lab import mark
from scanner.lab.actor import Tally
from scanner.lab.paperwork import Expected
from scanner.lab.run import possible

STALEHOST = [sys.executable, "-m", "scanner"]


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """One demo with names, versions and addresses of its own."""
    if why := possible():
        pytest.skip(f"no network namespaces: {why}")
    output = tmp_path_factory.mktemp("demo")
    seed = str(int.from_bytes(os.urandom(2), "big"))
    started = time.monotonic()
    subprocess.run(
        [*STALEHOST, "demo", "-o", str(output), "--seed", seed], check=True, capture_output=True, timeout=280
    )
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


def test_the_laptop_that_is_off_is_known_from_its_lease(demo):
    devices = json.loads((demo / "report.json").read_text())["devices"]
    silent = [one for one in devices if one["presence"] == "silent" and one["kind"] == "laptop"]
    assert 1 == len(silent)
    assert ["import:dhcp-isc"] == silent[0]["inventories"]


def test_nothing_reached_what_must_not_be_touched(demo):
    """A zero counts only beside its yield: the same run made thousands of connections elsewhere."""
    tallies = msgspec.json.decode((demo / "tally.json").read_bytes(), type=list[Tally])

    assert sum(sum(tally.connections.values()) for tally in tallies) > 100
    assert not any(tally.recorded for tally in tallies)
    assert not any(tally.died for tally in tallies)


def test_the_audit_is_whole(demo):
    from scanner.wire.audit import verify

    assert verify(demo / "audit.jsonl") is None


def test_ctrl_c_ends_in_order_and_keeps_what_was_seen(tmp_path):
    from datetime import UTC, datetime

    from scanner.lab.run import up

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
