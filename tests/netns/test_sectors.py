"""The utility and the bank branch, scanned with real packets as `stalehost demo --sector` does it."""

import json
import subprocess
import sys
from datetime import UTC, datetime

import msgspec
import pytest

from scanner.lab import mark
from scanner.lab.actor import Tally
from scanner.lab.paperwork import Expected
from scanner.lab.run import possible, up
from scanner.wire.audit import entries, verify

from ..lab.test_utility_and_bank import MISSED  # noqa: TID252 - one list of what no rule names yet

SECTORS = ("utility", "bank")


@pytest.fixture(scope="module")
def demos(tmp_path_factory):
    """Both at once: neither needs the other's network."""
    if why := possible():
        pytest.skip(f"no network namespaces: {why}")
    root = tmp_path_factory.mktemp("sectors")
    running = [
        subprocess.Popen(
            [
                sys.executable,
                "-m",
                "scanner",
                "demo",
                "--sector",
                name,
                "--seed",
                "9",
                "-o",
                str(root / name),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for name in SECTORS
    ]
    for one in running:
        said = one.communicate(timeout=280)
        assert one.returncode == 0, said[1].decode()
    return root


@pytest.mark.parametrize("name", SECTORS)
def test_what_can_be_known_is_right_and_nothing_is_called_unsupported_that_is_not(demos, name):
    truth = msgspec.json.decode((demos / name / "truth.json").read_bytes(), type=list[Expected])
    report = json.loads((demos / name / "report.json").read_text())

    marks = mark.mark(truth, mark.read("\n".join(map(json.dumps, report["devices"])).encode()))

    untouched = {one.id for one in truth if one.kind == "hsm"}
    kinds = {one.device for one in marks.mistakes if one.what == "kind"}
    others = [one for one in marks.grave if one.what != "kind" and one.device not in untouched]
    assert kinds <= MISSED[name]
    assert [] == others
    assert marks.called == marks.unsupported >= 2


@pytest.mark.parametrize("name", SECTORS)
def test_every_device_outlives_it_and_no_forbidden_port_hears_anything(demos, name):
    tallies = msgspec.json.decode((demos / name / "tally.json").read_bytes(), type=list[Tally])

    assert {} == {one.device: one.cause for one in tallies if one.died}
    assert {} == {one.device: one.recorded for one in tallies if one.recorded}
    assert sum(bool(one.connections) for one in tallies) >= 14
    assert verify(demos / name / "audit.jsonl") is None


# RFC 826: who has the address of the argument? Out of the card in whose network it is.
ARP = """
import socket, struct, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
s.bind((sys.argv[1], 0))
body = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1) + s.getsockname()[4] + bytes(10) + socket.inet_aton(sys.argv[2])
s.send(b"\\xff" * 6 + s.getsockname()[4] + b"\\x08\\x06" + body)
"""


def test_the_key_safe_does_feel_a_single_question(tmp_path):
    """Otherwise that it outlived a scan would prove nothing."""
    if why := possible():
        pytest.skip(f"no network namespaces: {why}")
    with up("bank", 9, tmp_path, datetime.now(UTC)) as lab:
        (address,) = next(one.addresses for one in lab.truth() if one.id == "hsm")
        lab.enter([sys.executable, "-c", ARP, "leg2", address]).wait(timeout=20)

    assert {"hsm"} == {name for name, tally in lab.tallies().items() if tally.died}


def test_no_frame_reaches_the_banks_key_safe(demos):
    """It would feel a question for its address: it dies of any frame that is meant for it."""
    tallies = msgspec.json.decode((demos / "bank" / "tally.json").read_bytes(), type=list[Tally])
    truth = msgspec.json.decode((demos / "bank" / "truth.json").read_bytes(), type=list[Expected])
    (safe,) = (one for one in tallies if one.device == "hsm")
    (address,) = next(one.addresses for one in truth if one.id == "hsm")

    assert ({}, False, "") == (safe.connections, safe.died, safe.cause)
    asked = {line["to"] for line in entries(demos / "bank" / "audit.jsonl") if line["event"] == "open"}
    assert address not in asked
    assert len(asked) >= 14
