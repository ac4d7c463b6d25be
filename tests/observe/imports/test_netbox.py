def test_prefixes_are_networks_containers_are_not_and_addresses_have_names(sample):
    got = sample("netbox", "prefixes.json")

    assert [{"cidr": "192.0.2.0/26", "name": "Radiology", "vlan": "30"}] == got.of("network.range")
    assert [{"cidr": "192.0.2.0/24"}] == got.of("network.container")
    assert {"register.entry": {"name": "ct-console", "domain": "clinic.example"}} == got.at("192.0.2.30")


def test_a_table_of_devices_tells_model_place_and_owner(sample):
    entry = sample("netbox", "devices.csv").at("192.0.2.30")["register.entry"]

    assert ("Example Medical", "CT-4", "Room 12", "Radiology", "Modality") == tuple(
        entry[word] for word in ("vendor", "model", "place", "owner", "kind")
    )


def test_rows_and_objects_that_name_nothing_are_named(told):
    assert (
        "no prefix, address or device"
        in told("netbox", "Prefix,Status,VLAN\n,Active,Radiology (30)\n").complaint
    )
    assert "byte 13: no prefix" in told("netbox", '{"results":[ {"id":1}]}').complaint
    assert [{"cidr": "192.0.2.0/26", "vlan": "30"}] == told(
        "netbox", "Prefix,Status,VLAN\n192.0.2.0/26,Active,Radiology (30)\n"
    ).of("network.range")
