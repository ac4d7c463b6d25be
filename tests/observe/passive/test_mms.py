import pytest

from scanner.observe.passive.mms import PARSER


@pytest.mark.parametrize("name", ["siprotec-7sj", "ge-multilin-f60"])
def test_what_is_answered_to_another_is_what_is_answered_to_us(overheard, name):
    facts, ours = overheard(PARSER, f"mms/{name}")

    assert facts
    assert all(fact[:2] in ours for fact in facts)


def test_other_bytes_and_what_a_client_says_tell_nothing(read, said):
    _, [text] = said("mms/siprotec-7sj")

    assert [] == read(PARSER, text[:9], sport=102, dport=40000)
    assert [] == read(PARSER, b"\x03\0\0\x07" + bytes(8), sport=102, dport=40000)
