def test_a_managed_laptop_has_its_build_with_update_revision_and_a_tablet_its_version(sample):
    got = sample("mdm-intune", "devices.csv")

    laptop = got.at("00:13:02:5a:b0:01")["register.entry"]
    assert ("OFF-NB-07", "10.0.19045.4291", "LENOVO") == (laptop["name"], laptop["build"], laptop["vendor"])
    tablet = got.at("00:12:fb:00:00:02")["register.entry"]
    assert ("Android", "9.0", None) == (tablet["product"], tablet["version"], tablet.get("build"))
    assert "2026-06-02 10:00:00" == got.last("00:12:fb:00:00:02")
