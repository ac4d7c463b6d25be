"""A name server is asked for its version, never for a name."""

from pathlib import Path

import pytest

from scanner.lab import talk
from scanner.lab.talk import Say
from scanner.observe.probes import dns

TALKS = Path(__file__).parents[3] / "fixtures" / "dns"


def answer(name):
    """What the device of a talk says."""
    (script,) = talk.load(TALKS / f"{name}.talk").connections
    return b"".join(step.data for step in script if isinstance(step, Say))


@pytest.mark.parametrize("message", [b"", b"XX" + bytes(20), dns.QUESTION])
def test_what_is_no_answer_of_a_name_server_tells_nothing(message):
    assert dns.parse(message) is None


def test_a_name_server_that_does_not_say_is_still_one():
    assert "" == dns.parse(answer("windows"))
