import pytest

from scanner.observe.passive.dhcp import PARSER

CARD = "02:00:00:00:00:09"


def message(operation, *options, given="00000000", own="00000000"):
    """A BOOTP message (RFC 2131, 2) with options as (number, value)."""
    head = bytes([operation, 1, 6, 0]) + bytes(8) + bytes.fromhex(own + given) + bytes(8)
    head += bytes.fromhex(CARD.replace(":", "")) + bytes(10 + 64 + 128)
    body = b"".join(bytes([number, len(value)]) + value for number, value in options)
    return head + bytes.fromhex("63825363") + b"\0" + body + b"\xff"


def test_a_client_tells_its_list_its_class_and_its_name(read):
    data = message(1, (53, b"\1"), (55, bytes([1, 15, 3, 6])), (60, b"MSFT 5.0"), (12, b"PC-07\0"))

    [fact] = read(PARSER, data, sport=68, dport=67)

    assert (fact.field, fact.mac, fact.address) == ("dhcp.options", CARD, None)
    assert fact.value == {
        "dhcpoption55": "1,15,3,6",
        "dhcptype": "Discover",
        "dhcpoption60": "MSFT 5.0",
        "dhcpoption12": "PC-07",
    }


@pytest.mark.parametrize(
    ("full", "want"), [(b"\0\0\0pc-07.example", "pc-07"), (b"\x04\0\0\x05pc-07\x07example\0", "pc-07")]
)
def test_a_name_is_taken_from_the_full_one_where_there_is_no_other(read, full, want):
    [fact] = read(PARSER, message(1, (53, b"\3"), (81, full), own="0a000007"), sport=68, dport=67)

    assert (fact.value, fact.address) == ({"dhcpoption12": want}, "10.0.0.7")


def test_a_server_tells_who_was_given_what(read):
    data = message(2, (53, b"\5"), (12, b"PC-07"), (15, b"hospital.example\0"), given="0a000007")

    lease, domain = read(PARSER, data, sport=67, dport=68)

    assert (lease.field, lease.address, lease.mac) == ("dhcp.lease", "10.0.0.7", CARD)
    assert lease.value == {"state": "active", "hostname": "PC-07"}
    assert (domain.field, domain.value, domain.mac) == ("dhcp.domain", "hospital.example", None)


@pytest.mark.parametrize(
    "data",
    [
        message(2, (53, b"\2"), given="0a000007"),  # an offer gives nothing yet
        message(1, (53, b"\4")),
        message(1, (53, b"\1")),
        message(1, (53, b"\1"))[:236],
        message(1)[:240] + b"\x37",
        b"",
    ],
)
def test_offers_declines_and_what_is_cut_tell_nothing(read, data):
    assert [] == read(PARSER, data)
