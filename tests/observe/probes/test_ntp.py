"""A time server is asked for the time and nothing else."""

from pathlib import Path

import pytest

from scanner.lab import talk
from scanner.lab.talk import Say
from scanner.observe.probes import ntp

TALKS = Path(__file__).parents[3] / "fixtures" / "ntp"


def answer(name):
    """What the device of a talk says."""
    (script,) = talk.load(TALKS / f"{name}.talk").connections
    return b"".join(step.data for step in script if isinstance(step, Say))


@pytest.mark.parametrize("message", [b"", bytes(47), bytes([0x23]) + bytes(47), bytes([0x26]) + bytes(60)])
def test_what_no_time_server_says_tells_nothing(message):
    assert ntp.parse(message) is None


def test_a_reference_above_stratum_one_is_an_address():
    assert (
        "10.0.0.1" == ntp.parse(bytes([0x24, 2]) + bytes(10) + bytes([10, 0, 0, 1]) + bytes(32))["reference"]
    )


def test_the_question_is_a_client_s():
    assert (4, 3) == (ntp.QUESTION[0] >> 3 & 7, ntp.QUESTION[0] & 7)
    assert answer("meinberg")[0] & 7 == 4
