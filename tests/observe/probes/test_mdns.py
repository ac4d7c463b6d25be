"""One device alone is asked which services it offers."""

from pathlib import Path

import pytest

from scanner.lab import talk
from scanner.lab.talk import Say
from scanner.observe.probes import mdns

TALKS = Path(__file__).parents[3] / "fixtures" / "mdns"


def answer(name):
    """What the device of a talk says."""
    (script,) = talk.load(TALKS / f"{name}.talk").connections
    return b"".join(step.data for step in script if isinstance(step, Say))


def test_the_answer_is_asked_for_by_unicast():
    assert b"\x80\x01" == mdns.QUESTION[-2:]


@pytest.mark.parametrize("message", [b"", mdns.QUESTION, bytes([0, 0, 0x84, 0]) + bytes(8)])
def test_what_has_no_records_tells_nothing(message):
    assert mdns.parse(message) is None


def test_a_host_is_named_by_the_service_that_runs_on_it():
    head = bytes.fromhex("0000 8400 0000 0001 0000 0000")
    service = b"\x01a\0" + bytes.fromhex("0021 0001 00000078 000c 0000 0000 0050") + b"\x04shed\0"

    assert [("mdns.host", "shed")] == mdns.parse(head + service)
    assert b"NPIA1B2C3D4" in answer("printer")
