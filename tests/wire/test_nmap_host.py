from datetime import UTC, datetime
from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.model.net import tcp
from scanner.wire.nmap_host import flaw, host, key, spread


@pytest.mark.parametrize(
    ("addresses", "want"),
    [
        ([("fd00::1", "ipv6"), ("10.0.0.1", "ipv4"), ("02:00:00:00:00:01", "mac")], "10.0.0.1"),
        ([("10.0.0.1", "ipv4"), ("10.0.0.2", "ipv4")], "10.0.0.2"),
        ([("fd00::1", "ipv6"), ("02:00:00:00:00:01", "mac")], "fd00::1"),
        ([], ""),
    ],
)
def test_a_host_is_filed_where_python_nmap_files_it(addresses, want):
    inside = "".join(f'<address addr="{addr}" addrtype="{kind}"/>' for addr, kind in addresses)
    assert want == key(fromstring(f"<host>{inside}</host>"))


def test_a_host_without_a_flaw_has_none():
    assert flaw(fromstring('<host><address addr="10.0.0.1" addrtype="ipv4"/></host>')) is None


LUMPED = (
    '<host><address addr="10.0.0.1" addrtype="ipv4"/><ports><extraports state="closed" count="40">'
    '<extrareasons reason="conn-refused" count="39" proto="tcp" ports="1-21,23-40"/>'
    '<extrareasons reason="x" count="1" proto="udp" ports="53"/>'
    '</extraports><extraports state="filtered" count="3"/>'
    '<port protocol="tcp" portid="22"><state state="open" reason="syn-ack"/></port></ports></host>'
)


def lumped():
    parsed = {"addresses": {}, "hostnames": [], "tcp": {22: {"state": "open", "reason": "syn-ack"}}}
    return host(parsed, fromstring(LUMPED), datetime(2026, 12, 2, tzinfo=UTC))


def test_pitfall_4_ports_that_nmap_lumps_together_are_told_to_whom_asked_for_them():
    """python-nmap drops <extraports>: of sixty closed ports nothing would be left."""
    whole = spread(lumped(), [tcp(21), tcp(22), tcp(23), tcp(53), tcp(99)])
    assert [("tcp/22", "open"), ("tcp/21", "closed"), ("tcp/23", "closed")] == [
        (one.port, one.state) for one in whole.ports
    ]
    assert ["tcp/22"] == [one.port for one in lumped().ports]


@pytest.mark.parametrize("ports", ["x", "1-", "-", "1-2-3", "99999999999999", "1,,2"])
def test_lumps_that_are_no_ports_are_a_flaw(ports):
    element = fromstring(LUMPED.replace("1-21,23-40", ports))
    assert ("<extraports>" in (flaw(element) or "")) or ports == "1-"


@given(st.text(max_size=20))
def test_any_text_in_a_lump_is_read_or_a_flaw(text):
    element = fromstring(LUMPED)
    element.find("ports/extraports/extrareasons").set("ports", text)
    assert flaw(element) is None or isinstance(flaw(element), str)
