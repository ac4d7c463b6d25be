from xml.etree.ElementTree import fromstring

import pytest

from scanner.wire.nmap_host import flaw, key


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
