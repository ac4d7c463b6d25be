def test_a_build_is_written_in_full_and_one_that_is_in_full_stays(sample, told):
    got = sample("edr-defender", "devices.csv")
    full = told(
        "edr-defender",
        "Device name,OS platform,OS build,Onboarding status\nPC,Windows10,10.0.19045.1,Onboarded\n",
    )

    assert "10.0.17763" == got.at("192.0.2.33")["register.entry"]["build"]
    assert "10.0.19045.1" == full.of("register.entry")[0]["build"]


def test_a_device_that_defender_only_saw_is_not_in_its_care(sample):
    got = sample("edr-defender", "devices.csv")

    assert {"192.0.2.33": "import:edr-defender", "192.0.2.77": "import:defender-seen"} == {
        one.address: one.source for one in got.seen
    }
