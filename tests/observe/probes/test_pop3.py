"""POP3 is greeted and left."""

from pathlib import Path

import pytest

from scanner.lab import talk
from scanner.observe.probes import pop3

POP3 = Path(__file__).parents[3] / "fixtures" / "pop3"


@pytest.mark.parametrize(
    ("greeting", "want"),
    [
        (b"+OK Dovecot ready.\r\n", "Dovecot ready."),
        (b"+OK  <1896.1@host>\n", "<1896.1@host>"),
        (b"-ERR too many connections\r\n", "too many connections"),
        (b"+OK\r\n", None),
        (b"+OK \r\n", None),
        (b"+OKAY\r\n", None),
        (b"+ok lower case is not the protocol\r\n", None),
        (b"* OK IMAP4rev1\r\n", None),
        (b"", None),
    ],
)
def test_the_greeting_is_its_text_without_the_status(greeting, want):
    assert want == pop3.parse(greeting)


@pytest.mark.parametrize("path", sorted(POP3.glob("*.talk")), ids=lambda path: path.stem)
def test_nothing_but_quit_is_ever_sent(path, talk_conn, gather):
    conn = talk_conn(talk.load(path))

    gather(pop3.talk(conn))

    assert b"QUIT\r\n" == conn.sent


def test_what_is_no_pop3_server_is_told_nothing(talk_conn, gather):
    conn = talk_conn(talk.parse('# origin = synthetic\n@ tcp/110\n< "hello\\r\\n"\n! silence', "x", {}))

    assert [] == gather(pop3.talk(conn))
    assert b"" == conn.sent
