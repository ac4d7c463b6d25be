import pytest

from scanner.lab import talk
from scanner.observe.passive.sip import PARSER


@pytest.mark.parametrize("name", ["exchange", "gateway", "phone", "phone-cisco"])
def test_an_answer_names_its_software(read, said, name):
    path, [answer] = said(f"sip/{name}")
    want = {field: value for field, value in talk.load(path).expect if field != "sip.status"}

    assert {fact.field: fact.value for fact in read(PARSER, answer)} == want


def test_a_registration_names_the_phone_and_not_the_person(read):
    data = (
        b"REGISTER sip:pbx.example SIP/2.0\r\nFrom: <sip:jane.doe@pbx.example>\r\n"
        b"User-Agent: Vendor IP Phone 4.1\r\nContent-Length: 0\r\n\r\nuser-agent: hidden"
    )

    facts = read(PARSER, data)

    assert [("sip_header.user_agent", "Vendor IP Phone 4.1")] == [(fact.field, fact.value) for fact in facts]
    assert [] == read(PARSER, b"hello user-agent: x")
