"""Equal things compare equal: one spelling for each address, card and port."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.model import net

ADDRESSES = st.ip_addresses()
OCTETS = st.binary(min_size=6, max_size=6)


@given(ADDRESSES)
def test_an_address_has_one_spelling(address):
    spellings = {str(address), f"  {address} ", str(address).upper(), address.exploded}

    assert {str(address)} == {net.address(text) for text in spellings}


@given(OCTETS)
def test_a_card_has_one_spelling(octets):
    plain = octets.hex()
    pairs = [plain[at : at + 2] for at in range(0, 12, 2)]
    dotted = ".".join(plain[at : at + 4] for at in (0, 4, 8))
    spellings = {plain, dotted, ":".join(pairs), "-".join(pairs).upper(), f" {' '.join(pairs)}\n"}

    assert {":".join(pairs)} == {net.mac(text) for text in spellings}


@pytest.mark.parametrize(
    ("text", "want"), [("tcp/445", "tcp/445"), (" UDP/00161 ", "udp/161"), ("tcp/65535", "tcp/65535")]
)
def test_a_port_has_one_spelling(text, want):
    assert want == net.port(text)


@pytest.mark.parametrize(
    ("read", "texts"),
    [
        (net.address, ["", "10.0.0", "10.0.0.256", "10.0.0.1/24", "010.0.0.1", "host", "fe80::g"]),
        (net.mac, ["", "00:1b:21:00:00", "00:1b:21:00:00:0g", "00:1b:21:00:00:00:00", "00:1b:21:00:00:0٣"]),
        (
            net.port,
            ["", "445", "tcp/", "tcp/0", "tcp/65536", "sctp/1", "tcp/-1", "tcp/4 5", "tcp/٣", "tcp/445/x"],
        ),
    ],
)
def test_nonsense_is_refused(read, texts):
    for text in texts:
        with pytest.raises(ValueError, match="not"):
            read(text)


@given(st.text())
def test_text_is_read_or_refused_and_what_was_read_reads_the_same_again(text):
    for read in (net.address, net.mac, net.port):
        try:
            got = read(text)
        except ValueError:
            continue
        assert got == read(got)


@given(st.integers(1, 65535))
def test_ports_are_made_and_taken_apart(number):
    assert (f"tcp/{number}", f"udp/{number}") == (net.tcp(number), net.udp(number))
    assert (number, number) == (net.number(net.tcp(number)), net.number(net.port(f"udp/{number}")))


@given(st.lists(ADDRESSES))
def test_addresses_sort_by_number_version_4_first(addresses):
    want = sorted(addresses, key=lambda one: (one.version, int(one)))

    assert [str(one) for one in want] == sorted(map(str, addresses), key=net.order)


def test_a_port_says_whether_it_is_asked_by_a_datagram():
    assert (True, False) == (net.is_udp(net.udp(161)), net.is_udp(net.tcp(161)))
