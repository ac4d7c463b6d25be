"""memcached is asked for its version and left."""

from pathlib import Path

import pytest

from scanner.lab import talk
from scanner.observe.probes import memcached

MEMCACHED = Path(__file__).parents[3] / "fixtures" / "memcached"


@pytest.mark.parametrize(
    ("line", "want"),
    [
        (b"VERSION 1.4.15\r\n", "1.4.15"),
        (b"VERSION 1.6.0-beta1\n", "1.6.0-beta1"),
        (b"ERROR\r\n", None),
        (b"VERSION \r\n", None),
        (b"VERSION 1.4.15", None),
        (b"", None),
    ],
)
def test_the_version_is_read(line, want):
    assert want == memcached.parse(line)


@pytest.mark.parametrize("path", sorted(MEMCACHED.glob("*.talk")), ids=lambda path: path.stem)
def test_version_and_quit_are_all_that_is_sent(path, talk_conn, gather):
    conn = talk_conn(talk.load(path))

    gather(memcached.talk(conn))

    assert b"version\r\nquit\r\n" == conn.sent


def test_what_is_no_memcached_is_told_nothing_more(talk_conn, gather):
    conn = talk_conn(
        talk.parse('# origin = synthetic\n@ tcp/11211\n> *\n< "-ERR unknown command\\r\\n"\n! close', "x", {})
    )

    assert [] == gather(memcached.talk(conn))
    assert b"version\r\n" == conn.sent
