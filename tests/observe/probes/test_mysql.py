"""MySQL speaks first and is told nothing at all."""

from pathlib import Path

import pytest

from scanner.lab import talk
from scanner.model.kinds import Touch
from scanner.observe.probes import mysql

MYSQL = Path(__file__).parents[3] / "fixtures" / "mysql"


def packet(body, number=0):
    return len(body).to_bytes(3, "little") + bytes([number]) + body


@pytest.mark.parametrize(
    ("data", "want"),
    [
        (packet(b"\x0a5.7.44-log\0rest"), ("mysql.banners", "5.7.44-log")),
        (packet(b"\x093.20.32a\0rest"), ("mysql.banners", "3.20.32a")),
        (packet(b"\xff\x10\x04Too many connections"), ("mysql.error", "Too many connections")),
        (packet(b"\xff\x10\x04#08004Too many connections"), ("mysql.error", "Too many connections")),
        (packet(b"\x0a5.7.44-log\0rest", 1), None),
        (packet(b"\x0a\0"), None),
        (packet(b"\x0a5.7.44"), None),
        (packet(b"\xff\x10\x04"), None),
        (b"\x01\0\0\0\x0a", None),
        (b"HTTP/1.0 400 Bad Request", None),
        (b"", None),
    ],
)
def test_the_first_packet_is_a_version_or_a_refusal(data, want):
    assert want == mysql.parse(data)


@pytest.mark.parametrize("path", sorted(MYSQL.glob("*.talk")), ids=lambda path: path.stem)
def test_nothing_is_sent_and_nobody_comes_twice(path, talk_conn, gather):
    conn = talk_conn(talk.load(path))

    gather(mysql.talk(conn))

    assert (b"", 1) == (conn.sent, len(conn.opened))


@pytest.mark.parametrize("said", ["0a00", "000000 00", "ffff00 00 0a", "0500 00 00 3c68746d6c"])
def test_what_is_no_greeting_tells_nothing(said, talk_conn, gather):
    conn = talk_conn(talk.parse(f"# origin = synthetic\n@ tcp/3306\n< {said}\n! close", "x", {}))

    assert [] == gather(mysql.talk(conn))


def test_it_only_listens():
    assert (Touch.GREET, {1}) == (mysql.PROBE.touch, set(mysql.PROBE.connections.values()))
