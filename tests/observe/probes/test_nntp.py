"""A news server is greeted and left."""

from pathlib import Path

import pytest

from scanner.lab import talk
from scanner.observe.probes import nntp

NNTP = Path(__file__).parents[3] / "fixtures" / "nntp"


@pytest.mark.parametrize(
    ("greeting", "want"),
    [
        (b"200 InterNetNews ready\r\n", "InterNetNews ready"),
        (b"201 no posting\r\n", "no posting"),
        (b"400 come back later\r\n", "come back later"),
        (b"502 not you\r\n", "not you"),
        (b"200\r\n", None),
        (b"220 (vsFTPd 3.0.3)\r\n", None),
        (b"HTTP/1.0 200 OK\r\n", None),
        (b"", None),
    ],
)
def test_the_greeting_is_its_text_without_the_code(greeting, want):
    assert want == nntp.parse(greeting)


@pytest.mark.parametrize("path", sorted(NNTP.glob("*.talk")), ids=lambda path: path.stem)
def test_nothing_but_quit_is_ever_sent(path, talk_conn, gather):
    conn = talk_conn(talk.load(path))

    gather(nntp.talk(conn))

    assert b"QUIT\r\n" == conn.sent


def test_what_is_no_news_server_is_told_nothing(talk_conn, gather):
    conn = talk_conn(talk.parse('# origin = synthetic\n@ tcp/119\n< "hello\\r\\n"\n! silence', "x", {}))

    assert [] == gather(nntp.talk(conn))
    assert b"" == conn.sent
