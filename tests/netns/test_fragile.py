"""What scanners have broken outlives ours, and is recognised all the same."""

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scanner.cli.stopping import beating
from scanner.lab import mark, paperwork, run
from scanner.lab.actor import Tally
from scanner.lab.paperwork import Expected
from scanner.lab.run import Lab
from scanner.wire.audit import entries
from scanner.wire.breaker import Breaker, Level
from scanner.wire.health import BASELINE

STALEHOST = [sys.executable, "-m", "scanner"]
SEED = 5


def of(lab: Lab) -> list[str]:
    return ["-s", str(lab.scope), "--allowed-signers", str(lab.signers)]


def inside(lab: Lab, *words: str) -> str:
    process = lab.enter(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said = process.communicate(timeout=250)[0].decode()
    assert process.returncode == 0, said
    return said


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Lab, tuple[mark.Found, ...]]:
    if reason := run.possible():
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("fragile")
    with run.up("fragile", SEED, folder, datetime.now(UTC)) as lab:
        approve = [*STALEHOST, "scan", "--dry-run", "--approve-by", "a test", *of(lab)]
        subprocess.run(approve, check=True, capture_output=True)
        sign = folder / "heartbeat"
        with beating(sign):
            attended = ["--heartbeat", str(sign), "--lab-clock", "20"]
            inside(lab, *STALEHOST, "scan", "--yes", *attended, *of(lab))
    listed = subprocess.run([*STALEHOST, "devices", "--json", *of(lab)], check=True, capture_output=True)
    return lab, mark.read(listed.stdout)


def test_every_fragile_device_outlives_a_clinical_scan_and_most_are_recognised(
    scanned: tuple[Lab, tuple[mark.Found, ...]],
) -> None:
    lab, found = scanned
    tallies = lab.tallies()
    answering = [one for one in lab.truth() if "kind" in one.knowable]
    right = [one.id for one in answering if _right(one, found)]

    assert {} == {name: tally.cause for name, tally in tallies.items() if tally.died}
    assert {} == {name: tally.recorded for name, tally in tallies.items() if tally.recorded}
    # not because they were left alone
    assert len(answering) >= 12
    assert len(right) >= 0.9 * len(answering), sorted({one.id for one in answering} - set(right))
    assert all(sum(tallies[one.id].connections.values()) for one in answering)


def _right(one: Expected, found: Sequence[mark.Found]) -> bool:
    return any(
        set(got.addresses) & set(one.addresses) and got.kind in {one.kind, *one.alike} for got in found
    )


def test_the_excluded_ventilator_was_not_touched(scanned: tuple[Lab, tuple[mark.Found, ...]]) -> None:
    lab, _ = scanned
    assert lab.tallies()["ventilator"].connections == {}


# Each does to one device what it cannot stand, the printer prints: otherwise outliving a scan would prove nothing.
HARMS = {
    "ultrasound": "for _ in range(3): socket.create_connection((a, 445)).close(); time.sleep(.2)",
    "ct-console": "for _ in range(9): s = socket.create_connection((a, 104)); s.send(b'x'); s.close(); time.sleep(.1)",
    "xray": "s = [socket.create_connection((a, 104)) for _ in range(2)]; time.sleep(.3)",
    "monitor": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', (a, 40125))",
    "infusion-gateway": "s = socket.create_connection((a, 80)); s.send(b'\\x80\\x00\\r\\n\\r\\n'); time.sleep(2.5)",
    "mri-console": "s = socket.create_connection((a, 104)); s.send(b'x'); time.sleep(.2);"
    " s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0)); s.close()",
    "hvac": "s = socket.create_connection((a, 80)); s.send(b'QUIT\\r\\n\\r\\n'); time.sleep(2.5)",
    "plc": "s = [socket.create_connection((a, 80)) for _ in range(2)]; time.sleep(.3)",
    "drive": "for _ in range(5): s = socket.create_connection((a, 102)); s.send(b'x'); s.close(); time.sleep(.1)",
    "printer": "s = socket.create_connection((a, 9100)); s.send(b'x'); s.close()",
    "ups": "for _ in range(2): socket.create_connection((a, 80)).close(); time.sleep(.2)",
}
# RFC 826 requests, sixteen at once, for an address that nobody has.
STORM = r"""
import socket, struct, time
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
s.bind(("leg0", 0))
body = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1) + bytes(20)
for _ in range(16):
    s.send(b"\xff" * 6 + s.getsockname()[4] + b"\x08\x06" + body)
time.sleep(.3)
"""


