"""A camera is asked what it can do, and nothing is played."""

from pathlib import Path

import pytest

from scanner.lab import talk
from scanner.observe.probes import rtsp

RTSP = Path(__file__).parents[3] / "fixtures" / "rtsp"


@pytest.mark.parametrize(
    ("message", "want"),
    [
        (b"RTSP/1.0 200 OK\r\nserver:  x \r\nServer: y\r\n\r\n", [("rtsp.status", "200"), ("rtsp_header.server", "x")]),
        (b"RTSP/1.0 200 OK\nPublic: OPTIONS\n\n", [("rtsp.status", "200"), ("rtsp.public", "OPTIONS")]),
        (b"RTSP/2.0 400 Bad\r\n", [("rtsp.status", "400")]),
        (b"RTSP/1.0 200 OK\r\nServer:\r\n\r\nServer: in the body", [("rtsp.status", "200")]),
        (b"HTTP/1.0 200 OK\r\nServer: x\r\n\r\n", None),
        (b"", None),
    ],
)  # fmt: skip
def test_the_answer_is_read(message, want):
    assert want == rtsp.parse(message)


@pytest.mark.parametrize("path", sorted(RTSP.glob("*.talk")), ids=lambda path: path.stem)
def test_one_question_is_asked(path, talk_conn, gather):
    conn = talk_conn(talk.load(path))

    gather(rtsp.talk(conn))

    assert (True, 1) == (conn.sent.startswith(b"OPTIONS * RTSP/1.0\r\n"), conn.sent.count(b"\r\n\r\n"))
