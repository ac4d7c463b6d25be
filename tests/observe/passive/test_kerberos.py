import pytest

from scanner.observe import asn1
from scanner.observe.passive.kerberos import PARSER


def text(data):
    return asn1.element(0x1B, data)


def number(value):
    return asn1.element(asn1.INTEGER, bytes([value]))


def request(name, tag=0x6A):
    names = asn1.element(asn1.SEQUENCE, text(name))
    principal = asn1.element(asn1.SEQUENCE, asn1.context(0, number(1)), asn1.context(1, names))
    ciphers = asn1.element(asn1.SEQUENCE, number(18), number(23), number(3))
    body = asn1.element(
        asn1.SEQUENCE,
        asn1.context(0, asn1.element(0x03, bytes(5))),
        asn1.context(1, principal),
        asn1.context(2, text(b"HOSPITAL.EXAMPLE")),
        asn1.context(8, ciphers),
    )
    message = asn1.element(
        asn1.SEQUENCE, asn1.context(1, number(5)), asn1.context(2, number(10)), asn1.context(4, body)
    )
    return asn1.element(tag, message)


@pytest.mark.parametrize("prefix", [b"", b"\0\0\0\xff"])
def test_a_machine_account_tells_its_name_realm_and_ciphers(read, prefix):
    [fact] = read(PARSER, prefix + request(b"PC-07$"), sport=50000, dport=88)

    assert fact.value == {
        "host": "PC-07",
        "realm": "HOSPITAL.EXAMPLE",
        "ciphers": ["aes256", "rc4", "des-cbc-md5"],
    }


def test_a_person_is_not_read(read):
    assert [] == read(PARSER, request(b"jdoe"), sport=50000, dport=88)


def test_who_grants_tickets_tells_its_realm(read):
    fields = asn1.element(
        asn1.SEQUENCE, asn1.context(0, number(5)), asn1.context(3, text(b"HOSPITAL.EXAMPLE"))
    )

    [fact] = read(PARSER, asn1.element(0x6B, fields), sport=88, dport=50000)

    assert ("kerberos.realm", "HOSPITAL.EXAMPLE") == (fact.field, fact.value)
    assert [] == read(PARSER, request(b"PC-07$"), sport=88, dport=50000)
