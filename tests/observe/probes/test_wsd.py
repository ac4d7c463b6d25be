"""One device alone is asked what it is, and its XML can do no harm."""

from pathlib import Path

import pytest

from scanner.lab import talk
from scanner.lab.talk import Say
from scanner.model.kinds import Profile
from scanner.observe.probes import wsd

TALKS = Path(__file__).parents[3] / "fixtures" / "wsd"


def answer(name):
    """What the device of a talk says."""
    (script,) = talk.load(TALKS / f"{name}.talk").connections
    return b"".join(step.data for step in script if isinstance(step, Say))


@pytest.mark.parametrize("profile", [Profile.PASSIVE, Profile.CLINICAL, Profile.OT])
def test_no_datagram_is_sent_where_care_is_needed(profile):
    assert profile not in wsd.PROBE.connections


@pytest.mark.parametrize("path", sorted(TALKS.glob("*.talk")), ids=lambda path: path.stem)
def test_one_question_is_all_that_is_sent(path, talk_conn, gather):
    conn = talk_conn(talk.load(path))

    gather(wsd.talk(conn))

    assert wsd.QUESTION == conn.sent == wsd.PROBE.question


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"<a>",
        b"<a/>",
        b"<ProbeMatch/>",
        b"<?xml version='1.0' encoding='nonsense'?><a/>",
        b"<!DOCTYPE a [<!ENTITY b 'x'>]><ProbeMatch><Types>&b;</Types></ProbeMatch>",
        b"\xff\xfe<",
    ],
)
def test_what_is_no_match_tells_nothing(message):
    assert wsd.parse(message) is None


def test_words_are_one_line_and_comments_are_none():
    assert {"types": "a b"} == wsd.parse(b"<ProbeMatch><!-- x --><Types> a\n  b</Types></ProbeMatch>")
    assert b"NetworkVideoTransmitter" in answer("onvif-camera")
