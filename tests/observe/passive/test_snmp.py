from scanner.observe import asn1
from scanner.observe.passive.snmp import PARSER


def answer(*rows):
    bindings = asn1.element(
        asn1.SEQUENCE,
        *(
            asn1.element(asn1.SEQUENCE, asn1.element(asn1.OBJECT, bytes.fromhex(oid)), value)
            for oid, value in rows
        ),
    )
    zero = asn1.element(asn1.INTEGER, b"\0")
    pdu = asn1.element(0xA2, asn1.element(asn1.INTEGER, b"\x07"), zero, zero, bindings)
    version = asn1.element(asn1.INTEGER, b"\1")
    return asn1.element(asn1.SEQUENCE, version, asn1.element(asn1.OCTET_STRING, b"secret-word"), pdu)


DATA = answer(
    ("2b06010201010100", asn1.element(asn1.OCTET_STRING, b"Vendor Switch 4.1")),
    ("2b06010201010200", asn1.element(asn1.OBJECT, bytes.fromhex("2b060104010984 01".replace(" ", "")))),
    ("2b06010201010500", asn1.element(asn1.OCTET_STRING, b"sw-1")),
    ("2b06010201010400", asn1.element(asn1.OCTET_STRING, b"somebody@hospital.example")),
)


def test_an_answer_gives_the_system_group_and_never_the_community(read):
    facts = read(PARSER, DATA, sport=161, dport=40000)

    assert [(fact.field, fact.value, fact.port) for fact in facts] == [
        ("snmp.sys_description", "Vendor Switch 4.1", "udp/161"),
        ("snmp.sys_object_id", "1.3.6.1.4.1.9.513", "udp/161"),
        ("snmp.sys_name", "sw-1", "udp/161"),
    ]
    assert "secret" not in repr(facts)


def test_a_question_is_not_an_answer(read):
    assert [] == read(PARSER, DATA, sport=40000, dport=161)
    assert [] == read(PARSER, DATA.replace(b"\xa2", b"\xa0", 1), sport=161, dport=40000)
