"""SMUX is recognised by how an agent takes leave; nothing is opened."""

from pathlib import Path

import pytest

from scanner.lab import talk
from scanner.observe.probes import smux

SMUX = Path(__file__).parents[3] / "fixtures" / "smux"


@pytest.mark.parametrize(
    ("data", "want"),
    [
        ("410103", "protocolError"),
        ("410100", "goingDown"),
        ("410105", "authenticationFailure"),
        ("410106", None),
        ("4101", None),
        ("41020003", None),
        ("410103410103", None),
        ("41010300", None),
        ("020103", None),
        ("600d02010006010004000400", None),
        ("", None),
    ],
)
def test_only_a_close_by_the_standard_is_one(data, want):
    assert want == smux.parse(bytes.fromhex(data))


@pytest.mark.parametrize("path", sorted(SMUX.glob("*.talk")), ids=lambda path: path.stem)
def test_all_that_is_said_is_that_we_leave(path, talk_conn, gather):
    conn = talk_conn(talk.load(path))

    gather(smux.talk(conn))

    assert bytes.fromhex("410100") == conn.sent
