import pytest


@pytest.mark.parametrize("file", ["leases.csv", "dhcp.xml"])
def test_a_lease_has_its_card_its_name_and_its_end(sample, file):
    got = sample("dhcp-windows", file)

    assert {
        "state": "active",
        "hostname": "RAD-LT-014.clinic.example",
        "ends": "2026-11-23T11:40:33+00:00",
    } == got.at("192.0.2.14")["dhcp.lease"]
    assert "" == got.complaint


def test_the_scope_of_an_export_says_how_long_its_leases_last(sample):
    assert "2026-11-22 11:40:33" == sample("dhcp-windows", "dhcp.xml").last("192.0.2.14")


@pytest.mark.parametrize("file", ["leases.csv", "dhcp.xml", "netsh.txt"])
def test_a_reservation_is_an_entry_of_a_register(sample, file):
    got = sample("dhcp-windows", file).at("00:1e:37:00:00:30")

    assert "ct-console" == got["register.entry"]["name"]
    assert "dhcp.lease" not in got


@pytest.mark.parametrize("file", ["dhcp.xml", "netsh.txt"])
def test_scopes_are_networks(sample, file):
    (network,) = sample("dhcp-windows", file).of("network.range")

    assert ("192.0.2.0/26", "Radiology") == (network["cidr"], network["name"])


def test_what_cannot_be_read_is_named(told):
    assert (
        "line 2: no address: x" in told("dhcp-windows", "IPAddress,ClientId,LeaseExpiryTime\nx,,\n").complaint
    )
    netsh = told(
        "dhcp-windows",
        'Dhcp Server 1 add scope x\nDhcp Server 1 Scope 192.0.2.0 Add reservedip x "\n',
    )
    assert "line 1: no scope" in netsh.complaint
    assert "line 2: no address" in netsh.complaint
    xml = told(
        "dhcp-windows",
        "<DHCPServer><Scope><ScopeId>192.0.2.0</ScopeId><Leases><Lease/></Leases></Scope></DHCPServer>",
    )
    assert "scope 192.0.2.0: leases: an entry without an address" in xml.complaint
