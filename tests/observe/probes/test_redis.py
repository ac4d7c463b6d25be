"""Redis is listened to, and told nothing."""

from pathlib import Path

import pytest

from scanner.lab import talk
from scanner.observe.probes import redis

REDIS = Path(__file__).parents[3] / "fixtures" / "redis"


@pytest.mark.parametrize(
    ("line", "want"),
    [
        (b"-DENIED Redis is running in protected mode because protected mode is enabled", "protected"),
        (b"-ERR max number of clients reached\r\n", "full"),
        (b"-ERR unknown command\r\n", None),
        (b"+PONG\r\n", None),
        (b"-DENIED", None),
        (b"", None),
    ],
)
def test_only_a_refusal_that_comes_unasked_is_read(line, want):
    assert want == redis.parse(line)


@pytest.mark.parametrize("path", sorted(REDIS.glob("*.talk")), ids=lambda path: path.stem)
def test_no_command_is_ever_sent(path, talk_conn, gather):
    conn = talk_conn(talk.load(path))

    gather(redis.talk(conn))

    assert b"" == conn.sent
