import pytest

from scanner.lab import talk
from scanner.observe.passive.ssh import PARSER


@pytest.mark.parametrize("name", ["debian-9", "rhel-7", "cisco-switch"])
def test_a_server_says_in_passing_what_it_says_to_a_probe(read, said, name):
    path, [text] = said(f"ssh/{name}")

    facts = read(PARSER, text, sport=22, dport=40000)

    assert {fact.field: fact.value for fact in facts} == dict(talk.load(path).expect)
    assert {"tcp/22"} == {fact.port for fact in facts}


def test_a_client_is_told_by_its_software(read):
    assert [("ssh.client", "PuTTY_Release_0.60", None)] == [
        fact[:3] for fact in read(PARSER, b"SSH-2.0-PuTTY_Release_0.60\r\n", sport=40000, dport=22)
    ]
    assert [] == read(PARSER, b"hello", sport=40000, dport=22)
