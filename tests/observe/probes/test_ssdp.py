"""One device alone is asked what it is."""

from pathlib import Path

import pytest

from scanner.lab import talk
from scanner.lab.talk import Say
from scanner.observe.probes import ssdp

TALKS = Path(__file__).parents[3] / "fixtures" / "ssdp"


def answer(name):
    """What the device of a talk says."""
    (script,) = talk.load(TALKS / f"{name}.talk").connections
    return b"".join(step.data for step in script if isinstance(step, Say))


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"NOTIFY * HTTP/1.1\r\nSERVER: x\r\n\r\n",
        b"HTTP/1.1 404 Not Found\r\nSERVER: x\r\n",
        b"HTTP/1.1 200 OK\r\nx",
    ],
)
def test_what_is_no_answer_to_a_search_tells_nothing(message):
    assert ssdp.parse(message) is None


def test_headers_are_read_whatever_their_case():
    assert [("upnp.server", "x")] == ssdp.parse(b"HTTP/1.1 200 OK\r\nserver:x\r\nServer: y\r\n\r\n")
    assert answer("camera").startswith(b"HTTP/1.1 200")
