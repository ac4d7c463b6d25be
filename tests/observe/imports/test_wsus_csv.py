def test_the_update_agent_tells_the_build_since_windows_10_and_not_before(sample):
    got = sample("wsus-csv", "computers.csv")

    assert "10.0.17763.1339" == got.at("192.0.2.33")["register.entry"]["build"]
    assert "build" not in got.at("192.0.2.39")["register.entry"]
    assert "2020-01-30 03:04:00" == got.last("192.0.2.39")
