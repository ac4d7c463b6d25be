import pytest

from scanner.lab import talk
from scanner.observe.passive.enip import PARSER


@pytest.mark.parametrize("name", ["rockwell-compactlogix", "omron-nj"])
def test_what_is_answered_to_another_is_what_is_answered_to_us(read, said, name):
    path, [text] = said(f"enip/{name}")

    facts = read(PARSER, text, sport=44818, dport=40000)

    assert facts
    assert all(fact[:2] in talk.load(path).expect for fact in facts)


def test_other_bytes_and_what_a_client_says_tell_nothing(read, said):
    _, [text] = said("enip/rockwell-compactlogix")

    assert [] == read(PARSER, text[:9], sport=44818, dport=40000)
    assert [] == read(PARSER, b"\x03\0\0\x07" + bytes(8), sport=44818, dport=40000)
