"""IMAP is greeted and left."""

from pathlib import Path

import pytest

from scanner.lab import talk
from scanner.observe.probes import imap

IMAP = Path(__file__).parents[3] / "fixtures" / "imap"


@pytest.mark.parametrize(
    ("greeting", "want"),
    [
        (b"* OK Dovecot ready.\r\n", "Dovecot ready."),
        (
            b"* OK [CAPABILITY IMAP4rev1 STARTTLS] Dovecot ready.\r\n",
            "[CAPABILITY IMAP4rev1 STARTTLS] Dovecot ready.",
        ),
        (b"* PREAUTH logged in as smith\r\n", "logged in as smith"),
        (b"* BYE overloaded\r\n", "overloaded"),
        (b"* ok lower case counts too\r\n", "lower case counts too"),
        (b"* OK \r\n", None),
        (b"* NO\r\n", None),
        (b"+OK pop\r\n", None),
        (b"", None),
    ],
)
def test_the_greeting_is_its_text_without_the_status(greeting, want):
    assert want == imap.parse(greeting)


@pytest.mark.parametrize("path", sorted(IMAP.glob("*.talk")), ids=lambda path: path.stem)
def test_nothing_but_logout_is_ever_sent(path, talk_conn, gather):
    conn = talk_conn(talk.load(path))

    gather(imap.talk(conn))

    assert b"a LOGOUT\r\n" == conn.sent


def test_what_is_no_imap_server_is_told_nothing(talk_conn, gather):
    conn = talk_conn(talk.parse('# origin = synthetic\n@ tcp/143\n< "hello\\r\\n"\n! silence', "x", {}))

    assert [] == gather(imap.talk(conn))
    assert b"" == conn.sent
