def test_a_lease_was_there_at_its_end_at_the_latest_and_one_without_end_shows_nobody(sample):
    got = sample("dhcp-dnsmasq", "dnsmasq.leases")

    assert "RAD-LT-014" == got.at("192.0.2.14")["dhcp.lease"]["hostname"]
    assert "2026-11-23 11:40:33" == got.last("192.0.2.14")
    assert {"register.entry": {"note": "active by DHCP"}} == got.at("192.0.2.15")
    assert "" == got.complaint, "DHCPv6 leases name no card, and are passed over"


def test_what_is_no_lease_is_named(told):
    got = told("dhcp-dnsmasq", "hello\n1795434033 00:1e:37:00:00:14 1.2.3 x *\n")

    assert "line 1: no lease of dnsmasq's" in got.complaint
    assert "line 2: no address: 1.2.3" in got.complaint