def test_each_of_them_does_die_of_what_its_file_says(tmp_path: Path) -> None:
    if reason := run.possible():
        pytest.skip(reason)
    with run.up("fragile", SEED, tmp_path, datetime.now(UTC)) as lab:
        at = {one.id: one.addresses[0] for one in lab.truth()}
        for name, harm in HARMS.items():
            script = f"import socket, struct, time\na = '{at[name]}'\n{harm}\ntime.sleep(.3)"
            inside(lab, sys.executable, "-c", script)
        inside(lab, sys.executable, "-c", STORM)

    tallies: dict[str, Tally] = lab.tallies()
    assert {*HARMS, "switch"} - {"printer"} == {name for name, tally in tallies.items() if tally.died}
    assert {"tcp/9100": "78"} == tallies["printer"].recorded
    assert "ARP requests" in tallies["switch"].cause


# Holds six connections to the first argument's port 23 until the scan is over.
BURDEN = """
import socket, sys
held = [socket.create_connection((sys.argv[1], 23)) for _ in range(6)]
sys.stdin.read()
"""


def test_a_device_that_slows_under_load_is_noticed_and_left_alone(tmp_path: Path) -> None:
    """The load is somebody else's: ours is one connection at a time. Its slowness is a reason to stop all the same."""
    if reason := run.possible():
        pytest.skip(reason)
    with run.up("fragile", SEED, tmp_path, datetime.now(UTC)) as lab:
        address = next(one.addresses[0] for one in lab.truth() if one.id == "telemetry")
        _alone(lab, address)
        sign = tmp_path / "heartbeat"
        with beating(sign):
            words = [*STALEHOST, "scan", "--yes", "--heartbeat", str(sign), "--lab-clock", "20", *of(lab)]
            scan = lab.enter(words, stderr=subprocess.PIPE)
            _wait_until(lambda: len(begun(tmp_path, address)) > BASELINE)
            burden = subprocess.Popen(
                lab.command([sys.executable, "-c", BURDEN, address]), stdin=subprocess.PIPE
            )
            said = scan.communicate(timeout=120)[1].decode()
            burden.communicate()

    assert scan.returncode == 0, said
    with Breaker(tmp_path / "ledger.db") as breaker:
        (trip,) = breaker.trips
    assert (address, Level.SEGMENT) == (trip.address, trip.level)
    assert "to answer in place of" in trip.why
    # noticed before it had had all eight
    assert BASELINE + 2 <= len(begun(tmp_path, address)) < 8


def _alone(lab: Lab, address: str) -> None:
    """Leave nothing in the scope file but one device, and have it signed and approved."""
    head = lab.scope.read_text("utf-8").split("\n[[")[0]
    network = f'[[network]]\ncidr = "{address}/32"\nzone = "ward"\nprofile = "clinical"\n'
    known = f'[[known]]\naddress = "{address}"\nkind = "iot"\n'
    text = f"{head}\n{network}\n{known}"
    lab.scope.write_text(text, "utf-8")
    paperwork._sign(lab.folder, text)
    approve = [*STALEHOST, "scan", "--dry-run", "--approve-by", "a test", *of(lab)]
    subprocess.run(approve, check=True, capture_output=True)


def begun(folder: Path, address: str) -> list[str]:
    """The ports on which connections to it were begun, in their order."""
    trail = folder / "audit.jsonl"
    lines = list(entries(trail)) if trail.exists() else []
    return [line["port"] for line in lines if line["event"] == "open" and line["to"] == address]


def _wait_until(so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not so() and time.monotonic() < deadline:
        time.sleep(0.1)
