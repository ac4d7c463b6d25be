def test_an_asset_tells_what_it_is_and_its_services_what_they_say(sample):
    got = sample("runzero", "assets.jsonl")

    entry = got.at("00:1e:37:00:00:14")["register.entry"]
    assert ("RAD-LT-014", "Windows 7", "Laptop", "Lenovo") == tuple(
        entry[word] for word in ("name", "product", "kind", "vendor")
    )
    assert "OpenSSH_5.3" == got.at("192.0.2.14")["ssh.banner"]
    assert {"tcp/22", "tcp/445"} == {one.port for one in got.seen if one.field == "port.state"}
    assert "line 2: names no address and no card" in got.complaint


def test_of_several_cards_it_is_not_said_which_has_which_address(told):
    got = told(
        "runzero",
        '{"addresses":["192.0.2.1"],"macs":["001e37000001","001e37000002"],"services":{"x/22/tcp/ssh":{},"192.0.2.1/0/icmp":{}}}\n',
    )

    assert [("192.0.2.1", None), (None, "00:1e:37:00:00:01"), (None, "00:1e:37:00:00:02")] == [
        (one.address, one.mac) for one in got.seen
    ]
    assert "line 1: 'x'" in got.complaint
