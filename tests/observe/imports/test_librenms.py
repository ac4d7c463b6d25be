def test_a_card_is_at_a_port_that_an_earlier_answer_named(sample):
    got = sample("librenms", "all.json")

    assert {"switch": "SW-RAD-1", "port": "Gi1/0/12", "description": "RAD reading room desk 2"} == got.of(
        "location"
    )[0]
    assert "192.0.2.14" == next(one.address for one in got.seen if one.field == "link.mac")
    assert got.at("192.0.2.62")["snmp.sys_description"].startswith("Cisco IOS Software, C2960")
    assert "" == got.complaint


def test_a_port_that_nobody_named_keeps_its_number_and_odd_objects_are_named(told):
    got = told(
        "librenms",
        '{"ports_fdb":[{"port_id":7,"mac_address":"001e37000014","device_id":5},{"x":1}],"odd":[{"y":1}]}',
    )

    assert [{"switch": "device 5", "port": "port 7"}] == got.of("location")
    assert (
        "byte 77: no device, port or table row" in got.complaint
        or "no device, port or table row" in got.complaint
    )
