"""A phone is asked what it can do, and does not ring."""

from pathlib import Path

import pytest

from scanner.lab import talk
from scanner.lab.talk import Say
from scanner.model.kinds import Profile
from scanner.observe.probes import sip

TALKS = Path(__file__).parents[3] / "fixtures" / "sip"


def answer(name):
    """What the device of a talk says."""
    (script,) = talk.load(TALKS / f"{name}.talk").connections
    return b"".join(step.data for step in script if isinstance(step, Say))


@pytest.mark.parametrize("profile", [Profile.PASSIVE, Profile.CLINICAL, Profile.OT])
def test_no_datagram_is_sent_where_care_is_needed(profile):
    assert profile not in sip.PROBE.connections


@pytest.mark.parametrize("path", sorted(TALKS.glob("*.talk")), ids=lambda path: path.stem)
def test_one_question_is_all_that_is_sent(path, talk_conn, gather):
    conn = talk_conn(talk.load(path))

    gather(sip.talk(conn))

    assert sip.QUESTION == conn.sent == sip.PROBE.question


def test_nobody_is_left_to_forward_the_question():
    assert b"Max-Forwards: 0\r\n" in sip.QUESTION


@pytest.mark.parametrize("message", [b"", b"OPTIONS sip:x SIP/2.0\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_what_is_no_sip_answer_tells_nothing(message):
    assert sip.parse(message) is None


def test_each_header_counts_once_and_the_body_not_at_all():
    said = b"SIP/2.0 200 OK\r\nServer: a\r\nServer: b\r\n\r\nUser-Agent: c\r\n"
    assert [("sip.status", "200"), ("sip_header.server", "a")] == sip.parse(said)
    assert b"Polycom" in answer("phone")
