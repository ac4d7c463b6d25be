"""FTP is greeted and left."""

from pathlib import Path

import pytest

from scanner.lab import talk
from scanner.observe.probes import ftp

FTP = Path(__file__).parents[3] / "fixtures" / "ftp"


@pytest.mark.parametrize(
    ("greeting", "want"),
    [
        (b"220 (vsFTPd 3.0.3)\r\n", "(vsFTPd 3.0.3)"),
        (b"220-a\r\n220 b\r\n", "a\r\nb"),
        (b"421 Too many connections\r\n", "Too many connections"),
        (b"220\r\n", None),
        (b"250 no greeting\r\n", None),
        (b"SSH-2.0-x\r\n", None),
        (b"", None),
    ],
)
def test_the_greeting_is_its_text_without_the_code(greeting, want):
    assert want == ftp.parse(greeting)


@pytest.mark.parametrize("path", sorted(FTP.glob("*.talk")), ids=lambda path: path.stem)
def test_nothing_but_quit_is_ever_sent(path, talk_conn, gather):
    conn = talk_conn(talk.load(path))

    gather(ftp.talk(conn))

    assert b"QUIT\r\n" == conn.sent


def test_what_is_no_ftp_server_is_told_nothing(talk_conn, gather):
    conn = talk_conn(talk.parse('# origin = synthetic\n@ tcp/21\n< "hello\\r\\n"\n! silence', "x", {}))

    assert [] == gather(ftp.talk(conn))
    assert b"" == conn.sent
