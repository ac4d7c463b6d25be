import ipaddress

import pytest

from scanner.observe.passive.dns import PARSER


def answer(address):
    raw = ipaddress.ip_address(address).packed
    kind = 1 if len(raw) == 4 else 28
    question = b"\x03srv\x07example\0" + kind.to_bytes(2, "big") + b"\0\1"
    record = (
        b"\xc0\x0c"
        + kind.to_bytes(2, "big")
        + bytes.fromhex("0001 0000001e")
        + len(raw).to_bytes(2, "big")
        + raw
    )
    return bytes.fromhex("1234 8180 0001 0001 0000 0000") + question + record


@pytest.mark.parametrize("address", ["10.0.0.5", "fd00::5"])
def test_a_private_address_gets_the_name_that_was_looked_up(read, address):
    [fact] = read(PARSER, answer(address), sport=53, dport=40000)

    assert ("dns.name", "srv.example", address) == (fact.field, fact.value, fact.address)


@pytest.mark.parametrize("address", ["8.8.8.8", "127.0.0.1", "0.0.0.0", "169.254.1.1", "2a00::1"])
def test_what_is_elsewhere_is_not_kept(read, address):
    assert [] == read(PARSER, answer(address), sport=53, dport=40000)
