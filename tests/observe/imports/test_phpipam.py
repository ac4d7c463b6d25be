def test_subnets_are_networks(sample):
    assert [{"cidr": "192.0.2.0/26", "name": "Radiology"}] == sample("phpipam", "subnets.json").of(
        "network.range"
    )


def test_addresses_have_owners_and_switch_ports(sample):
    got = sample("phpipam", "addresses.csv")

    assert {"switch": "SW-RAD-1", "port": "Gi1/0/12"} == got.at("00:1e:37:00:00:14")["location"]
    assert "Radiology" == got.at("192.0.2.14")["register.entry"]["owner"]
    assert "2026-10-08 07:15:00" == got.last("192.0.2.14")


def test_an_answer_without_either_is_named(told):
    assert (
        "byte 9: no subnet and no address"
        in told("phpipam", '{"data":[{"id":"1","sectionId":"1"}]}').complaint
    )
    table = told("phpipam", "Subnet,Mask,VLAN,Description\n192.0.2.0,26,30 radiology,Ward\nx,y,,\n")
    assert [{"cidr": "192.0.2.0/26", "name": "Ward", "vlan": "30"}] == table.of("network.range")
    assert "line 3: no subnet" in table.complaint
