"""One device alone is asked what it is, and its XML can do no harm."""

from pathlib import Path

import pytest

from scanner.lab import talk
from scanner.lab.talk import Say
from scanner.observe.probes import wsd

TALKS = Path(__file__).parents[3] / "fixtures" / "wsd"


def answer(name):
    """What the device of a talk says."""
    (script,) = talk.load(TALKS / f"{name}.talk").connections
    return b"".join(step.data for step in script if isinstance(step, Say))


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
