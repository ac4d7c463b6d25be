import pytest

from scanner.observe.passive.s7 import PARSER


@pytest.mark.parametrize("name", ["s7-300", "s7-1200"])
def test_what_is_answered_to_another_is_what_is_answered_to_us(overheard, name):
    facts, ours = overheard(PARSER, f"s7/{name}")

    assert facts
    assert all(fact[:2] in ours for fact in facts)


def test_other_bytes_and_what_a_client_says_tell_nothing(read, said):
    _, [text] = said("s7/s7-300")

    assert [] == read(PARSER, text[:9], sport=102, dport=40000)
    assert [] == read(PARSER, b"\x03\0\0\x07" + bytes(8), sport=102, dport=40000)
