def test_a_lease_was_seen_when_it_began(sample):
    got = sample("dhcp-kea", "kea-leases4.csv")

    assert {"state": "active", "hostname": "rad-lt-014", "ends": "2026-11-23T11:40:33+00:00"} == got.at(
        "192.0.2.14"
    )["dhcp.lease"]
    assert "2026-11-23 10:40:33" == got.last("00:1e:37:00:00:14")
    assert "expired" == got.at("192.0.2.15")["dhcp.lease"]["state"]


def test_a_configuration_with_comments_gives_networks_and_reservations(sample):
    got = sample("dhcp-kea", "kea-dhcp4.conf")

    assert [
        {"cidr": "192.0.2.0/26", "name": "Radiology", "gateway": "192.0.2.1"},
        {"cidr": "192.0.2.64/26"},
    ] == got.of("network.range")
    assert {"register.entry": {"name": "ct-console", "note": "reserved by DHCP"}} == got.at("192.0.2.30")
    assert "" == got.complaint


def test_what_is_neither_is_named(told):
    assert (
        "line 2: no address: x"
        in told("dhcp-kea", "address,hwaddr,valid_lifetime,expire\nx,,1,1\n").complaint
    )
    assert "byte 0: no JSON" in told("dhcp-kea", '{"Dhcp4": {').complaint
    assert [] == told("dhcp-kea", '{"Dhcp4": {"subnet4": [7, {"reservations": [7]}]}, "Dhcp6": 7}').seen
