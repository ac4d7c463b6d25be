"""A phone is asked what it can do, and does not ring."""

from pathlib import Path

import pytest

from scanner.lab import talk
from scanner.lab.talk import Say
from scanner.observe.probes import sip

TALKS = Path(__file__).parents[3] / "fixtures" / "sip"


def answer(name):
    """What the device of a talk says."""
    (script,) = talk.load(TALKS / f"{name}.talk").connections
    return b"".join(step.data for step in script if isinstance(step, Say))


def test_nobody_is_left_to_forward_the_question():
    assert b"Max-Forwards: 0\r\n" in sip.QUESTION


@pytest.mark.parametrize("message", [b"", b"OPTIONS sip:x SIP/2.0\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_what_is_no_sip_answer_tells_nothing(message):
    assert sip.parse(message) is None


def test_each_header_counts_once_and_the_body_not_at_all():
    said = b"SIP/2.0 200 OK\r\nServer: a\r\nServer: b\r\n\r\nUser-Agent: c\r\n"
    assert [("sip.status", "200"), ("sip_header.server", "a")] == sip.parse(said)
    assert b"Polycom" in answer("phone")
