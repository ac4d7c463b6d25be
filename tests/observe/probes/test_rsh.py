"""rexec, rlogin and rsh are listened to: a handshake would be a login."""

from pathlib import Path

import pytest

from scanner.lab import talk
from scanner.observe.probes import rsh

RSH = Path(__file__).parents[3] / "fixtures" / "rsh"


@pytest.mark.parametrize(
    ("line", "want"),
    [
        (b"\x01remshd: Login incorrect.\n", "remshd: Login incorrect."),
        (b"\x01Permission denied.\n", "Permission denied."),
        (b"rshd: 0826-813 Permission is denied.\n", "rshd: 0826-813 Permission is denied."),
        (b"in.rlogind: Permission denied.\r\n", "in.rlogind: Permission denied."),
        (b"SSH-2.0-x\r\n", None),
        (b"\x01", None),
        (b"\x00", None),
        (b"", None),
    ],
)
def test_a_refusal_is_read_without_the_byte_before_it(line, want):
    assert want == rsh.parse(line)


@pytest.mark.parametrize("path", sorted(RSH.glob("*.talk")), ids=lambda path: path.stem)
def test_nothing_is_ever_sent(path, talk_conn, gather):
    conn = talk_conn(talk.load(path))

    gather(rsh.talk(conn))

    assert b"" == conn.sent
