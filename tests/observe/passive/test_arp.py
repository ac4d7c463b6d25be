import pytest

from scanner.observe.passive.arp import PARSER

HEAD = "0001 0800 06 04"


@pytest.mark.parametrize("operation", ["0001", "0002"])
def test_whoever_asks_or_answers_tells_its_own_pair(read, operation):
    data = bytes.fromhex(f"{HEAD} {operation} 001b213c4d5e 0a000007 000000000000 0a000001")

    [fact] = read(PARSER, data + bytes(18))

    assert ("link.mac", "00:1b:21:3c:4d:5e", "10.0.0.7") == (fact.field, fact.value, fact.address)


@pytest.mark.parametrize(
    "data",
    [
        f"{HEAD} 0001 001b213c4d5e 00000000 000000000000 0a000007",  # RFC 5227: is this address free?
        f"{HEAD} 0001 000000000000 0a000007 000000000000 0a000001",
        "0006 0800 06 04 0001 001b213c4d5e 0a000007 000000000000 0a000001",
        f"{HEAD} 0001 001b213c4d5e",
    ],
)
def test_a_probe_for_a_free_address_and_what_is_cut_tell_nothing(read, data):
    assert [] == read(PARSER, bytes.fromhex(data))
