import pytest

from scanner.lab import talk
from scanner.observe.passive.modbus import PARSER


@pytest.mark.parametrize("name", ["ion-meter", "schneider-m340", "wago-750"])
def test_what_is_answered_to_another_is_what_is_answered_to_us(read, said, name):
    path, [text] = said(f"modbus/{name}")

    facts = read(PARSER, b"\x77\x01" + text[2:], sport=502, dport=40000)

    assert facts
    assert all(fact[:2] in talk.load(path).expect for fact in facts)


def test_other_bytes_and_what_a_client_says_tell_nothing(read, said):
    _, [text] = said("modbus/ion-meter")

    assert [] == read(PARSER, text[:9], sport=502, dport=40000)
    assert [] == read(PARSER, b"\x03\0\0\x07" + bytes(8), sport=502, dport=40000)
