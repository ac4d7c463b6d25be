from scanner.observe import asn1
from scanner.observe.passive.goose import PARSER


def pdu(*parts):
    return bytes(8) + asn1.element(0x61, *parts)


def test_a_relay_names_its_control_block_and_no_value_of_the_process(read):
    data = pdu(
        asn1.element(0x80, b"BAY1CTRL/LLN0$GO$gcb01"),
        asn1.element(0x82, b"BAY1CTRL/LLN0$Trip"),
        asn1.element(0x83, b"gcb01"),
        asn1.element(0x88, b"\x03"),
        asn1.element(0xAB, b"\x83\x01\x01"),
    )

    [fact] = read(PARSER, data)

    assert fact.value == {
        "control_block": "BAY1CTRL/LLN0$GO$gcb01",
        "data_set": "BAY1CTRL/LLN0$Trip",
        "id": "gcb01",
        "revision": 3,
    }


def test_what_names_no_block_is_no_publisher(read):
    assert [] == read(PARSER, pdu(asn1.element(0x83, b"x")))
    assert [] == read(PARSER, bytes(8) + asn1.element(0x60, asn1.element(0x80, b"x")))
