"""Mail servers are greeted and left; where a second connection is allowed they are asked what they offer."""

from pathlib import Path

import pytest

from scanner.lab import talk
from scanner.model.kinds import Profile
from scanner.observe.probes import smtp

SMTP = Path(__file__).parents[3] / "fixtures" / "smtp"
GREETED = '# origin = synthetic\n@ tcp/25\n< "220 x ESMTP\\r\\n"\n> "QUIT\\r\\n"\n! close\n--\n'


def server(then):
    return talk.parse(GREETED + then, "x", {})


@pytest.mark.parametrize(
    ("greeting", "want"),
    [
        (b"220 x ESMTP Postfix\r\n", "x ESMTP Postfix"),
        (b"220-x\r\n220 y\r\n", "x\r\ny"),
        (b"554 no service\r\n", "no service"),
        (b"220 \r\n", None),
        (b"250 x\r\n", None),
        (b"* OK IMAP\r\n", None),
    ],
)
def test_the_greeting_is_its_text_without_the_code(greeting, want):
    assert want == smtp.parse(greeting)


@pytest.mark.parametrize(
    ("answer", "want"),
    [
        (b"250-x at your service\r\n250-SIZE 10\r\n250 HELP\r\n", ["x at your service", "SIZE 10", "HELP"]),
        (b"250 x\r\n", ["x"]),
        (b"502 not implemented\r\n", []),
        (b"", []),
    ],
)
def test_what_it_offers_is_a_list(answer, want):
    assert want == smtp.parse_ehlo(answer)


@pytest.mark.parametrize("path", sorted(SMTP.glob("*.talk")), ids=lambda path: path.stem)
def test_in_clinical_networks_nothing_but_quit_is_sent(path, talk_conn, gather):
    conn = talk_conn(talk.load(path), connections=smtp.PROBE.connections[Profile.CLINICAL])

    gather(smtp.talk(conn))

    assert [b"QUIT\r\n"] == [each.sent for each in conn.opened]


@pytest.mark.parametrize("path", sorted(SMTP.glob("*.talk")), ids=lambda path: path.stem)
def test_no_mail_is_ever_begun(path, talk_conn, gather):
    conn = talk_conn(talk.load(path), connections=smtp.PROBE.connections[Profile.OFFICE])

    gather(smtp.talk(conn))

    assert [b"QUIT\r\n", b"EHLO stalehost.invalid\r\nQUIT\r\n"] == [each.sent for each in conn.opened]


@pytest.mark.parametrize(
    "then",
    [
        '< "421 busy\\r\\n"\n! close',
        '< "hello\\r\\n"\n! close',
        '< "220 x ESMTP\\r\\n"\n> "EHLO " *\n< "502 no\\r\\n"\n> "QUIT\\r\\n"\n! close',
        '< "220 x ESMTP\\r\\n"\n> "EHLO " *\n! reset',
    ],
)
def test_a_banner_stands_when_the_second_connection_comes_to_nothing(then, talk_conn, gather):
    conn = talk_conn(server(then), connections=2)

    assert [("smtp.banner", "x ESMTP")] == gather(smtp.talk(conn))


def test_what_is_no_mail_server_is_told_nothing(talk_conn, gather):
    conn = talk_conn(talk.parse('# origin = synthetic\n@ tcp/25\n< "hello\\r\\n"\n! silence', "x", {}))

    assert [] == gather(smtp.talk(conn))
    assert b"" == conn.sent
