import pytest

from scanner.observe.passive.neighbour import PARSER

TARGET = "fe80000000000000021b21fffe3c4d5e"
CARD = "001b213c4d5e"


def test_an_advertisement_tells_the_card_of_an_address(read):
    [fact] = read(PARSER, bytes.fromhex(f"88000000 60000000 {TARGET} 0201{CARD}"), ttl=255)

    assert ("link.mac", "00:1b:21:3c:4d:5e", "fe80::21b:21ff:fe3c:4d5e") == (
        fact.field,
        fact.value,
        fact.address,
    )


def test_who_asks_tells_its_own(read):
    [fact] = read(PARSER, bytes.fromhex(f"87000000 00000000 {TARGET} 0101{CARD}"), ttl=255, source="fe80::1")

    assert ("00:1b:21:3c:4d:5e", None) == (fact.value, fact.address)


def test_a_router_tells_its_prefix(read):
    prefix = "0304 40 c0 00278d00 00093a80 00000000 20010db8000000000000000000000000"
    [fact] = read(PARSER, bytes.fromhex(f"86000000 40000708 00000000 00000000 {prefix}"), ttl=255)

    assert (fact.field, fact.value) == ("nd.router", {"lifetime": 1800, "prefix": "2001:db8::/64"})


@pytest.mark.parametrize(
    ("data", "ttl"),
    [
        (f"88000000 60000000 {TARGET} 0201{CARD}", 64),  # not from this link
        (f"88000000 60000000 {TARGET}", 255),
        (f"88000000 60000000 {TARGET} 0200{CARD}", 255),
        ("880000", 255),
        (f"85000000 00000000 0101{CARD}", 255),
    ],
)
def test_what_comes_from_elsewhere_or_is_cut_tells_nothing(read, data, ttl):
    assert [] == read(PARSER, bytes.fromhex(data), ttl=ttl)
