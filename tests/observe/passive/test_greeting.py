import pytest

from scanner.lab import talk
from scanner.observe.passive.greeting import PARSER

TALKS = [
    ("ftp/wu-ftpd", 21),
    ("smtp/sendmail-8.13", 25),
    ("smtp/exim-4.69", 587),
    ("pop3/qpopper-4", 110),
    ("imap/domino-8", 143),
    ("nntp/inn-2", 119),
    ("mysql/mysql-5.0", 3306),
    ("mysql/mysql-blocked", 3306),
    ("telnet/patient-monitor", 23),
]


@pytest.mark.parametrize(("name", "port"), TALKS)
def test_what_a_server_says_first_is_the_probes_field(read, said, name, port):
    path, [first, *_] = said(name)

    facts = read(
        PARSER,
        first if port in {23, 3306} else first.partition(b"\n")[0] + b"\n",
        sport=port,
        dport=40000,
    )

    assert facts
    for fact in facts:
        assert any(
            fact.field == field and str(value).startswith(str(fact.value))
            for field, value in talk.load(path).expect
        )
        assert f"tcp/{port}" == fact.port


def test_a_screen_server_is_known_on_any_port(read):
    [fact] = read(PARSER, b"RFB 003.008\n", sport=5907, dport=40000)

    assert ("vnc.version", "RFB 003.008", "tcp/5907") == fact[:3]


def test_what_a_client_says_is_no_greeting(read):
    assert [] == read(PARSER, b"220 ready\r\n", sport=40000, dport=21)
    assert [] == read(PARSER, b"USER jane\r\n", sport=21, dport=40000)
    assert [] == read(PARSER, b"", sport=3306, dport=40000)
    assert [] == read(PARSER, b"\xff\xfd\x18", sport=23, dport=40000)
