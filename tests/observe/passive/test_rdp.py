import pytest

from scanner.lab import talk
from scanner.observe.passive.rdp import PARSER


@pytest.mark.parametrize("name", ["windows-xp", "windows-7", "windows-10", "hybrid-required"])
def test_a_server_says_in_passing_what_it_says_to_a_probe(read, said, name):
    path, [text, *_] = said(f"rdp/{name}")

    [fact] = read(PARSER, text, sport=3389, dport=40000)

    assert (fact.field, fact.value) in talk.load(path).expect


def test_a_client_with_its_cookie_tells_nothing(read):
    assert [] == read(
        PARSER, b"\x03\0\0\x2f\x2a\xe0\0\0\0\0\0Cookie: mstshash=jane\r\n", sport=40000, dport=3389
    )
