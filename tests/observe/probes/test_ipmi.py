"""A board controller tells which logins it takes; nobody logs in."""

from pathlib import Path

import pytest

from scanner.lab import talk
from scanner.lab.talk import Say
from scanner.observe.probes import ipmi

TALKS = Path(__file__).parents[3] / "fixtures" / "ipmi"


def answer(name):
    """What the device of a talk says."""
    (script,) = talk.load(TALKS / f"{name}.talk").connections
    return b"".join(step.data for step in script if isinstance(step, Say))


@pytest.mark.parametrize(
    "change",
    [lambda said: said[:20], lambda said: b"x" + said[1:], lambda said: said[:20] + b"\xc1" + said[21:]],
)
def test_what_is_no_answer_to_the_command_tells_nothing(change):
    assert ipmi.parse(change(answer("supermicro"))) is None


def test_the_checksums_of_the_question_come_out_even():
    asked = ipmi.QUESTION[14:]
    assert (0, 0) == (sum(asked[:3]) & 0xFF, sum(asked[3:]) & 0xFF)


def test_a_controller_of_the_second_version_alone_is_told_apart():
    said = bytearray(answer("supermicro"))
    said[14 + 10] = 0x02
    assert ["2.0"] == ipmi.parse(bytes(said))["versions"]
