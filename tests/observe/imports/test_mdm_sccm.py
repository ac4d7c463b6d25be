def test_each_card_of_a_device_is_known_with_its_full_build(sample):
    got = sample("mdm-sccm", "devices.csv")

    assert "10.0.17763.1339" == got.at("00:1e:37:00:00:03")["register.entry"]["build"]
    assert got.at("00:1e:37:00:00:09") == got.at("00:1e:37:00:00:0a")
    assert "2024-01-30 23:12:13" == got.last("00:1e:37:00:00:0a")
